/** Files that a person dropped on the window: they wait here, by a name that cannot be guessed, until they are used. */
import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { AppError } from '#app/domain/errors.ts';
import { fileProblem } from '../../files/problems.ts';

export interface Uploads {
  /** Throws `files.upload-too-large` and what else becomes of a file that cannot be written; nothing stays then. */
  receive(bytes: AsyncIterable<Uint8Array>): Promise<string>;
  /** Throws `files.upload-gone`. */
  path(upload: string): Promise<string>;
}

export const LARGEST_UPLOAD = 64 * 1024 * 1024;
const KEPT_MILLISECONDS = 3_600_000;

/** `folder` is emptied first: what an earlier process left can be named by nobody. */
export async function createUploads(folder: string): Promise<Uploads> {
  await rm(folder, { recursive: true, force: true });
  const waiting = new Set<string>();
  return {
    receive: async (bytes) => {
      await mkdir(folder, { recursive: true });
      const upload = randomBytes(16).toString('hex');
      const path = join(folder, upload);
      try {
        await pipeline(Readable.from(bytes), limit(), createWriteStream(path, { flags: 'wx' }));
      } catch (error) {
        await rm(path, { force: true });
        throw fileProblem(error, 'written', path, 'Nothing of what was handed over was kept.');
      }
      waiting.add(upload);
      setTimeout(() => {
        waiting.delete(upload);
        void rm(path, { force: true });
      }, KEPT_MILLISECONDS).unref();
      return upload;
    },
    path: async (upload) => {
      const path = join(folder, upload);
      if (waiting.has(upload) && (await stat(path).catch(() => null)) !== null) return path;
      throw new AppError(
        'files.upload-gone',
        'The file that was handed over is not here any more. Nothing was changed. Choose it again.',
      );
    },
  };
}

function limit(): Transform {
  let received = 0;
  return new Transform({
    transform: (chunk: Uint8Array, _encoding, done) => {
      received += chunk.byteLength;
      if (received <= LARGEST_UPLOAD) done(null, chunk);
      else {
        done(
          new AppError(
            'files.upload-too-large',
            `Files of more than ${LARGEST_UPLOAD / 1024 / 1024} MB are not taken this way. Nothing was kept.`,
          ),
        );
      }
    },
  });
}

/** The content hash by which a photo is known again after it was moved or renamed. */
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { contentHash } from '#app/domain/id-of.ts';
import type { ContentHash } from '#app/domain/ids.ts';
import { cancelled } from '#app/domain/errors.ts';
import type { HashedFile, LongWork } from '#app/ports/files.ts';
import { reasonOf } from '../problems.ts';

/** Read at a time: of photos from cameras a few pieces, since each read goes through another thread. */
const MOST = 1 << 20;
/** Reads that wait for the disk while another file is being hashed. */
const concurrency = 4;

/**
 * SHA-256 of each file, in the given order, a few megabytes in memory; one that cannot be read gets its reason and does
 * not stop the others. Throws AppError of kind `cancelled`.
 */
export async function hashFiles(
  paths: readonly string[],
  work: LongWork<{ readonly files: number; readonly bytes: number }> = {},
): Promise<readonly HashedFile[]> {
  const results: HashedFile[] = new Array<HashedFile>(paths.length);
  const remaining = paths.entries();
  let [files, bytes] = [0, 0];
  const worker = async (): Promise<void> => {
    const piece = new Piece();
    for (const [index, path] of remaining) {
      results[index] = await digest(path, piece, work.signal).then(
        ({ hash, size }) => {
          bytes += size;
          return { path, hash, reason: null };
        },
        (error: unknown) => {
          if (work.signal?.aborted) throw error;
          return { path, hash: null, reason: reasonOf(error) };
        },
      );
      files++;
      work.onProgress?.({ files, bytes });
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  return results;
}

/** A buffer as large as the files that were read need it, so that small ones do not bring V8 to collect its heap. */
class Piece {
  #buffer = Buffer.allocUnsafeSlow(1 << 16);

  for(bytes: number): Buffer {
    const wanted = Math.min(bytes, MOST);
    if (this.#buffer.length < wanted) this.#buffer = Buffer.allocUnsafeSlow(Math.min(2 * wanted, MOST));
    return this.#buffer;
  }
}

async function digest(
  path: string,
  piece: Piece,
  signal: AbortSignal | undefined,
): Promise<{ hash: ContentHash; size: number }> {
  // Without O_NONBLOCK, opening a named pipe would wait for a writer. Windows has no such flag: undefined counts as 0.
  await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const status = await file.stat();
  if (!status.isFile()) throw new Error('it is not a regular file');
  const hash = createHash('sha256');
  const buffer = piece.for(status.size);
  let size = 0;
  // What a file has grown by since shows in its size, and is read by the next import.
  while (size < status.size) {
    if (signal?.aborted) throw cancelled('Hashing');
    const { bytesRead } = await file.read(buffer, 0, buffer.length, size);
    if (bytesRead === 0) break;
    hash.update(buffer.subarray(0, bytesRead));
    size += bytesRead;
  }
  return { hash: contentHash(hash.digest('hex')), size };
}

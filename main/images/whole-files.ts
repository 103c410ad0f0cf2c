/**
 * Photos as whole files, in buffers that are used again. V8 collects its whole heap for every few dozen megabytes that were
 * allocated outside it: with a new buffer for each photo that is an eighth of an import's time.
 */
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { AppError } from '#app/domain/errors.ts';
import type { Turns } from './turns.ts';
import { undecodable } from './undecodable.ts';

/** Buffers of larger files are let go after use, and such files wait for each other. */
const MOST_KEPT = 1 << 23;
const LEAST = 1 << 16;
/** What one read may take. */
const MOST = 2 ** 31 - 1;

interface Filled {
  readonly buffer: Buffer;
  /** Bytes of it that are the file's. */
  readonly length: number;
  /** Whether it may be used again. */
  readonly ours: boolean;
}

export class WholeFiles {
  readonly #free: Buffer[] = [];
  readonly #largeTurns: Turns;

  /** Of files of more than 8 MB no more are in memory at once than `largeTurns` gives turns. */
  constructor(largeTurns: Turns) {
    this.#largeTurns = largeTurns;
  }

  /**
   * `work` on the bytes of the file, which are other bytes once it has ended. Throws AppError `image.missing` or
   * `image.undecodable` (data: path, reason) where it cannot be read, and what `work` throws.
   */
  async use<T>(path: string, work: (file: Buffer) => Promise<T>): Promise<T> {
    const explain = (error: unknown): never => {
      throw explained(path, error);
    };
    const file = await open(path).catch(explain);
    const size = await sizeOf(path, file).catch(async (error: unknown) => {
      await file.close();
      return explain(error);
    });
    const inMemory = async (): Promise<T> => {
      const { buffer, length, ours } = await this.#read(file, size)
        .finally(() => file.close())
        .catch(explain);
      try {
        return await work(buffer.subarray(0, length));
      } finally {
        if (ours && buffer.length <= MOST_KEPT) this.#free.push(buffer);
      }
    };
    return size > MOST_KEPT ? this.#largeTurns.take(1, inMemory) : inMemory();
  }

  async #read(file: FileHandle, size: number): Promise<Filled> {
    // A pipe, a file of a system that tells no sizes, or nothing.
    if (size === 0) {
      const buffer = await file.readFile();
      return { buffer, length: buffer.length, ours: false };
    }
    const buffer = this.#take(size);
    let length = 0;
    while (length < size) {
      const { bytesRead } = await file.read(buffer, length, size - length, length);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    return { buffer, length, ours: true };
  }

  #take(size: number): Buffer {
    const at = this.#free.findIndex((buffer) => buffer.length >= size);
    const [buffer] = at === -1 ? [] : this.#free.splice(at, 1);
    if (buffer !== undefined) return buffer;
    // One that is too small makes room for one that fits the next photo as well.
    if (size <= MOST_KEPT) this.#free.pop();
    return Buffer.allocUnsafeSlow(size <= MOST_KEPT ? Math.max(LEAST, Math.ceil(1.25 * size)) : size);
  }
}

/** Bytes, 0 where the system tells none. Throws AppError `image.undecodable` where one read could not hold them. */
async function sizeOf(path: string, file: FileHandle): Promise<number> {
  const { size } = await file.stat();
  if (size > MOST) throw undecodable(path, 'the file is too large');
  return size;
}

function explained(path: string, error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new AppError('image.missing', `${path} is not there any more. Its labels are kept; put the file back.`, {
      data: { path },
      cause: error,
    });
  }
  if (code === 'EACCES' || code === 'EPERM') return undecodable(path, 'no permission to read the file', error, true);
  if (code === 'EISDIR') return undecodable(path, 'it is a folder', error);
  if (code === 'EIO') return undecodable(path, 'the disk reports a read error', error, true);
  return error;
}

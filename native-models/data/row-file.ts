/**
 * Rows of fixed size in a file: decoded photos or cached features, written once and read by position into buffers that
 * the caller keeps. Memory stays with the operating system's page cache, so a data set may be larger than memory.
 */
import { closeSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { EngineError } from '../errors.ts';

export class RowFile {
  readonly path: string;
  readonly rowBytes: number;
  #file: number | null;

  /** Makes the file, or empties it. Throws `cache.write`. */
  constructor(path: string, rowBytes: number) {
    this.path = path;
    this.rowBytes = rowBytes;
    try {
      this.#file = openSync(path, 'w+');
    } catch (error) {
      throw writeError(path, error);
    }
    try {
      // Without a name it is gone with its process, even one that is killed.
      rmSync(path);
    } catch {
      // Windows keeps the name of an open file: `dispose` deletes it.
    }
  }

  /** `row` counts from 0; `at` is the byte within the row. Throws `cache.write`, naming a full disk as such. */
  write(row: number, at: number, bytes: Uint8Array): void {
    try {
      let written = 0;
      while (written < bytes.length) {
        written += writeSync(this.#open(), bytes, written, bytes.length - written, row * this.rowBytes + at + written);
      }
    } catch (error) {
      throw writeError(this.path, error);
    }
  }

  /** Fills `into` from a row. Throws `cache.read` where the file is shorter than what was written to it. */
  read(row: number, at: number, into: Uint8Array): void {
    let filled = 0;
    while (filled < into.length) {
      const count = readSync(this.#open(), into, filled, into.length - filled, row * this.rowBytes + at + filled);
      if (count === 0)
        throw new EngineError('cache.read', `The temporary file ${this.path} was cut short while it was in use.`);
      filled += count;
    }
  }

  /** Closes and deletes: these files serve one run. */
  dispose(): void {
    if (this.#file === null) return;
    closeSync(this.#file);
    this.#file = null;
    rmSync(this.path, { force: true });
  }

  #open(): number {
    if (this.#file === null) throw new EngineError('cache.read', `The temporary file ${this.path} is closed.`);
    return this.#file;
  }
}

function writeError(path: string, cause: unknown): EngineError {
  const full = cause instanceof Error && 'code' in cause && cause.code === 'ENOSPC';
  const what = full
    ? `The disk is full: the temporary file ${path} could not be written. Everything stored before is kept; free some space and resume the run.`
    : `The temporary file ${path} could not be written (${cause instanceof Error ? cause.message : String(cause)}). Everything stored before is kept.`;
  return new EngineError(full ? 'cache.disk-full' : 'cache.write', what, { data: { path }, cause });
}

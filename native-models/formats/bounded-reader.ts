import type { FileHandle } from 'node:fs/promises';
import { RandomAccessReader } from 'yauzl';

/** Reads a zip inside its file only: the offsets come from the file itself. */
export class BoundedReader extends RandomAccessReader {
  readonly #file: FileHandle;
  readonly #size: number;

  /** `size`: of the file in bytes. */
  constructor(file: FileHandle, size: number) {
    super();
    this.#file = file;
    this.#size = size;
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null) => void,
  ): void {
    if (!Number.isSafeInteger(position) || position < 0 || position + length > this.#size) {
      callback(new Error(`it points to byte ${position}, and the file has ${this.#size}`));
      return;
    }
    this.#file.read(buffer, offset, length, position).then(
      ({ bytesRead }) => {
        callback(bytesRead === length ? null : new Error('it ends too early'));
      },
      (error: unknown) => {
        callback(error instanceof Error ? error : new Error(String(error)));
      },
    );
  }
}

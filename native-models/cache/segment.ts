/**
 * One file of the feature cache: rows of one size, each a photo's tensors one after the other. Rows are only ever added,
 * by the one process that made the file; everybody else may read it meanwhile. Nothing is forced to the disk: each row
 * says whose it is and has a checksum for its head and for each tensor, so that what a kill or a power cut left
 * half-written is not taken for a row.
 *
 *   head   8 bytes `DTLFEAT1`, u32 length and u32 CRC-32 of the JSON behind them: {"tensors": [{"key", "bytes"}]};
 *          zeros up to a multiple of 64
 *   row    u32 `ROW1`, u32 CRC-32 of the rest of the row's head, 32 bytes SHA-256 of the photo, u32 CRC-32 a tensor;
 *          zeros up to a multiple of 64; then the tensors' bytes, and zeros up to a multiple of 64
 *
 * Numbers are little-endian, as are the tensors (docs/feature-cache.md).
 */
import { closeSync, constants, fstatSync, openSync, readSync, rmSync, utimesSync, writeSync } from 'node:fs';
import { crc32 } from 'node:zlib';

export interface StoredTensor {
  /** SHA-256 in hex (`identity.ts`). */
  readonly key: string;
  readonly bytes: number;
}

const FILE_MAGIC = 'DTLFEAT1';
const ROW_MAGIC = 0x31574f52;
const ALIGNMENT = 64;
const HEAD_FIXED = 16;
const ROW_FIXED = 40;
const HASH_BYTES = 32;
/** Of a file's head; far more than any list of tensors needs. */
const MAX_HEAD = 1 << 20;

const aligned = (bytes: number): number => Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;

export class Segment {
  readonly path: string;
  readonly tensors: readonly StoredTensor[];
  /** First byte of each tensor, counted from the row's start. */
  readonly offsets: readonly number[];
  readonly rowBytes: number;
  readonly #file: number;
  readonly #headBytes: number;
  readonly #rowHeadBytes: number;
  #rows = 0;
  #open = true;

  private constructor(path: string, file: number, headBytes: number, tensors: readonly StoredTensor[]) {
    this.path = path;
    this.tensors = tensors;
    this.#file = file;
    this.#headBytes = headBytes;
    this.#rowHeadBytes = aligned(ROW_FIXED + 4 * tensors.length);
    let at = this.#rowHeadBytes;
    this.offsets = tensors.map(({ bytes }) => (at += bytes) - bytes);
    this.rowBytes = aligned(at);
  }

  /** What a file with so many rows takes on the disk. */
  static size(tensors: readonly StoredTensor[], rows: number): number {
    const row = aligned(ROW_FIXED + 4 * tensors.length) + tensors.reduce((sum, { bytes }) => sum + bytes, 0);
    return encodeHead(tensors).length + rows * aligned(row);
  }

  /**
   * A new file without rows; it grows with each, so that a process that is killed leaves nothing but rows behind. Throws
   * what the file system throws, and leaves no file then.
   */
  static create(path: string, tensors: readonly StoredTensor[]): Segment {
    const head = encodeHead(tensors);
    const file = openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL, 0o644);
    const segment = new Segment(path, file, head.length, tensors);
    try {
      writeAll(file, head, 0);
    } catch (error) {
      segment.close();
      rmSync(path, { force: true });
      throw error;
    }
    return segment;
  }

  /** Null for a file that is gone, is none of this format, or has a damaged head. */
  static open(path: string): Segment | null {
    let file: number;
    try {
      file = openSync(path, constants.O_RDONLY);
    } catch {
      return null;
    }
    const head = readHead(file);
    if (head !== null) return new Segment(path, file, head.bytes, head.tensors);
    closeSync(file);
    return null;
  }

  /** Photos (SHA-256 in hex) by row, of those whose head is whole. */
  *photos(): Generator<{ readonly row: number; readonly photo: string }> {
    const head = Buffer.alloc(this.#rowHeadBytes);
    const { size } = fstatSync(this.#file);
    for (let row = 0; this.#at(row) + head.length <= size; row++) {
      if (readFully(this.#file, head, this.#at(row)) && this.#isSound(head)) {
        yield { row, photo: head.toString('hex', 8, 8 + HASH_BYTES) };
      }
    }
  }

  /** Adds a row. `values`: one array of bytes a tensor, in order. Throws what the file system throws. */
  append(photo: string, values: readonly Uint8Array[]): number {
    const row = Buffer.alloc(this.rowBytes);
    row.writeUInt32LE(ROW_MAGIC, 0);
    row.write(photo, 8, HASH_BYTES, 'hex');
    values.forEach((bytes, index) => {
      row.writeUInt32LE(crc32(bytes), ROW_FIXED + 4 * index);
      row.set(bytes, this.offsets[index]);
    });
    row.writeUInt32LE(crc32(row.subarray(8, this.#rowHeadBytes)), 4);
    writeAll(this.#file, row, this.#at(this.#rows));
    return this.#rows++;
  }

  /** Whether the tensors at `indexes` of a row are what was written; reads them all. */
  isWhole(row: number, indexes: readonly number[]): boolean {
    const head = Buffer.alloc(this.#rowHeadBytes);
    if (!readFully(this.#file, head, this.#at(row)) || !this.#isSound(head)) return false;
    return indexes.every((index) => {
      const bytes = new Uint8Array(this.tensors[index]!.bytes);
      return this.read(row, index, bytes) && crc32(bytes) === head.readUInt32LE(ROW_FIXED + 4 * index);
    });
  }

  /** Fills `into` with a tensor; false where the file ends before or the disk does not give it. */
  read(row: number, index: number, into: Uint8Array): boolean {
    return readFully(this.#file, into, this.position(row, index));
  }

  /** Byte in the file at which a tensor begins. */
  position(row: number, index: number): number {
    return this.#at(row) + this.offsets[index]!;
  }

  get file(): number {
    return this.#file;
  }

  /** Notes that it was used now: the cache gives up first what was not used for longest. */
  touch(now: Date): void {
    try {
      utimesSync(this.path, now, now);
    } catch {
      // Somebody gave it up meanwhile, or the disk is read-only: nothing hangs on it.
    }
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    closeSync(this.#file);
  }

  #at(row: number): number {
    return this.#headBytes + row * this.rowBytes;
  }

  #isSound(head: Buffer): boolean {
    return head.readUInt32LE(0) === ROW_MAGIC && head.readUInt32LE(4) === crc32(head.subarray(8));
  }
}

function encodeHead(tensors: readonly StoredTensor[]): Buffer {
  const json = Buffer.from(JSON.stringify({ tensors: tensors.map(({ key, bytes }) => ({ key, bytes })) }));
  const head = Buffer.alloc(aligned(HEAD_FIXED + json.length));
  head.write(FILE_MAGIC, 'latin1');
  head.writeUInt32LE(json.length, 8);
  head.writeUInt32LE(crc32(json), 12);
  json.copy(head, HEAD_FIXED);
  return head;
}

function readHead(file: number): { readonly bytes: number; readonly tensors: readonly StoredTensor[] } | null {
  const fixed = Buffer.alloc(HEAD_FIXED);
  if (!fstatSync(file).isFile() || !readFully(file, fixed, 0) || fixed.toString('latin1', 0, 8) !== FILE_MAGIC)
    return null;
  const length = fixed.readUInt32LE(8);
  if (length > MAX_HEAD || HEAD_FIXED + length > fstatSync(file).size) return null;
  const json = Buffer.alloc(length);
  if (!readFully(file, json, HEAD_FIXED) || crc32(json) !== fixed.readUInt32LE(12)) return null;
  const tensors = tensorsIn(json.toString('utf8'));
  return tensors === null ? null : { bytes: aligned(HEAD_FIXED + length), tensors };
}

function tensorsIn(text: string): readonly StoredTensor[] | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null || !('tensors' in value) || !Array.isArray(value.tensors))
    return null;
  const tensors: readonly unknown[] = value.tensors;
  return tensors.every(isTensor) && tensors.length > 0 ? tensors : null;
}

function isTensor(value: unknown): value is StoredTensor {
  if (typeof value !== 'object' || value === null || !('key' in value) || !('bytes' in value)) return false;
  const { key, bytes } = value;
  return typeof key === 'string' && typeof bytes === 'number' && Number.isSafeInteger(bytes) && bytes > 0;
}

function writeAll(file: number, bytes: Uint8Array, position: number): void {
  for (let done = 0; done < bytes.length;) {
    done += writeSync(file, bytes, done, bytes.length - done, position + done);
  }
}

/** False where the file ends before, and where the disk does not give what it holds: it is lost then, and computed again. */
function readFully(file: number, into: Uint8Array, position: number): boolean {
  try {
    for (let done = 0; done < into.length;) {
      const count = readSync(file, into, done, into.length - done, position + done);
      if (count === 0) return false;
      done += count;
    }
    return true;
  } catch {
    return false;
  }
}

/**
 * A zip file as it is written: entries one after another, stored or deflated, each with the 64-bit fields of zip64, so that
 * neither an entry nor the file has a limit that anybody meets. Sizes and checksum are put into an entry's header when its bytes
 * have gone by. yazl was tried for it: it looks through all entries for each one, which is quadratic in 100,000 photos.
 */
import type { FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { crc32, createDeflateRaw } from 'node:zlib';

const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
const END_64 = 0x06064b50;
const LOCATOR_64 = 0x07064b50;
/** Of the format that zip64 came with. */
const VERSION = 45;
const UTF8 = 0x0800;
/** 1980-01-01, the first day that a zip can name: what an entry is does not depend on when it was written. */
const DATE = 0x0021;
const ALL_32 = 0xffffffff;
const LOCAL_BYTES = 30;
const EXTRA_BYTES = 20;

export interface WrittenEntry {
  readonly name: string;
  readonly deflated: boolean;
  readonly bytes: number;
  readonly packedBytes: number;
  readonly crc32: number;
  readonly start: number;
}

export class ZipWriter {
  readonly #file: FileHandle;
  readonly #entries: WrittenEntry[] = [];
  #at = 0;

  constructor(file: FileHandle) {
    this.#file = file;
  }

  /** What `chunks` throws leaves a file that is to be thrown away. */
  async add(
    name: string,
    chunks: AsyncIterable<Uint8Array>,
    { deflate }: { readonly deflate: boolean },
  ): Promise<void> {
    const start = this.#at;
    const header = localHeader(name, deflate);
    await this.#write(header);
    let [bytes, checksum] = [0, 0];
    const counted = async function* (): AsyncGenerator<Uint8Array> {
      for await (const chunk of chunks) {
        bytes += chunk.byteLength;
        checksum = crc32(chunk, checksum);
        yield chunk;
      }
    };
    const begin = this.#at;
    if (deflate) await this.#deflated(counted());
    else for await (const chunk of counted()) await this.#write(chunk);
    const entry = { name, deflated: deflate, bytes, packedBytes: this.#at - begin, crc32: checksum, start };
    this.#entries.push(entry);
    complete(header, entry);
    await this.#file.write(header, 0, header.length, start);
  }

  async end(): Promise<void> {
    const start = this.#at;
    let group: Buffer[] = [];
    for (const [at, entry] of this.#entries.entries()) {
      group.push(centralRecord(entry));
      if (at % 1000 !== 999) continue;
      await this.#write(Buffer.concat(group));
      group = [];
    }
    await this.#write(Buffer.concat(group));
    await this.#write(endRecords(this.#entries.length, start, this.#at));
  }

  async #deflated(chunks: AsyncIterable<Uint8Array>): Promise<void> {
    const source = Readable.from(chunks);
    const packing = createDeflateRaw({ level: 6 });
    source.once('error', (error) => packing.destroy(error));
    source.pipe(packing);
    try {
      const packed: AsyncIterable<Uint8Array> = packing;
      for await (const chunk of packed) await this.#write(chunk);
    } finally {
      source.destroy();
      packing.destroy();
    }
  }

  async #write(bytes: Uint8Array): Promise<void> {
    for (let done = 0; done < bytes.byteLength;) {
      const { bytesWritten } = await this.#file.write(bytes, done, bytes.byteLength - done, this.#at);
      done += bytesWritten;
      this.#at += bytesWritten;
    }
  }
}

function localHeader(name: string, deflate: boolean): Buffer {
  const encoded = Buffer.from(name);
  const header = Buffer.alloc(LOCAL_BYTES + encoded.length + EXTRA_BYTES);
  header.writeUInt32LE(LOCAL, 0);
  header.writeUInt16LE(VERSION, 4);
  header.writeUInt16LE(UTF8, 6);
  header.writeUInt16LE(deflate ? 8 : 0, 8);
  header.writeUInt16LE(DATE, 12);
  header.writeUInt32LE(ALL_32, 18);
  header.writeUInt32LE(ALL_32, 22);
  header.writeUInt16LE(encoded.length, 26);
  header.writeUInt16LE(EXTRA_BYTES, 28);
  encoded.copy(header, LOCAL_BYTES);
  header.writeUInt16LE(1, LOCAL_BYTES + encoded.length);
  header.writeUInt16LE(16, LOCAL_BYTES + encoded.length + 2);
  return header;
}

function complete(header: Buffer, { bytes, packedBytes, crc32: checksum }: WrittenEntry): void {
  header.writeUInt32LE(checksum, 14);
  header.writeBigUInt64LE(BigInt(bytes), header.length - 16);
  header.writeBigUInt64LE(BigInt(packedBytes), header.length - 8);
}

function centralRecord({ name, deflated, bytes, packedBytes, crc32: checksum, start }: WrittenEntry): Buffer {
  const encoded = Buffer.from(name);
  const record = Buffer.alloc(46 + encoded.length + 28);
  record.writeUInt32LE(CENTRAL, 0);
  record.writeUInt16LE(VERSION, 4);
  record.writeUInt16LE(VERSION, 6);
  record.writeUInt16LE(UTF8, 8);
  record.writeUInt16LE(deflated ? 8 : 0, 10);
  record.writeUInt16LE(DATE, 14);
  record.writeUInt32LE(checksum, 16);
  record.writeUInt32LE(ALL_32, 20);
  record.writeUInt32LE(ALL_32, 24);
  record.writeUInt16LE(encoded.length, 28);
  record.writeUInt16LE(28, 30);
  record.writeUInt32LE(ALL_32, 42);
  encoded.copy(record, 46);
  const extra = 46 + encoded.length;
  record.writeUInt16LE(1, extra);
  record.writeUInt16LE(24, extra + 2);
  record.writeBigUInt64LE(BigInt(bytes), extra + 4);
  record.writeBigUInt64LE(BigInt(packedBytes), extra + 12);
  record.writeBigUInt64LE(BigInt(start), extra + 20);
  return record;
}

function endRecords(entries: number, directory: number, end: number): Buffer {
  const records = Buffer.alloc(56 + 20 + 22);
  records.writeUInt32LE(END_64, 0);
  records.writeBigUInt64LE(44n, 4);
  records.writeUInt16LE(VERSION, 12);
  records.writeUInt16LE(VERSION, 14);
  records.writeBigUInt64LE(BigInt(entries), 24);
  records.writeBigUInt64LE(BigInt(entries), 32);
  records.writeBigUInt64LE(BigInt(end - directory), 40);
  records.writeBigUInt64LE(BigInt(directory), 48);
  records.writeUInt32LE(LOCATOR_64, 56);
  records.writeBigUInt64LE(BigInt(end), 64);
  records.writeUInt32LE(1, 72);
  records.writeUInt32LE(END, 76);
  records.writeUInt16LE(0xffff, 84);
  records.writeUInt16LE(0xffff, 86);
  records.writeUInt32LE(ALL_32, 88);
  records.writeUInt32LE(ALL_32, 92);
  return records;
}

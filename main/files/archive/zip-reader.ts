/**
 * The directory of a zip file from anywhere, and the bytes of its entries. Yauzl reads the records; what only an attack or damage
 * brings about is refused before anything is unpacked: names that are not ours or come twice, links, encryption, entries that
 * share bytes, more entries or larger ones than an archive can have.
 */
import type { FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { crc32, createInflateRaw } from 'node:zlib';
import { fromRandomAccessReaderPromise } from 'yauzl';
import type { Entry, ZipFile } from 'yauzl';
import { BoundedReader } from '#native-models/formats/bounded-reader.ts';
import { isAllowedName, photoHash } from './names.ts';
import { archiveProblem } from './problems.ts';

export interface ZipEntry {
  readonly name: string;
  readonly deflated: boolean;
  readonly bytes: number;
  readonly packedBytes: number;
  readonly crc32: number;
  /** Of its header in the file. */
  readonly at: number;
}

const MOST_ENTRIES = 1_100_000;
/** JSON of a project deflates to a tenth or so; a bomb to a thousandth. */
const MOST_EXPANSION = 250;
const FREE_BYTES = 1 << 20;
const PIECE = 1 << 18;
const LINK = 0o120000;

/** By name, in the order of the file. Throws AppError `archive.foreign`, `archive.damaged`, `archive.hostile`. */
export async function readDirectory(
  path: string,
  file: FileHandle,
  size: number,
): Promise<ReadonlyMap<string, ZipEntry>> {
  const zip = await openZip(path, file, size);
  if (zip.entryCount > MOST_ENTRIES) throw archiveProblem('hostile', path, `it lists ${zip.entryCount} entries`);
  const entries: ZipEntry[] = [];
  const names = new Set<string>();
  try {
    for await (const entry of zip.eachEntry()) {
      const { fileName: name } = entry;
      if (names.has(name)) throw archiveProblem('hostile', path, `${quoted(name)} is in it twice`);
      names.add(name);
      entries.push(checkedEntry(path, entry));
    }
  } catch (error) {
    if (error instanceof Error && error.name === 'AppError') throw error;
    throw archiveProblem('damaged', path, `its directory cannot be read: ${lastWords(error)}`, error);
  }
  entries.sort((a, b) => a.at - b.at);
  for (const [i, entry] of entries.entries()) {
    const end = entries[i + 1]?.at ?? size;
    if (entry.at + 30 + entry.name.length + entry.packedBytes > end) {
      throw archiveProblem(
        'hostile',
        path,
        `${quoted(entry.name)} shares bytes with another entry or ends outside of the file`,
      );
    }
  }
  return new Map(entries.map((entry) => [entry.name, entry]));
}

async function openZip(path: string, file: FileHandle, size: number): Promise<ZipFile> {
  const start = Buffer.alloc(4);
  await file.read(start, 0, 4, 0);
  try {
    return await fromRandomAccessReaderPromise(new BoundedReader(file, size), size, {
      autoClose: false,
      strictFileNames: true,
    });
  } catch (error) {
    // A zip begins with an entry; one that does and has no directory was cut off.
    const begun = start.toString('latin1').startsWith('PK\u0003\u0004');
    const what = begun ? 'its end is missing or damaged, so it was cut off' : 'it is no zip file';
    throw archiveProblem(begun ? 'damaged' : 'foreign', path, what, error);
  }
}

function checkedEntry(path: string, entry: Entry): ZipEntry {
  const { fileName: name, compressionMethod: packing, compressedSize: packedBytes, uncompressedSize: bytes } = entry;
  const refuse = (what: string): Error => archiveProblem('hostile', path, `${quoted(name)} ${what}`);
  if (!isAllowedName(name)) throw refuse('is not a name that an archive of a project has');
  if (entry.isEncrypted()) throw refuse('is encrypted');
  if (packing !== 0 && packing !== 8) throw refuse(`is packed in a way that is not used here (${packing})`);
  if (((entry.externalFileAttributes >>> 16) & 0o170000) === LINK) throw refuse('is a link');
  if (![bytes, packedBytes, entry.relativeOffsetOfLocalHeader].every((one) => Number.isSafeInteger(one) && one >= 0)) {
    throw refuse('has a size that cannot be');
  }
  if (packing === 0 && bytes !== packedBytes) throw refuse('is stored with two different sizes');
  if (photoHash(name) !== null && packing !== 0) throw refuse('is packed, and photos never are');
  if (bytes > FREE_BYTES && bytes > MOST_EXPANSION * packedBytes) {
    throw refuse(`would unpack from ${packedBytes} to ${bytes} bytes`);
  }
  return {
    name,
    deflated: packing === 8,
    bytes,
    packedBytes,
    crc32: entry.crc32,
    at: entry.relativeOffsetOfLocalHeader,
  };
}

/** The entry's bytes, held to the size and the checksum that the directory has. Throws AppError `archive.damaged`. */
export async function* entryBytes(path: string, file: FileHandle, entry: ZipEntry): AsyncGenerator<Uint8Array> {
  const damaged = (what: string, cause?: unknown): Error =>
    archiveProblem('damaged', path, `${quoted(entry.name)} ${what}`, cause);
  const header = await readAt(file, entry.at, 30);
  if (header.length < 30 || header.readUInt32LE(0) !== 0x04034b50) throw damaged('is not where the directory says');
  const start = entry.at + 30 + header.readUInt16LE(26) + header.readUInt16LE(28);
  const packed = pieces(file, start, entry.packedBytes, () => damaged('ends too early'));
  let [bytes, checksum] = [0, 0];
  for await (const chunk of entry.deflated ? inflated(packed, damaged) : packed) {
    bytes += chunk.byteLength;
    if (bytes > entry.bytes) throw damaged(`unpacks to more than the ${entry.bytes} bytes that are declared`);
    checksum = crc32(chunk, checksum);
    yield chunk;
  }
  if (bytes !== entry.bytes) throw damaged(`has ${bytes} bytes, and ${entry.bytes} are declared`);
  if (checksum !== entry.crc32) throw damaged('has another checksum than the directory says');
}

async function* pieces(
  file: FileHandle,
  start: number,
  length: number,
  tooShort: () => Error,
): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < length; at += PIECE) {
    const wanted = Math.min(PIECE, length - at);
    const piece = await readAt(file, start + at, wanted);
    if (piece.length < wanted) throw tooShort();
    yield piece;
  }
}

async function* inflated(
  packed: AsyncIterable<Uint8Array>,
  damaged: (what: string, cause?: unknown) => Error,
): AsyncGenerator<Uint8Array> {
  const source = Readable.from(packed);
  const unpacking = createInflateRaw({ chunkSize: PIECE });
  source.once('error', (error) => unpacking.destroy(error));
  source.pipe(unpacking);
  try {
    const unpacked: AsyncIterable<Uint8Array> = unpacking;
    yield* unpacked;
  } catch (error) {
    if (error instanceof Error && error.name === 'AppError') throw error;
    throw damaged('cannot be unpacked', error);
  } finally {
    source.destroy();
    unpacking.destroy();
  }
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  let done = 0;
  while (done < length) {
    const { bytesRead } = await file.read(buffer, done, length - done, position + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return buffer.subarray(0, done);
}

function quoted(name: string): string {
  return JSON.stringify(name.slice(0, 120));
}

function lastWords(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replace(/[.\s]+$/, '').slice(0, 200);
}

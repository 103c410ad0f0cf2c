/**
 * The members of a zip archive by its central directory: where each lies, how it is packed, how large it is. Yauzl reads
 * the records; what it does not look at is checked here: names that occur twice, members that share bytes, methods and
 * encryption that are of no use, and sizes that only a zip bomb has. No member is unpacked for that.
 */
import type { FileHandle } from 'node:fs/promises';
import { fromRandomAccessReaderPromise } from 'yauzl';
import type { Entry, ZipFile } from 'yauzl';
import { BoundedReader } from '../bounded-reader.ts';
import { freeBytes, maxArrays, maxExpansion } from './limits.ts';
import { arrayProblem, problem } from './problem.ts';

export interface ArchiveMember {
  readonly name: string;
  readonly deflated: boolean;
  /** Where its packed bytes begin in the file, and how many there are. */
  readonly start: number;
  readonly packedBytes: number;
  /** As the directory declares it; whoever unpacks holds the member to it. */
  readonly bytes: number;
  readonly crc32: number;
}

/** In the order of the directory; folders are left out. @throws EngineError `npz.*` */
export async function readArchive(
  path: string,
  handle: FileHandle,
  fileSize: number,
): Promise<readonly ArchiveMember[]> {
  const members = new Map<string, ArchiveMember>();
  const taken: { readonly name: string; readonly from: number; readonly to: number }[] = [];
  try {
    const zip = await fromRandomAccessReaderPromise(new BoundedReader(handle, fileSize), fileSize, {
      autoClose: false,
      strictFileNames: true,
    });
    if (zip.entryCount > maxArrays) throw problem(path, 'too-many', `it lists more than ${maxArrays} members.`);
    for await (const entry of zip.eachEntry()) {
      const { fileName: name } = entry;
      if (members.has(name)) throw arrayProblem(path, name, 'duplicate', 'is in it twice.');
      const member = await located(path, zip, entry);
      taken.push({ name, from: entry.relativeOffsetOfLocalHeader, to: member.start + member.packedBytes });
      if (!name.endsWith('/')) members.set(name, member);
    }
  } catch (error) {
    if (error instanceof Error && 'code' in error && String(error.code).startsWith('npz.')) throw error;
    throw problem(path, 'zip', `its directory is damaged: ${lastWords(error)}.`, error);
  }
  checkOverlap(path, taken);
  checkExpansion(path, [...members.values()], fileSize);
  return [...members.values()];
}

async function located(path: string, zip: ZipFile, entry: Entry): Promise<ArchiveMember> {
  const { fileName: name, compressionMethod: method, compressedSize: packedBytes, uncompressedSize: bytes } = entry;
  if (entry.isEncrypted()) throw arrayProblem(path, name, 'encrypted', 'is encrypted.');
  if (method !== 0 && method !== 8) {
    throw arrayProblem(path, name, 'method', `is packed with method ${method}; stored and deflated ones are read.`);
  }
  if (!Number.isSafeInteger(bytes)) throw arrayProblem(path, name, 'size', `would have ${bytes} bytes.`);
  let start: number;
  try {
    ({ fileDataStart: start } = await zip.readLocalFileHeaderPromise(entry, { minimal: true }));
  } catch (error) {
    const why = `cannot be found: ${lastWords(error)}. The file seems cut off or damaged; get it again.`;
    throw arrayProblem(path, name, 'out-of-range', why, error);
  }
  return { name, deflated: method === 8, start, packedBytes, bytes, crc32: entry.crc32 };
}

function checkOverlap(path: string, taken: { name: string; from: number; to: number }[]): void {
  taken.sort((a, b) => a.from - b.from);
  for (const [i, { name, from }] of taken.entries()) {
    const before = taken[i - 1];
    if (before !== undefined && from < before.to) {
      throw arrayProblem(path, name, 'overlap', `shares bytes with ${JSON.stringify(before.name.slice(0, 120))}.`);
    }
  }
}

function checkExpansion(path: string, members: readonly ArchiveMember[], fileSize: number): void {
  const total = members.reduce((sum, { bytes }) => sum + bytes, 0);
  if (total <= Math.max(freeBytes, maxExpansion * fileSize)) return;
  const largest = members.reduce((most, member) => (member.bytes > most.bytes ? member : most));
  const what = `unpacks to ${largest.bytes} bytes of ${total}, out of a file of ${fileSize}: this is a zip bomb, not a checkpoint.`;
  throw arrayProblem(path, largest.name, 'bomb', what);
}

function lastWords(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.replace(/[.\s]+$/, '').slice(0, 200);
}

/** The bytes of one archive member, never more than were asked for. */
import type { FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { crc32, createInflateRaw } from 'node:zlib';
import type { ArchiveMember } from './archive.ts';
import { arrayProblem } from './problem.ts';

const pieceBytes = 1 << 18;

/** The first bytes of the member, at most `length`. @throws EngineError `npz.*` */
export async function firstBytes(
  path: string,
  handle: FileHandle,
  member: ArchiveMember,
  length: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const out = new Uint8Array(Math.min(length, member.bytes));
  if (out.length === 0) return out;
  if (!member.deflated) {
    await readInto(path, handle, member, out);
    return out;
  }
  // Deflate needs at most a few bytes more than it gives; a header fits into the first pages in any case.
  const packed = new Uint8Array(Math.min(member.packedBytes, 4 * length + 1024));
  await readInto(path, handle, member, packed);
  return inflate(path, member, [packed], out, 'some');
}

/**
 * The whole member, held to the size and the checksum that the directory declares; whoever calls has checked that size.
 * @throws EngineError `npz.*`
 */
export async function wholeMember(
  path: string,
  handle: FileHandle,
  member: ArchiveMember,
): Promise<Uint8Array<ArrayBuffer>> {
  let out = new Uint8Array(member.bytes);
  if (member.deflated) {
    out = await inflate(path, member, pieces(path, handle, member), out, 'all');
  } else await readInto(path, handle, member, out);
  const found = crc32(out);
  if (found !== member.crc32) {
    throw arrayProblem(
      path,
      member.name,
      'checksum',
      'has not the checksum that the archive says: the file is damaged.',
    );
  }
  return out;
}

async function inflate(
  path: string,
  member: ArchiveMember,
  packed: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  out: Uint8Array<ArrayBuffer>,
  want: 'some' | 'all',
): Promise<Uint8Array<ArrayBuffer>> {
  const source = Readable.from(packed);
  const stream = createInflateRaw({ chunkSize: pieceBytes });
  let filled = 0;
  source.once('error', (error) => stream.destroy(error));
  source.pipe(stream);
  try {
    for await (const chunk of stream) {
      const bytes = chunk as Uint8Array;
      if (want === 'all' && filled + bytes.length > out.length) {
        throw arrayProblem(
          path,
          member.name,
          'size',
          `unpacks to more than the ${member.bytes} bytes that are declared.`,
        );
      }
      out.set(bytes.subarray(0, out.length - filled), filled);
      filled += Math.min(bytes.length, out.length - filled);
      if (want === 'some' && filled === out.length) break;
    }
  } catch (error) {
    // What was cut on purpose ends in the middle.
    if (!(want === 'some' && filled > 0)) {
      if (error instanceof Error && 'code' in error && String(error.code).startsWith('npz.')) throw error;
      throw arrayProblem(path, member.name, 'damaged', 'cannot be unpacked: the file is damaged; get it again.', error);
    }
  } finally {
    source.destroy();
    stream.destroy();
  }
  if (want === 'all' && filled < out.length) {
    const what = `unpacks to ${filled} bytes, and ${member.bytes} are declared.`;
    throw arrayProblem(path, member.name, 'size', what);
  }
  return out.subarray(0, filled);
}

/** The member's packed bytes, a piece at a time. */
async function* pieces(path: string, handle: FileHandle, member: ArchiveMember): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < member.packedBytes; at += pieceBytes) {
    const piece = new Uint8Array(Math.min(pieceBytes, member.packedBytes - at));
    await readInto(path, handle, { name: member.name, start: member.start + at }, piece);
    yield piece;
  }
}

async function readInto(
  path: string,
  handle: FileHandle,
  { name, start }: Pick<ArchiveMember, 'name' | 'start'>,
  target: Uint8Array<ArrayBuffer>,
): Promise<void> {
  const most = 1 << 28;
  for (let done = 0; done < target.length;) {
    const { bytesRead } = await handle.read(target, done, Math.min(most, target.length - done), start + done);
    if (bytesRead === 0) throw arrayProblem(path, name, 'changed', 'ended while it was being read.');
    done += bytesRead;
  }
}

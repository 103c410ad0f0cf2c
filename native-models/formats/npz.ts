/**
 * Numpy's archives of arrays: a zip of .npy files, stored or deflated. The directory and the header of every array are
 * read once and checked, arrays are read one at a time by them. Nothing is allocated that the file itself has not got.
 */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { byteSizes } from '../dtypes.ts';
import type { DType } from '../dtypes.ts';
import { EngineError } from '../errors.ts';
import { readArchive } from './npz/archive.ts';
import type { ArchiveMember } from './npz/archive.ts';
import { NpyProblem, npyHeaderLength, npyPrefixLength, parseNpyHeader } from './npz/npy-header.ts';
import type { NpyHeader } from './npz/npy-header.ts';
import { rowMajorLittleEndian } from './npz/npy-values.ts';
import { arrayProblem, problem } from './npz/problem.ts';
import { firstBytes, wholeMember } from './npz/unpack.ts';

export interface NpzArray {
  /** Without `.npy`. */
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly header: NpyHeader;
  readonly member: ArchiveMember;
}

export interface NpzFile {
  readonly path: string;
  readonly fileSize: number;
  readonly arrays: ReadonlyMap<string, NpzArray>;
}

/** Without O_NONBLOCK, opening a named pipe would wait for a writer. (Windows has neither; there it counts as 0.) */
const openFlags = constants.O_RDONLY | constants.O_NONBLOCK;
/** Most headers are shorter, so that one read gets them. */
const usualHeaderBytes = 256;

/** Reads and checks everything but the numbers. @throws EngineError `npz.*` naming the file, the array and what is wrong */
export async function readNpzHeader(path: string): Promise<NpzFile> {
  return withFile(path, async (handle, fileSize) => {
    const arrays = new Map<string, NpzArray>();
    for (const member of await readArchive(path, handle, fileSize)) {
      if (!member.name.endsWith('.npy')) throw arrayProblem(path, member.name, 'member', 'is no array (.npy).');
      const name = member.name.slice(0, -'.npy'.length);
      const header = await readHeader(path, handle, member);
      arrays.set(name, { name, dtype: header.dtype, shape: header.shape, header, member });
    }
    return { path, fileSize, arrays };
  });
}

/** The array's numbers, row-major, little-endian. @throws EngineError `npz.*` */
export async function readNpzArray(file: NpzFile, array: NpzArray): Promise<Uint8Array<ArrayBuffer>> {
  return withFile(file.path, async (handle, fileSize) => {
    if (fileSize !== file.fileSize) {
      throw problem(file.path, 'changed', 'it changed while it was being read. Try again when nothing writes to it.');
    }
    const whole = await wholeMember(file.path, handle, array.member);
    const { length } = array.header;
    // Views of the numbers need an offset that is a multiple of their size; numpy pads its headers for that.
    const aligned = length % byteSizes[array.dtype] === 0;
    return rowMajorLittleEndian(array.header, aligned ? whole.subarray(length) : whole.slice(length));
  });
}

async function readHeader(path: string, handle: FileHandle, member: ArchiveMember): Promise<NpyHeader> {
  try {
    let bytes = await firstBytes(path, handle, member, usualHeaderBytes);
    const length = npyHeaderLength(bytes.subarray(0, npyPrefixLength));
    if (bytes.length < length) bytes = await firstBytes(path, handle, member, length);
    if (bytes.length < length) throw new NpyProblem('truncated', 'ends inside its header.');
    const header = parseNpyHeader(bytes.subarray(0, length));
    const numbers = header.shape.reduce((product, size) => product * size, byteSizes[header.dtype]);
    if (length + numbers !== member.bytes) {
      const shape = `${header.dtype} [${header.shape.join(', ')}]`;
      const what = `takes ${length + numbers} bytes as ${shape}, but has ${member.bytes}.`;
      throw new NpyProblem('size', what);
    }
    return header;
  } catch (error) {
    if (error instanceof NpyProblem) throw arrayProblem(path, member.name, error.code, error.message);
    throw error;
  }
}

async function withFile<T>(path: string, use: (handle: FileHandle, fileSize: number) => Promise<T>): Promise<T> {
  try {
    await using handle = await open(path, openFlags);
    const stats = await handle.stat();
    if (!stats.isFile()) throw problem(path, 'unreadable', 'it is not a regular file.');
    return await use(handle, stats.size);
  } catch (error) {
    if (error instanceof EngineError) throw error;
    throw problem(path, 'unreadable', `${error instanceof Error ? error.message : String(error)}.`, error);
  }
}

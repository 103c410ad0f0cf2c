/**
 * Safetensors files on disk: the header is read once and checked, tensors are read one at a time by it. Every read
 * compares the file's size with that at the header's time, so that a file being written is noticed, not misread.
 */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { byteSizes, isFloat } from '../../dtypes.ts';
import { EngineError } from '../../errors.ts';
import { decodeFloats, elements, firstNonFinite, floatDtype, requireDtype } from './decode.ts';
import { checkedHeaderLength, describeFile, prefixLength } from './layout.ts';
import { problem, shown, tensorProblem } from './problem.ts';
import type { SafetensorsFile, TensorEntry } from './types.ts';

/** Without O_NONBLOCK, opening a named pipe would wait for a writer. (Windows has neither; there it counts as 0.) */
const openFlags = constants.O_RDONLY | constants.O_NONBLOCK;
const defaultChunk = 1 << 20;
/** One read call; the system's own limit lies at 2 GiB. */
const maxRead = 1 << 28;

/**
 * Reads and checks the header of the file at `path`; no tensor is read. Memory is bounded by the header's length, at
 * most 100 MB. @throws EngineError `safetensors.*` naming the file, the tensor and what is wrong
 */
export async function readSafetensorsHeader(path: string): Promise<SafetensorsFile> {
  return withFile(path, async (handle, fileSize) => {
    const prefix = await readExactly(path, handle, 0, Math.min(prefixLength, fileSize));
    const headerLength = checkedHeaderLength(path, prefix, fileSize);
    return describeFile(path, await readExactly(path, handle, prefixLength, headerLength), fileSize);
  });
}

/** The entry of that name. @throws EngineError `safetensors.missing-tensor` */
export function tensorNamed(file: SafetensorsFile, name: string): TensorEntry {
  const entry = file.tensors.get(name);
  if (entry === undefined) throw tensorProblem(file.path, name, 'missing-tensor', 'is not in the file.');
  return entry;
}

/** The tensor's stored bytes. @throws EngineError `safetensors.changed`, `safetensors.unreadable` */
export async function readTensorBytes(file: SafetensorsFile, entry: TensorEntry): Promise<Uint8Array<ArrayBuffer>> {
  return withUnchanged(file, async (handle) => {
    const bytes = allocate(file, entry, entry.end - entry.start);
    await readInto(file.path, handle, entry.start, bytes);
    return bytes;
  });
}

/**
 * The tensor's values, row-major, as float32: halves exactly, doubles rounded to nearest. Needs no more memory than
 * the result and a megabyte. @throws EngineError `safetensors.dtype` when the tensor holds integers
 */
export async function readTensorFloat32(file: SafetensorsFile, entry: TensorEntry): Promise<Float32Array<ArrayBuffer>> {
  const dtype = floatDtype(file, entry);
  if (dtype === 'float32') return new Float32Array((await readTensorBytes(file, entry)).buffer);
  return withUnchanged(file, async (handle) => {
    const values = new Float32Array(allocate(file, entry, elements(entry) * byteSizes.float32).buffer);
    let done = 0;
    for await (const bytes of chunks(file, handle, entry, defaultChunk)) {
      const count = bytes.length / byteSizes[dtype];
      decodeFloats(dtype, bytes, values.subarray(done, done + count));
      done += count;
    }
    return values;
  });
}

/** The tensor's values, row-major. @throws EngineError `safetensors.dtype` when it holds anything but int64 */
export async function readTensorInt64(file: SafetensorsFile, entry: TensorEntry): Promise<BigInt64Array<ArrayBuffer>> {
  requireDtype(file, entry, 'int64');
  return new BigInt64Array((await readTensorBytes(file, entry)).buffer);
}

/**
 * Flat index of the first value that is NaN or infinite once it is a float32, or -1; integers are always finite.
 * Reads `chunkBytes` at a time, so that a tensor of any size costs no more memory than that.
 */
export async function findNonFinite(
  file: SafetensorsFile,
  entry: TensorEntry,
  chunkBytes: number = defaultChunk,
): Promise<number> {
  const dtype = entry.dtype;
  if (!isFloat(dtype)) return -1;
  return withUnchanged(file, async (handle) => {
    let done = 0;
    for await (const bytes of chunks(file, handle, entry, chunkBytes)) {
      const values = new Float32Array(bytes.length / byteSizes[dtype]);
      decodeFloats(dtype, bytes, values);
      const found = firstNonFinite(values);
      if (found >= 0) return done + found;
      done += values.length;
    }
    return -1;
  });
}

/** The tensor's bytes in pieces of whole elements; a piece is valid until the next one is asked for. */
async function* chunks(
  file: SafetensorsFile,
  handle: FileHandle,
  entry: TensorEntry,
  chunkBytes: number,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const size = byteSizes[entry.dtype];
  const step = Math.max(size, chunkBytes - (chunkBytes % size));
  const buffer = new Uint8Array(Math.min(step, entry.end - entry.start));
  for (let at = entry.start; at < entry.end; at += step) {
    const piece = buffer.subarray(0, Math.min(step, entry.end - at));
    await readInto(file.path, handle, at, piece);
    yield piece;
  }
}

function allocate(file: SafetensorsFile, entry: TensorEntry, bytes: number): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(bytes);
  } catch (cause) {
    const what = `tensor ${shown(entry.name)} needs ${bytes} bytes of memory, more than this machine gives.`;
    throw problem(file.path, 'memory', what, { data: { tensor: entry.name, bytes }, cause });
  }
}

async function withUnchanged<T>(file: SafetensorsFile, use: (handle: FileHandle) => Promise<T>): Promise<T> {
  return withFile(file.path, async (handle, fileSize) => {
    if (fileSize !== file.fileSize) throw changed(file.path);
    return use(handle);
  });
}

async function withFile<T>(path: string, use: (handle: FileHandle, fileSize: number) => Promise<T>): Promise<T> {
  try {
    await using handle = await open(path, openFlags);
    const stats = await handle.stat();
    if (!stats.isFile()) throw problem(path, 'unreadable', 'it is not a regular file.');
    return await use(handle, stats.size);
  } catch (error) {
    if (error instanceof EngineError) throw error;
    throw unreadable(path, error);
  }
}

async function readExactly(
  path: string,
  handle: FileHandle,
  position: number,
  length: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(length);
  await readInto(path, handle, position, bytes);
  return bytes;
}

async function readInto(
  path: string,
  handle: FileHandle,
  position: number,
  target: Uint8Array<ArrayBuffer>,
): Promise<void> {
  let done = 0;
  while (done < target.length) {
    const length = Math.min(target.length - done, maxRead);
    const { bytesRead } = await handle.read(target, done, length, position + done);
    if (bytesRead === 0) throw changed(path);
    done += bytesRead;
  }
}

function changed(path: string): EngineError {
  return problem(path, 'changed', 'it changed while it was being read. Try again when nothing writes to it.');
}

function unreadable(path: string, cause: unknown): EngineError {
  const errno = cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : null;
  const reason = cause instanceof Error ? cause.message : String(cause);
  return problem(path, 'unreadable', `${reason}.`, { data: { errno }, cause });
}

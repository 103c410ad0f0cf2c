/** A checkpoint of any container: tensors by name, one read at a time, in one layout. */
import { open } from 'node:fs/promises';
import type { DType } from '../../dtypes.ts';
import { EngineError } from '../../errors.ts';
import { readNpzArray, readNpzHeader } from '../npz.ts';
import { readSafetensorsHeader, readTensorBytes } from '../safetensors.ts';

export interface FileTensor {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
}

export interface TensorFile {
  readonly path: string;
  readonly container: 'safetensors' | 'npz';
  /** What the file says of itself; an npz says nothing. */
  readonly metadata: ReadonlyMap<string, string>;
  readonly tensors: ReadonlyMap<string, FileTensor>;
  /** Stored bytes, row-major, little-endian, at an offset that suits their type. */
  read(name: string): Promise<Uint8Array<ArrayBuffer>>;
}

/**
 * By its first bytes, whatever it is called. No tensor is read. Throws EngineError `safetensors.*` or `npz.*` for what is
 * wrong with it, and `checkpoint.pickle` for a file of PyTorch, which is not opened.
 */
export async function openTensorFile(path: string): Promise<TensorFile> {
  switch (await containerOf(path)) {
    case 'pickle':
      throw pickle(path);
    case 'zip':
      return openNpz(path);
    case 'other':
      return openSafetensors(path);
  }
}

async function openSafetensors(path: string): Promise<TensorFile> {
  const file = await readSafetensorsHeader(path);
  return {
    path,
    container: 'safetensors',
    metadata: file.metadata,
    tensors: file.tensors,
    read: async (name) => readTensorBytes(file, found(path, file.tensors, name)),
  };
}

async function openNpz(path: string): Promise<TensorFile> {
  const file = await readNpzHeader(path).catch((error: unknown) => {
    // PyTorch's files are zips as well, with a pickle inside.
    const member = error instanceof EngineError && error.code === 'npz.member' ? error.data['tensor'] : undefined;
    throw typeof member === 'string' && /(?:^|\/)data\.pkl$/.test(member) ? pickle(path) : error;
  });
  return {
    path,
    container: 'npz',
    metadata: new Map(),
    tensors: file.arrays,
    read: async (name) => readNpzArray(file, found(path, file.arrays, name)),
  };
}

function found<T>(path: string, tensors: ReadonlyMap<string, T>, name: string): T {
  const tensor = tensors.get(name);
  if (tensor === undefined) throw new EngineError('checkpoint.missing', `${path} has no tensor ${name}.`);
  return tensor;
}

async function containerOf(path: string): Promise<'zip' | 'pickle' | 'other'> {
  let head: Buffer;
  try {
    await using file = await open(path, 'r');
    const { buffer, bytesRead } = await file.read(Buffer.alloc(16), 0, 16, 0);
    head = buffer.subarray(0, bytesRead);
  } catch {
    // The reader of safetensors says what is wrong with the file.
    return 'other';
  }
  if (/^PK(?:\x03\x04|\x05\x06)/.test(head.toString('latin1', 0, 4))) return 'zip';
  // Pickle's protocols 2 to 5. The same bytes may be the length of a safetensors header, which begins at the ninth byte.
  const [first = 0, protocol = 0] = head;
  return first === 0x80 && protocol >= 2 && protocol <= 5 && head[8] !== 0x7b ? 'pickle' : 'other';
}

function pickle(path: string): EngineError {
  return new EngineError('checkpoint.pickle', `${path} is a pickle.`, { data: { file: path } });
}

/**
 * Writes safetensors. The same tensors and metadata give the same bytes on every machine: tensors keep the order they
 * are given in, except that wider elements come first so that all of them are aligned (as the reference library does);
 * metadata is sorted by code unit; the header is padded with spaces to a multiple of 8.
 */
import { byteSizes } from '../../dtypes.ts';
import type { DType } from '../../dtypes.ts';
import { EngineError } from '../../errors.ts';
import { byteLength, namesByDtype, prefixLength } from './layout.ts';
import { maxEntries, maxHeaderLength, maxRank } from './limits.ts';
import { shown } from './problem.ts';

export interface TensorDescription {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
}

export interface TensorToEncode extends TensorDescription {
  /** Row-major, little-endian, shape x dtype bytes. */
  readonly data: Uint8Array;
}

export interface Layout<T extends TensorDescription> {
  /** The length prefix and the header: everything in front of the tensors' bytes. */
  readonly head: Uint8Array;
  readonly ordered: readonly { readonly tensor: T; readonly bytes: number }[];
  readonly dataBytes: number;
}

/**
 * A whole file. Parsing it gives back the same tensors and metadata.
 * @throws EngineError `safetensors.encode` for whatever a reader of this format would refuse
 */
export function encodeSafetensors(
  tensors: readonly TensorToEncode[],
  metadata: Readonly<Record<string, string>>,
): Uint8Array<ArrayBuffer> {
  const { head, ordered, dataBytes } = layOut(tensors, metadata);
  const file = new Uint8Array(head.length + dataBytes);
  file.set(head);
  let at = head.length;
  for (const { tensor, bytes } of ordered) {
    checkLength(tensor.name, tensor.data, bytes);
    file.set(tensor.data, at);
    at += bytes;
  }
  return file;
}

/** Order, offsets and header of a file that is to hold these tensors. @throws EngineError `safetensors.encode` */
export function layOut<T extends TensorDescription>(
  tensors: readonly T[],
  metadata: Readonly<Record<string, string>>,
): Layout<T> {
  if (tensors.length > maxEntries) throw unwritable(`there are more than ${maxEntries} tensors`);
  const names = new Set<string>();
  const ordered = tensors
    .map((tensor) => ({ tensor, bytes: checkedBytes(tensor, names) }))
    .sort((a, b) => byteSizes[b.tensor.dtype] - byteSizes[a.tensor.dtype]);
  const members: string[] = [];
  const described = describeMetadata(metadata);
  if (described !== undefined) members.push(described);
  let at = 0;
  for (const { tensor, bytes } of ordered) {
    const dtype = JSON.stringify(namesByDtype.get(tensor.dtype));
    const range = `[${at},${at + bytes}]`;
    const fields = `{"dtype":${dtype},"shape":[${tensor.shape.join(',')}],"data_offsets":${range}}`;
    members.push(`${JSON.stringify(tensor.name)}:${fields}`);
    at += bytes;
    if (!Number.isSafeInteger(at)) throw unwritable('the tensors together have more than 2^53 bytes');
  }
  return { head: encodeHead(`{${members.join(',')}}`), ordered, dataBytes: at };
}

export function checkLength(name: string, data: Uint8Array, bytes: number): void {
  if (data.length !== bytes) throw unwritable(`tensor ${shown(name)} has ${data.length} bytes instead of ${bytes}`);
}

function checkedBytes(tensor: TensorDescription, names: Set<string>): number {
  const { name, dtype, shape } = tensor;
  if (name === '__metadata__' || !name.isWellFormed()) throw unwritable(`no tensor can be called ${shown(name)}`);
  if (names.has(name)) throw unwritable(`two tensors are called ${shown(name)}`);
  names.add(name);
  const bytes = byteLength(dtype, shape);
  if (bytes === undefined || shape.length > maxRank || shape.some((size) => !Number.isSafeInteger(size) || size < 0)) {
    throw unwritable(`tensor ${shown(name)} has the shape [${shape.slice(0, maxRank).join(', ')}]`);
  }
  return bytes;
}

function describeMetadata(metadata: Readonly<Record<string, string>>): string | undefined {
  const keys = Object.keys(metadata).sort();
  if (keys.length === 0) return undefined;
  if (keys.length > maxEntries) throw unwritable(`the metadata has more than ${maxEntries} entries`);
  const members = keys.map((key) => {
    const value = metadata[key];
    if (value === undefined || !key.isWellFormed() || !value.isWellFormed()) {
      throw unwritable(`the metadata's ${shown(key)} is not text`);
    }
    return `${JSON.stringify(key)}:${JSON.stringify(value)}`;
  });
  return `"__metadata__":{${members.join(',')}}`;
}

function encodeHead(json: string): Uint8Array {
  const text = new TextEncoder().encode(json);
  const headerLength = Math.ceil(text.length / 8) * 8;
  if (headerLength > maxHeaderLength) throw unwritable(`the header would have more than ${maxHeaderLength} bytes`);
  const head = new Uint8Array(prefixLength + headerLength).fill(0x20);
  new DataView(head.buffer).setBigUint64(0, BigInt(headerLength), true);
  head.set(text, prefixLength);
  return head;
}

function unwritable(what: string): EngineError {
  return new EngineError('safetensors.encode', `This cannot be written as safetensors: ${what}.`);
}

/**
 * From bytes to a checked description: nothing that this returns points outside the file, overlaps, or disagrees with
 * its own shape, so whoever holds it may allocate and read by it.
 */
import { byteSizes } from '../../dtypes.ts';
import type { DType } from '../../dtypes.ts';
import { parseHeader } from './header.ts';
import type { HeaderTensor } from './header.ts';
import { maxHeaderLength } from './limits.ts';
import { problem, shown, tensorProblem } from './problem.ts';
import type { SafetensorsFile, TensorEntry } from './types.ts';

/** Bytes in front of the header. */
export const prefixLength = 8;

const dtypesByName: ReadonlyMap<string, DType> = new Map([
  ['F32', 'float32'],
  ['F64', 'float64'],
  ['F16', 'float16'],
  ['BF16', 'bfloat16'],
  ['I64', 'int64'],
  ['I32', 'int32'],
  ['U8', 'uint8'],
  ['BOOL', 'bool'],
]);

export const namesByDtype: ReadonlyMap<DType, string> = new Map(
  [...dtypesByName].map(([name, dtype]) => [dtype, name]),
);

/** Length of the header by the file's first 8 bytes, checked against what follows, so that it may be allocated. */
export function checkedHeaderLength(path: string, prefix: Uint8Array, fileSize: number): number {
  if (prefix.length < prefixLength) {
    throw problem(path, 'truncated', `it has ${fileSize} bytes, and the shortest such file has 10.`, {
      data: { fileSize },
    });
  }
  const declared = new DataView(prefix.buffer, prefix.byteOffset, prefixLength).getBigUint64(0, true);
  if (declared > BigInt(maxHeaderLength)) {
    const what = `its header would have ${declared.toString()} bytes, and the limit is ${maxHeaderLength}.`;
    throw problem(path, 'header-size', what);
  }
  const headerLength = Number(declared);
  if (headerLength > fileSize - prefixLength) {
    throw problem(
      path,
      'truncated',
      `its header has ${headerLength} bytes, but only ${fileSize - prefixLength} follow. The file seems cut off; copy or download it again.`,
      { data: { fileSize, headerLength } },
    );
  }
  return headerLength;
}

/** Every check but the first: encoding, JSON, types, shapes, and that the tensors fill the rest of the file exactly. */
export function describeFile(path: string, header: Uint8Array, fileSize: number): SafetensorsFile {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(header);
  } catch (cause) {
    throw problem(path, 'encoding', 'its header is not UTF-8.', { cause });
  }
  const parsed = parseHeader(path, text);
  const dataStart = prefixLength + header.length;
  const tensors = new Map<string, TensorEntry>();
  for (const [name, tensor] of parsed.tensors) tensors.set(name, checkedEntry(path, name, tensor, dataStart, fileSize));
  checkCover(path, [...tensors.values()], dataStart, fileSize);
  return { path, headerLength: header.length, dataStart, fileSize, metadata: parsed.metadata, tensors };
}

function checkedEntry(path: string, name: string, tensor: HeaderTensor, dataStart: number, size: number): TensorEntry {
  const dtype = dtypesByName.get(tensor.dtype);
  if (dtype === undefined) {
    const known = [...dtypesByName.keys()].join(', ');
    throw tensorProblem(path, name, 'dtype', `has the dtype ${shown(tensor.dtype)}; supported are ${known}.`);
  }
  const bytes = byteLength(dtype, tensor.shape);
  if (bytes === undefined) {
    throw tensorProblem(path, name, 'shape', `has the shape [${tensor.shape.join(', ')}], more than 2^53 bytes.`);
  }
  if (tensor.begin > tensor.end) {
    throw tensorProblem(path, name, 'offsets', `begins at ${tensor.begin}, behind its end at ${tensor.end}.`);
  }
  if (tensor.end > size - dataStart) {
    throw tensorProblem(
      path,
      name,
      'out-of-range',
      `ends at byte ${tensor.end} of the data, but there are only ${size - dataStart}. The file seems cut off; copy or download it again.`,
    );
  }
  if (tensor.end - tensor.begin !== bytes) {
    const takes = `takes ${bytes} bytes by its dtype ${tensor.dtype} and shape [${tensor.shape.join(', ')}]`;
    throw tensorProblem(path, name, 'size', `${takes}, but its offsets span ${tensor.end - tensor.begin}.`);
  }
  return { name, dtype, shape: tensor.shape, start: dataStart + tensor.begin, end: dataStart + tensor.end };
}

/** Bytes of a tensor, or undefined from 2^53 on. Zero sizes do not excuse an overflow in front of them. */
export function byteLength(dtype: DType, shape: readonly number[]): number | undefined {
  let bytes = byteSizes[dtype];
  for (const size of shape) {
    bytes *= size;
    if (!Number.isSafeInteger(bytes)) return undefined;
  }
  return bytes;
}

function checkCover(path: string, entries: TensorEntry[], dataStart: number, fileSize: number): void {
  entries.sort((a, b) => a.start - b.start || a.end - b.end);
  let covered = dataStart;
  let previous: TensorEntry | undefined;
  for (const entry of entries) {
    if (entry.start < covered) {
      throw tensorProblem(path, entry.name, 'overlap', `shares bytes with tensor ${shown(previous?.name ?? '')}.`);
    }
    if (entry.start > covered) {
      throw tensorProblem(
        path,
        entry.name,
        'hole',
        `begins ${entry.start - covered} bytes behind the end of what precedes it.`,
      );
    }
    covered = entry.end;
    previous = entry;
  }
  if (covered < fileSize) {
    throw problem(path, 'trailing', `${fileSize - covered} bytes follow the last tensor.`);
  }
}

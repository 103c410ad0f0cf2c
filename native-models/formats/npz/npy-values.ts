/** The numbers of a .npy file, in the order and with the bytes that every other part of the program expects. */
import { byteSizes } from '../../dtypes.ts';
import type { NpyHeader } from './npy-header.ts';

/** Stored bytes -> row-major, little-endian. Changes and may return `bytes` itself. */
export function rowMajorLittleEndian(
  { dtype, bigEndian, fortranOrder, shape }: Pick<NpyHeader, 'dtype' | 'bigEndian' | 'fortranOrder' | 'shape'>,
  bytes: Uint8Array<ArrayBuffer>,
): Uint8Array<ArrayBuffer> {
  const size = byteSizes[dtype];
  if (bigEndian) swap(bytes, size);
  // Axes of one do not count: a vector has the same bytes either way.
  if (!fortranOrder || shape.filter((axis) => axis !== 1).length < 2) return bytes;
  return fromColumnMajor(bytes, size, shape);
}

function swap(bytes: Uint8Array<ArrayBuffer>, size: number): void {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (size === 2) buffer.swap16();
  else if (size === 4) buffer.swap32();
  else if (size === 8) buffer.swap64();
}

function fromColumnMajor(
  bytes: Uint8Array<ArrayBuffer>,
  size: number,
  shape: readonly number[],
): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(bytes.length);
  const strides: number[] = [];
  let stride = size;
  for (const axis of shape) {
    strides.push(stride);
    stride *= axis;
  }
  const place = shape.map(() => 0);
  let from = 0;
  for (let to = 0; to < out.length; to += size) {
    for (let i = 0; i < size; i++) out[to + i] = bytes[from + i]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      place[axis]! += 1;
      from += strides[axis]!;
      if (place[axis]! < shape[axis]!) break;
      from -= strides[axis]! * shape[axis]!;
      place[axis] = 0;
    }
  }
  return out;
}

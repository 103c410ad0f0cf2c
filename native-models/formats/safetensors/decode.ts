/** From stored bytes, already in a buffer of their own and so aligned, to numbers. Machine order is little-endian. */
import { byteSizes, isFloat } from '../../dtypes.ts';
import type { DType, FloatDType } from '../../dtypes.ts';
import type { EngineError } from '../../errors.ts';
import { bfloat16ToFloat32, halfToFloat32 } from '../../half.ts';
import { tensorProblem } from './problem.ts';
import type { SafetensorsFile, TensorEntry } from './types.ts';

/** Values of `bytes` -> `out` as float32: halves exactly, doubles to nearest (beyond float32's range to infinity). */
export function decodeFloats(dtype: FloatDType, bytes: Uint8Array<ArrayBuffer>, out: Float32Array<ArrayBuffer>): void {
  const { buffer, byteOffset } = bytes;
  switch (dtype) {
    case 'float32':
      out.set(new Float32Array(buffer, byteOffset, out.length));
      return;
    case 'float64':
      out.set(new Float64Array(buffer, byteOffset, out.length));
      return;
    case 'float16':
      halfToFloat32(new Uint16Array(buffer, byteOffset, out.length), out);
      return;
    case 'bfloat16':
      bfloat16ToFloat32(new Uint16Array(buffer, byteOffset, out.length), out);
      return;
  }
}

/** Index of the first NaN or infinity, or -1. */
export function firstNonFinite(values: Float32Array): number {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length);
  for (let i = 0; i < words.length; i++) {
    if ((words[i]! & 0x7f800000) === 0x7f800000) return i;
  }
  return -1;
}

export function elements(entry: TensorEntry): number {
  return (entry.end - entry.start) / byteSizes[entry.dtype];
}

export function floatDtype(file: SafetensorsFile, entry: TensorEntry): FloatDType {
  if (isFloat(entry.dtype)) return entry.dtype;
  throw wrongDtype(file, entry, 'numbers with a fraction');
}

export function requireDtype(file: SafetensorsFile, entry: TensorEntry, dtype: DType): void {
  if (entry.dtype !== dtype) throw wrongDtype(file, entry, dtype);
}

function wrongDtype(file: SafetensorsFile, entry: TensorEntry, wanted: string): EngineError {
  return tensorProblem(file.path, entry.name, 'dtype', `holds ${entry.dtype} where ${wanted} is needed.`);
}

/**
 * What a safetensors file says of itself. The format: 8 bytes, the header's length as a little-endian integer; the
 * header, a JSON object of tensor name -> { dtype, shape, data_offsets } with an optional `__metadata__` of strings;
 * the tensors' bytes, one after another without gaps, row-major, little-endian.
 */
import type { DType } from '../../dtypes.ts';

export interface TensorEntry {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** Offset of the first byte, counted from the beginning of the file. */
  readonly start: number;
  /** Offset after the last byte, counted from the beginning of the file. */
  readonly end: number;
}

export interface SafetensorsFile {
  /** Path of the file, or the name that a buffer was given; error messages name it. */
  readonly path: string;
  /** Bytes of JSON, padding included. */
  readonly headerLength: number;
  /** Offset of the tensor data: 8 + headerLength. */
  readonly dataStart: number;
  readonly fileSize: number;
  readonly metadata: ReadonlyMap<string, string>;
  /** In the order of the header. */
  readonly tensors: ReadonlyMap<string, TensorEntry>;
}

/** A whole file in memory. */
export interface SafetensorsBuffer extends SafetensorsFile {
  readonly bytes: Uint8Array;
}

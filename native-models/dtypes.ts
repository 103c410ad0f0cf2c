/** Element types that cross the engine's borders: files, graphs, sessions. Arithmetic itself is float32 (float64 in tests). */
export type DType = 'float32' | 'float64' | 'float16' | 'bfloat16' | 'int64' | 'int32' | 'uint8' | 'bool';

/** Bytes an element takes in a file and in a tensor's buffer. */
export const byteSizes: Readonly<Record<DType, number>> = {
  float32: 4,
  float64: 8,
  float16: 2,
  bfloat16: 2,
  int64: 8,
  int32: 4,
  uint8: 1,
  bool: 1,
};

export type FloatDType = 'float32' | 'float64' | 'float16' | 'bfloat16';

export function isFloat(dtype: DType): dtype is FloatDType {
  return dtype === 'float32' || dtype === 'float64' || dtype === 'float16' || dtype === 'bfloat16';
}

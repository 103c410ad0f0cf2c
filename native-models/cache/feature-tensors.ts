/** What is kept of a photo: the frontier in the precision that was asked for, and the pooled features, always exact. */
import { EngineError } from '../errors.ts';
import type { Value } from '../graph/types.ts';
import { elementCount } from '../graph/types.ts';
import { float32ToHalf } from '../half.ts';
import type { FeatureSource } from './identity.ts';
import { tensorKey } from './identity.ts';
import type { StoredTensor } from './segment.ts';

export type FeatureDType = 'float32' | 'float16';

export interface FeatureTensor extends StoredTensor {
  readonly name: string;
  readonly dtype: FeatureDType;
  /** Values a photo. */
  readonly size: number;
}

/** `value` belongs to a graph of `batch` photos, `name` is what it is called there. */
export function featureTensor(
  name: string,
  value: Value,
  batch: number,
  dtype: FeatureDType,
  source: FeatureSource,
): FeatureTensor {
  const size = elementCount(value.shape) / batch;
  return { name, dtype, size, bytes: size * (dtype === 'float16' ? 2 : 4), key: tensorKey(value, dtype, source) };
}

/** Throws `cache.range` for values that half precision cannot hold, and for what is no number. */
export function encodeFeature(values: Float32Array, dtype: FeatureDType): Uint8Array {
  if (dtype === 'float32') return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const half = float32ToHalf(values);
  if (half.some((bits) => (bits & 0x7c00) === 0x7c00)) {
    if (values.some((value) => !Number.isFinite(value))) {
      throw new EngineError(
        'cache.range',
        'This backbone makes features that are no numbers, so nothing can be learned from them. Nothing was lost. ' +
          'Its weights may be damaged: import it again, or choose another one.',
      );
    }
    throw new EngineError(
      'cache.range',
      'This backbone makes features beyond 65,504, which half precision cannot hold. Nothing was lost. ' +
        'Start the run with features kept in full precision (--cache float32).',
    );
  }
  return new Uint8Array(half.buffer);
}

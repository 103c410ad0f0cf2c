/** First values of a side network: A Kaiming-uniform with a = sqrt(5), B zero, so that the first forward is the frozen one. */
import { Random } from '../../data/random.ts';
import { elementCount } from '../../graph/types.ts';
import type { BackboneSpec } from '../../models/backbone-spec.ts';
import type { DtlConfig } from './config.ts';
import { dtlParameters } from './config.ts';

export function initialDtl(config: DtlConfig, spec: BackboneSpec, seed: number): Map<string, Float32Array> {
  const values = new Map<string, Float32Array>();
  for (const [name, shape] of dtlParameters(config, spec)) values.set(name, initial(name, shape, seed));
  return values;
}

function initial(name: string, shape: readonly number[], seed: number): Float32Array {
  const size = elementCount(shape);
  if (name.endsWith('.up')) return new Float32Array(size);
  // Kaiming-uniform with a = sqrt(5) has the bound 1/sqrt(fan in): d for A, k^2 for one plane of a depthwise kernel.
  const bound = 1 / Math.sqrt(elementCount(shape.slice(1)));
  const random = new Random(seed, ['initial', name]);
  return Float32Array.from({ length: size }, () => (2 * random.uniform() - 1) * bound);
}

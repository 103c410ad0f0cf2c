/** Backbones of random weights: for timing a model nobody has at hand, and for tests. */
import { Random } from '../data/random.ts';
import { writeSafetensorsStream } from '../formats/safetensors.ts';
import { elementCount } from '../graph/types.ts';
import type { BackboneSpec } from './backbone-spec.ts';
import { backboneTensors } from './backbone-spec.ts';

/** Uniform in [-scale, scale], the same for the same name. */
export function randomValues(name: string, size: number, scale: number): Float32Array<ArrayBuffer> {
  const random = new Random(0, ['values', name]);
  return Float32Array.from({ length: size }, () => scale * (2 * random.uniform() - 1));
}

/** Written one tensor at a time, so that making a large model does not show in the process's peak memory. */
export async function writeRandomWeights(path: string, spec: BackboneSpec): Promise<void> {
  const tensors = [...backboneTensors(spec)].map(([name, shape]) => ({
    name,
    dtype: 'float32' as const,
    shape,
    data: () => {
      const isVector = shape.length === 1;
      const values = randomValues(
        name,
        elementCount(shape),
        isVector ? 0.1 : 1 / Math.sqrt(elementCount(shape.slice(1))),
      );
      // Scales of norms and branches near 1 keep activations in the range of a trained network.
      const shift = /(?:norm\d?|norm_pre)\.weight$|\.gamma$/.test(name) ? 1 : 0;
      return Promise.resolve(new Uint8Array(values.map((value) => value + shift).buffer));
    },
  }));
  await writeSafetensorsStream(path, tensors, {});
}

/** Backbones of random weights: for timing a model nobody has at hand, and for tests. */
import { Random } from '../data/random.ts';
import { writeSafetensorsStream } from '../formats/safetensors.ts';
import { elementCount } from '../graph/types.ts';
import type { BackboneSpec } from './backbone-spec.ts';
import { backboneTensors } from './backbone-spec.ts';

/** A prime, so that rows of a larger tensor, which repeats what was drawn, are not alike. */
const DRAWN = 65_537;

/** Uniform in [-scale, scale], the same for the same name. Drawing the 86 million numbers of a ViT-B would take minutes. */
export function randomValues(name: string, size: number, scale: number): Float32Array<ArrayBuffer> {
  const random = new Random(0, ['values', name]);
  const values = new Float32Array(size);
  for (let at = 0; at < Math.min(size, DRAWN); at++) values[at] = scale * (2 * random.uniform() - 1);
  for (let filled = DRAWN; filled < size; filled *= 2) values.copyWithin(filled, 0, Math.min(filled, size - filled));
  return values;
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

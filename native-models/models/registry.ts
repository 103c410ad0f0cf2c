/** Named variants, with tiny ones for tests in the same list, so that one battery of tests runs over all of it. */
import { EngineError } from '../errors.ts';
import type { VitSpec } from './vit-spec.ts';

function vit(imageSize: number, patchSize: number, width: number, depth: number, heads: number): VitSpec {
  return { family: 'vit', imageSize, patchSize, width, depth, heads, mlpWidth: 4 * width, layerNormEps: 1e-6 };
}

export const models: ReadonlyMap<string, VitSpec> = new Map([
  ['vit_tiny_patch16_224', vit(224, 16, 192, 12, 3)],
  ['vit_small_patch16_224', vit(224, 16, 384, 12, 6)],
  ['vit_small_patch32_224', vit(224, 32, 384, 12, 6)],
  ['vit_base_patch8_224', vit(224, 8, 768, 12, 12)],
  ['vit_base_patch16_224', vit(224, 16, 768, 12, 12)],
  ['vit_base_patch16_384', vit(384, 16, 768, 12, 12)],
  ['vit_base_patch32_224', vit(224, 32, 768, 12, 12)],
  ['vit_large_patch16_224', vit(224, 16, 1024, 24, 16)],
  ['test_vit_2x8', vit(12, 4, 8, 2, 2)],
  ['test_vit_4x12', vit(16, 4, 12, 4, 3)],
  ['test_vit_6x16', vit(24, 6, 16, 6, 2)],
]);

export function model(name: string): VitSpec {
  const spec = models.get(name);
  if (spec === undefined) {
    throw new EngineError(
      'model.unknown',
      `There is no model named ${name}; known are ${[...models.keys()].join(', ')}.`,
    );
  }
  return spec;
}

/** Named variants, with tiny ones for tests in the same list, so that one battery of tests runs over all of it. */
import { EngineError } from '../errors.ts';
import type { BackboneSpec } from './backbone-spec.ts';
import type { SwinSpec } from './swin-spec.ts';
import type { VitSpec } from './vit-spec.ts';
import { plainVit } from './vit-spec.ts';

function vit(imageSize: number, patchSize: number, width: number, depth: number, heads: number): VitSpec {
  const sizes = { imageSize, patchSize, width, depth, heads, mlpWidth: 4 * width };
  return { family: 'vit', ...sizes, layerNormEps: 1e-6, ...plainVit };
}

interface SwinSizes {
  readonly width: number;
  readonly depths: readonly number[];
  readonly heads: readonly number[];
  readonly patchSize?: number;
}

function swin(imageSize: number, windowSize: number, { patchSize = 4, ...sizes }: SwinSizes): SwinSpec {
  return { family: 'swin', imageSize, patchSize, windowSize, ...sizes, mlpRatio: 4, layerNormEps: 1e-5 };
}

const swinTiny: SwinSizes = { width: 96, depths: [2, 2, 6, 2], heads: [3, 6, 12, 24] };
const swinSmall: SwinSizes = { width: 96, depths: [2, 2, 18, 2], heads: [3, 6, 12, 24] };
const swinBase: SwinSizes = { width: 128, depths: [2, 2, 18, 2], heads: [4, 8, 16, 32] };

export const vitModels: ReadonlyMap<string, VitSpec> = new Map([
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

export const swinModels: ReadonlyMap<string, SwinSpec> = new Map([
  ['swin_tiny_patch4_window7_224', swin(224, 7, swinTiny)],
  ['swin_small_patch4_window7_224', swin(224, 7, swinSmall)],
  ['swin_base_patch4_window7_224', swin(224, 7, swinBase)],
  ['swin_base_patch4_window12_384', swin(384, 12, swinBase)],
  // Two stages: shifted windows of 2 on a grid of 4, then one window on a grid of 2.
  ['test_swin_2_2', swin(8, 2, { patchSize: 2, width: 6, depths: [2, 2], heads: [1, 2] })],
  // Four stages on grids of 16, 8, 4 and 2 in windows of 4: the last stage's window is smaller than asked for.
  ['test_swin_2_2_4_2', swin(32, 4, { patchSize: 2, width: 4, depths: [2, 2, 4, 2], heads: [1, 1, 2, 4] })],
]);

const models: ReadonlyMap<string, BackboneSpec> = new Map<string, BackboneSpec>([...vitModels, ...swinModels]);

export type VitName = `vit_${string}` | `test_vit_${string}`;
export type SwinName = `swin_${string}` | `test_swin_${string}`;

/** Throws `model.unknown` for a name that is not in the list. */
export function model(name: VitName): VitSpec;
export function model(name: SwinName): SwinSpec;
export function model(name: string): BackboneSpec;
export function model(name: string): BackboneSpec {
  const spec = models.get(name);
  if (spec === undefined) {
    throw new EngineError(
      'model.unknown',
      `There is no model named ${name}; known are ${[...models.keys()].join(', ')}.`,
    );
  }
  return spec;
}

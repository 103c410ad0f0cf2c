/** Named variants, with tiny ones for tests in the same list, so that one battery of tests runs over all of it. */
import { EngineError } from '../errors.ts';
import type { BackboneSpec } from './backbone-spec.ts';
import type { SwinSpec } from './swin-spec.ts';
import type { VitSpec } from './vit-spec.ts';
import { plainVit } from './vit-spec.ts';

type Sizes = Pick<VitSpec, 'width' | 'depth' | 'heads' | 'mlpWidth'>;
type Traits = Partial<Omit<VitSpec, 'family' | 'imageSize' | 'patchSize' | keyof Sizes>>;

function sizes(width: number, depth: number, heads: number, mlpWidth = 4 * width): Sizes {
  return { width, depth, heads, mlpWidth };
}

function vit(imageSize: number, patchSize: number, size: Sizes, traits: Traits = {}): VitSpec {
  return { family: 'vit', imageSize, patchSize, ...size, layerNormEps: 1e-6, ...plainVit, ...traits };
}

const tiny = sizes(192, 12, 3);
const small = sizes(384, 12, 6);
const base = sizes(768, 12, 12);
const large = sizes(1024, 24, 16);
const huge = sizes(1280, 32, 16);
/** Shape-optimised (Alabdulmohsin et al. 2023): heads of 72, and an MLP of 3.7362 widths. */
const so400m = sizes(1152, 27, 16, 4304);

const distilled: Traits = { distillationToken: true };
/** Fine-tuned on the mean of the patches, which is what has the norm then. */
const averaged: Traits = { finalNorm: 'fc_norm', pooling: 'mean' };
const dinov2: Traits = { layerScale: true };
const registers: Traits = { ...dinov2, registers: 4, positions: 'patches' };
const clip: Traits = { preNorm: true, patchBias: false, layerNormEps: 1e-5 };
const openClip: Traits = { ...clip, activation: 'quick-gelu' };
const siglip: Traits = { classToken: false, pooling: 'attention' };

export const vitModels: ReadonlyMap<string, VitSpec> = new Map([
  ['vit_tiny_patch16_224', vit(224, 16, tiny)],
  ['vit_tiny_patch16_384', vit(384, 16, tiny)],
  ['vit_small_patch8_224', vit(224, 8, small)],
  ['vit_small_patch16_224', vit(224, 16, small)],
  ['vit_small_patch16_384', vit(384, 16, small)],
  ['vit_small_patch32_224', vit(224, 32, small)],
  ['vit_small_patch32_384', vit(384, 32, small)],
  ['vit_base_patch8_224', vit(224, 8, base)],
  ['vit_base_patch16_224', vit(224, 16, base)],
  ['vit_base_patch16_384', vit(384, 16, base)],
  ['vit_base_patch32_224', vit(224, 32, base)],
  ['vit_base_patch32_384', vit(384, 32, base)],
  ['vit_large_patch14_224', vit(224, 14, large)],
  ['vit_large_patch16_224', vit(224, 16, large)],
  ['vit_large_patch16_384', vit(384, 16, large)],
  ['vit_large_patch32_384', vit(384, 32, large)],
  ['vit_huge_patch14_224', vit(224, 14, huge)],

  ['deit_tiny_patch16_224', vit(224, 16, tiny)],
  ['deit_small_patch16_224', vit(224, 16, small)],
  ['deit_base_patch16_224', vit(224, 16, base)],
  ['deit_base_patch16_384', vit(384, 16, base)],
  ['deit_tiny_distilled_patch16_224', vit(224, 16, tiny, distilled)],
  ['deit_small_distilled_patch16_224', vit(224, 16, small, distilled)],
  ['deit_base_distilled_patch16_224', vit(224, 16, base, distilled)],
  ['deit_base_distilled_patch16_384', vit(384, 16, base, distilled)],

  ['vit_small_patch8_224.dino', vit(224, 8, small)],
  ['vit_small_patch16_224.dino', vit(224, 16, small)],
  ['vit_base_patch8_224.dino', vit(224, 8, base)],
  ['vit_base_patch16_224.dino', vit(224, 16, base)],
  ['vit_base_patch16_224.mae', vit(224, 16, base)],
  ['vit_large_patch16_224.mae', vit(224, 16, large)],
  ['vit_huge_patch14_224.mae', vit(224, 14, huge)],

  ['vit_small_patch14_dinov2', vit(518, 14, small, dinov2)],
  ['vit_base_patch14_dinov2', vit(518, 14, base, dinov2)],
  ['vit_large_patch14_dinov2', vit(518, 14, large, dinov2)],
  ['vit_small_patch14_reg4_dinov2', vit(518, 14, small, registers)],
  ['vit_base_patch14_reg4_dinov2', vit(518, 14, base, registers)],
  ['vit_large_patch14_reg4_dinov2', vit(518, 14, large, registers)],

  ['vit_base_patch32_clip_224', vit(224, 32, base, clip)],
  ['vit_base_patch16_clip_224', vit(224, 16, base, clip)],
  ['vit_large_patch14_clip_224', vit(224, 14, large, clip)],
  ['vit_large_patch14_clip_336', vit(336, 14, large, clip)],
  ['vit_huge_patch14_clip_224', vit(224, 14, huge, clip)],
  ['vit_base_patch32_clip_quickgelu_224', vit(224, 32, base, openClip)],
  ['vit_base_patch16_clip_quickgelu_224', vit(224, 16, base, openClip)],
  ['vit_large_patch14_clip_quickgelu_224', vit(224, 14, large, openClip)],
  ['vit_large_patch14_clip_quickgelu_336', vit(336, 14, large, openClip)],

  ['vit_base_patch16_siglip_224', vit(224, 16, base, siglip)],
  ['vit_base_patch16_siglip_256', vit(256, 16, base, siglip)],
  ['vit_base_patch16_siglip_384', vit(384, 16, base, siglip)],
  ['vit_base_patch16_siglip_512', vit(512, 16, base, siglip)],
  ['vit_large_patch16_siglip_256', vit(256, 16, large, siglip)],
  ['vit_large_patch16_siglip_384', vit(384, 16, large, siglip)],
  ['vit_so400m_patch14_siglip_224', vit(224, 14, so400m, siglip)],
  ['vit_so400m_patch14_siglip_378', vit(378, 14, so400m, siglip)],

  ['test_vit_2x8', vit(12, 4, sizes(8, 2, 2))],
  ['test_vit_4x12', vit(16, 4, sizes(12, 4, 3))],
  ['test_vit_6x16', vit(24, 6, sizes(16, 6, 2))],
  ['test_vit_distilled_2x8', vit(12, 4, sizes(8, 2, 2), distilled)],
  ['test_vit_averaged_2x8', vit(12, 4, sizes(8, 2, 2), averaged)],
  ['test_vit_registers_2x8', vit(12, 4, sizes(8, 2, 2), { ...registers, registers: 2 })],
  ['test_vit_registers_4x12', vit(16, 4, sizes(12, 4, 3), registers)],
  ['test_vit_clip_2x8', vit(12, 4, sizes(8, 2, 2), openClip)],
  ['test_vit_clip_4x12', vit(16, 4, sizes(12, 4, 3), openClip)],
  ['test_vit_siglip_2x8', vit(12, 4, sizes(8, 2, 2, 29), { ...siglip, activation: 'gelu-tanh' })],
  ['test_vit_siglip_4x12', vit(16, 4, sizes(12, 4, 3, 45), { ...siglip, activation: 'gelu-tanh' })],
]);

interface SwinSizes {
  readonly width: number;
  readonly depths: readonly number[];
  readonly heads: readonly number[];
  readonly patchSize?: number;
}

function swin(imageSize: number, windowSize: number, { patchSize = 4, ...size }: SwinSizes): SwinSpec {
  return { family: 'swin', imageSize, patchSize, windowSize, ...size, mlpRatio: 4, layerNormEps: 1e-5 };
}

const swinTiny: SwinSizes = { width: 96, depths: [2, 2, 6, 2], heads: [3, 6, 12, 24] };
const swinSmall: SwinSizes = { width: 96, depths: [2, 2, 18, 2], heads: [3, 6, 12, 24] };
const swinBase: SwinSizes = { width: 128, depths: [2, 2, 18, 2], heads: [4, 8, 16, 32] };
const swinLarge: SwinSizes = { width: 192, depths: [2, 2, 18, 2], heads: [6, 12, 24, 48] };

export const swinModels: ReadonlyMap<string, SwinSpec> = new Map([
  ['swin_tiny_patch4_window7_224', swin(224, 7, swinTiny)],
  ['swin_small_patch4_window7_224', swin(224, 7, swinSmall)],
  ['swin_base_patch4_window7_224', swin(224, 7, swinBase)],
  ['swin_base_patch4_window12_384', swin(384, 12, swinBase)],
  ['swin_large_patch4_window7_224', swin(224, 7, swinLarge)],
  ['swin_large_patch4_window12_384', swin(384, 12, swinLarge)],
  // Two stages: shifted windows of 2 on a grid of 4, then one window on a grid of 2.
  ['test_swin_2_2', swin(8, 2, { patchSize: 2, width: 6, depths: [2, 2], heads: [1, 2] })],
  // Four stages on grids of 16, 8, 4 and 2 in windows of 4: the last stage's window is smaller than asked for.
  ['test_swin_2_2_4_2', swin(32, 4, { patchSize: 2, width: 4, depths: [2, 2, 4, 2], heads: [1, 1, 2, 4] })],
]);

export const models: ReadonlyMap<string, BackboneSpec> = new Map<string, BackboneSpec>([...vitModels, ...swinModels]);

export type VitName = `vit_${string}` | `deit_${string}` | `test_vit_${string}`;
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

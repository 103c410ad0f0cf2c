import { expect, it } from 'vitest';
import { blockWords, geometryWords, traitWords } from './backbone-words.ts';
import type { SwinSpec, VitSpec } from './backbone.ts';
import { plainVit } from './backbone.ts';

const vit: VitSpec = {
  family: 'vit',
  imageSize: 224,
  patchSize: 14,
  width: 384,
  depth: 12,
  heads: 6,
  mlpWidth: 1536,
  layerNormEps: 1e-6,
  ...plainVit,
};
const swin: SwinSpec = {
  family: 'swin',
  imageSize: 224,
  patchSize: 4,
  windowSize: 7,
  width: 96,
  depths: [2, 2, 6, 2],
  heads: [3, 6, 12, 24],
  mlpRatio: 4,
  layerNormEps: 1e-5,
};

it('says how many blocks of which width there are', () => {
  expect(blockWords(vit)).toBe('12 x 384');
  expect(blockWords(swin)).toBe('2+2+6+2 x 96-768');
  expect(geometryWords(vit)).toBe('12 blocks, width 384, 6 heads');
  expect(geometryWords(swin)).toBe('2, 2, 6, 2 blocks in 4 stages, width 96 to 768, 3, 6, 12, 24 heads, windows of 7');
});

it('says what sets a backbone apart, and of attention pooling that the mean takes its place', () => {
  expect(traitWords(vit)).toEqual([]);
  expect(traitWords({ ...vit, registers: 4, positions: 'patches', layerScale: true })).toEqual([
    'class token and 4 registers',
    'positions on the patches only',
    'LayerScale',
  ]);
  expect(traitWords({ ...vit, classToken: false, activation: 'gelu-tanh', pooling: 'attention' })).toEqual([
    'no class token',
    'GELU by its tanh approximation',
    'the mean of the patches instead of its attention pooling',
  ]);
  expect(traitWords({ ...vit, preNorm: true, patchBias: false, activation: 'quick-gelu' })).toEqual([
    'a LayerNorm in front of the blocks',
    'patches without a bias',
    'QuickGELU',
  ]);
  expect(traitWords({ ...vit, distillationToken: true })).toEqual(['class and distillation token']);
  expect(traitWords(swin)).toContain('shifted windows');
});

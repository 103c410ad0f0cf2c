import { describe, expect, it } from 'vitest';
import { plainVit } from '#app/domain/backbone.ts';
import type { BackboneGeometry } from './geometry.ts';
import { variantNamed, variantsLike } from './variants.ts';

const vit = {
  family: 'vit',
  imageSize: 224,
  patchSize: 16,
  width: 768,
  depth: 12,
  mlpWidth: 3072,
  ...plainVit,
} as const;
const namesLike = (geometry: BackboneGeometry): readonly string[] => variantsLike(geometry).map(({ name }) => name);

describe('published variants', () => {
  it('are found by the names that timm gives them', () => {
    expect(variantNamed('vit_base')).toMatchObject({ width: 768, depths: [12], heads: 12, mean: [0.5, 0.5, 0.5] });
    expect(variantNamed('vit_large_patch14_224.augreg_in21k')).toMatchObject({ heads: 16, mean: [0.5, 0.5, 0.5] });
    expect(variantNamed('deit_small_patch16_224.fb_in1k')).toMatchObject({ heads: 6, mean: [0.485, 0.456, 0.406] });
    expect(variantNamed('vit_base_patch16_224.mae')).toMatchObject({ heads: 12, std: [0.229, 0.224, 0.225] });
    expect(variantNamed('vit_small_patch8_224.dino')).toMatchObject({ family: 'DINO', width: 384 });
    expect(variantNamed('swin_base_patch4_window12_384.ms_in22k')).toMatchObject({ imageSize: 384, crop: 1 });
    expect(variantNamed('vit_so400m_patch14_siglip_384')).toMatchObject({ heads: 16, width: 1152, mlpWidth: 4304 });
    for (const name of ['vit_giant', 'resnet50', '', 'vit_base_resnet50d', 'deit_large', 'swinv2_tiny_window8_256']) {
      expect(variantNamed(name)).toBeNull();
    }
  });

  it('know the activation and the statistics that timm gives CLIP, by architecture and tag', () => {
    expect(variantNamed('vit_base_patch32_clip_224.openai')).toMatchObject({ activation: 'gelu', layerNormEps: 1e-5 });
    expect(variantNamed('vit_base_patch32_clip_quickgelu_224.openai')?.activation).toBe('quick-gelu');
    expect(variantNamed('vit_large_patch14_clip_224.laion2b_ft_in12k')?.mean).toEqual([0.5, 0.5, 0.5]);
    expect(variantNamed('vit_huge_patch14_clip_224.laion2b')?.mean[0]).toBe(0.48145466);
    expect(variantNamed('vit_large_patch14_clip_224.openai')?.mean[0]).toBe(0.48145466);
  });

  it('are found by what tensors tell', () => {
    expect(namesLike(vit)).toEqual([
      'vit_base_patch16_224',
      'vit_base_patch16_384',
      'vit_base_patch32_224',
      'vit_base_patch32_384',
      'vit_base_patch8_224',
      'deit_base_patch16_224',
      'deit_base_patch16_384',
      'vit_base_patch16_224.dino',
      'vit_base_patch8_224.dino',
      'vit_base_patch16_224.mae',
    ]);
    expect(namesLike({ ...vit, depth: 11 })).toEqual([]);
    expect(namesLike({ ...vit, layerScale: true, patchSize: 14 })).toEqual(['vit_base_patch14_dinov2']);
    expect(namesLike({ ...vit, layerScale: true, registers: 4, positions: 'patches' })).toEqual([
      'vit_base_patch14_reg4_dinov2',
    ]);
    expect(namesLike({ ...vit, preNorm: true, patchBias: false })).toContain('vit_base_patch16_clip_quickgelu_224');
    const swin = {
      family: 'swin',
      patchSize: 4,
      width: 128,
      depths: [2, 2, 18, 2],
      heads: [4, 8, 16, 32],
      mlpRatio: 4,
    } as const;
    expect(namesLike({ ...swin, windowSize: 12 })).toEqual(['swin_base_patch4_window12_384']);
  });
});

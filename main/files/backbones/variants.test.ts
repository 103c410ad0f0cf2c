import { describe, expect, it } from 'vitest';
import { variantNamed, variantOfSize } from './variants.ts';

describe('published variants', () => {
  it('are found by the names that timm gives them', () => {
    expect(variantNamed('vit_base')).toMatchObject({ width: 768, depth: 12, heads: 12, mean: [0.5, 0.5, 0.5] });
    expect(variantNamed('vit_base_patch16_224')).toEqual(variantNamed('vit_base'));
    expect(variantNamed('vit_large_patch14_224.augreg_in21k')).toMatchObject({ heads: 16, mean: [0.5, 0.5, 0.5] });
    expect(variantNamed('deit_small_patch16_224.fb_in1k')).toMatchObject({ heads: 6, mean: [0.485, 0.456, 0.406] });
    expect(variantNamed('vit_base_patch16_224.mae')).toMatchObject({ heads: 12, std: [0.229, 0.224, 0.225] });
    for (const name of ['vit_giant', 'deit3_base_patch16_224', 'resnet50', '', 'vit_base_resnet50d', 'deit_large']) {
      expect(variantNamed(name)).toBeNull();
    }
  });

  it('are found by width and depth', () => {
    expect(variantOfSize(192, 12)).toMatchObject({ name: 'vit_tiny', heads: 3, layerNormEps: 1e-6 });
    expect(variantOfSize(1024, 24)?.heads).toBe(16);
    expect(variantOfSize(192, 11)).toBeNull();
  });
});

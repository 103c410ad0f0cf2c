import { describe, expect, it } from 'vitest';
import type { VitSpec } from './backbone.ts';
import { plainVit } from './backbone.ts';
import { backboneIdentity } from './id-of.ts';
import { packDifferences, selfTestError } from './pack-content.ts';

const spec: VitSpec = {
  family: 'vit',
  imageSize: 224,
  patchSize: 16,
  width: 192,
  depth: 12,
  heads: 3,
  mlpWidth: 768,
  layerNormEps: 1e-6,
  ...plainVit,
};
const pack = { backbone: { name: 'vit_tiny', identity: backboneIdentity('aa'.repeat(32)), spec } };

describe('packDifferences', () => {
  it('finds none on the backbone of the pack, whatever its name', () => {
    expect(packDifferences(pack, { ...pack.backbone, name: 'renamed' })).toEqual([]);
  });

  it('finds a false description of the backbone although the identity is right', () => {
    const liar = { backbone: { ...pack.backbone, spec: { ...spec, heads: 6 } } };
    expect(packDifferences(liar, pack.backbone)).toEqual(['The pack needs a number of heads of 6, "vit_tiny" has 3.']);
  });

  it('names both backbones and what differs in their geometry', () => {
    const other = {
      name: 'vit_small',
      identity: backboneIdentity('bb'.repeat(32)),
      spec: { ...spec, width: 384, heads: 6 },
    };
    expect(packDifferences(pack, other)).toEqual([
      'The pack was trained on "vit_tiny" (aaaaaaaaaaaa), "vit_small" is another backbone (bbbbbbbbbbbb).',
      'The pack needs a width of 192, "vit_small" has 384.',
      'The pack needs a number of heads of 3, "vit_small" has 6.',
    ]);
  });

  it('names what sets the families apart, but not how the published classifier pools', () => {
    const other = { ...pack.backbone, identity: backboneIdentity('dd'.repeat(32)) };
    const clip = {
      ...other,
      spec: { ...spec, preNorm: true, activation: 'quick-gelu', pooling: 'attention' } as const,
    };
    expect(packDifferences(pack, clip).slice(1)).toEqual([
      'The pack needs a LayerNorm in front of the blocks: no, "vit_tiny" has yes.',
      'The pack needs the activation gelu, "vit_tiny" has quick-gelu.',
    ]);
    const swin = {
      family: 'swin',
      imageSize: 224,
      patchSize: 4,
      windowSize: 7,
      width: 192,
      depths: [2, 2],
      heads: [3, 6],
      mlpRatio: 4,
      layerNormEps: 1e-5,
    } as const;
    expect(packDifferences(pack, { ...other, spec: swin }).slice(1)).toEqual([
      'The pack needs the family vit, "vit_tiny" has swin.',
      'The pack needs a patch size of 16, "vit_tiny" has 4.',
    ]);
    expect(
      packDifferences(
        { backbone: { ...pack.backbone, spec: swin } },
        { ...other, spec: { ...swin, depths: [2, 6] } },
      )[1],
    ).toBe('The pack needs blocks a stage of 2, 2, "vit_tiny" has 2, 6.');
  });

  it('says when nothing but the weights differs', () => {
    const other = { ...pack.backbone, identity: backboneIdentity('cc'.repeat(32)) };
    expect(packDifferences(pack, other)[1]).toContain('the weights differ');
  });
});

describe('selfTestError', () => {
  it('is the relative L2 error over all logits together', () => {
    expect(
      selfTestError(
        [
          [3, 0],
          [0, 4],
        ],
        [
          [3, 0],
          [0, 4],
        ],
      ),
    ).toBe(0);
    expect(
      selfTestError(
        [
          [3, 0],
          [0, 4],
        ],
        [
          [3, 0.3],
          [0.4, 4],
        ],
      ),
    ).toBeCloseTo(0.1, 12);
  });

  it('is infinite for another shape and for what is no number', () => {
    expect(
      selfTestError(
        [[1, 2]],
        [
          [1, 2],
          [3, 4],
        ],
      ),
    ).toBe(Infinity);
    expect(selfTestError([[1, 2]], [[1]])).toBe(Infinity);
    expect(selfTestError([[1, 2]], [[1, NaN]])).toBe(Infinity);
    expect(selfTestError([[0, 0]], [[0, 1]])).toBe(Infinity);
    expect(selfTestError([[0, 0]], [[0, 0]])).toBe(0);
  });
});

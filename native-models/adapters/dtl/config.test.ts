import { describe, expect, it } from 'vitest';
import { elementCount } from '../../graph/types.ts';
import type { BackboneSpec } from '../../models/backbone-spec.ts';
import { model } from '../../models/registry.ts';
import type { DtlConfig } from './config.ts';
import { checkDtlConfig, defaultDtl, dtlParameters, everyBlock } from './config.ts';

const vitBase = model('vit_base_patch16_224');
const swinBase = model('swin_base_patch4_window7_224');

function config(spec: BackboneSpec, changes: Partial<DtlConfig> = {}): DtlConfig {
  return { beta: 100, kernel: 5, ...defaultDtl(spec), ...changes };
}

function count(spec: BackboneSpec, changes: Partial<DtlConfig> = {}): number {
  return [...dtlParameters(config(spec, changes), spec).values()].reduce((sum, shape) => sum + elementCount(shape), 0);
}

const range = (first: number, last: number): number[] =>
  Array.from({ length: last - first + 1 }, (_, at) => first + at);

describe('a DTL side network', () => {
  it.each([
    [0, 36_864],
    [3, 43_776],
    [4, 49_152],
    [5, 56_064],
  ] as const)('of ViT-B/16 with kernel %i has the published number of parameters, %i', (kernel, parameters) => {
    expect(count(vitBase, { kernel })).toBe(parameters);
  });

  it('of Swin-B has 90,112 low-rank numbers, and 25 a channel of each adapted stage', () => {
    expect(count(swinBase, { kernel: 0 })).toBe(90_112);
    expect(count(swinBase)).toBe(90_112 + 25 * (512 + 1024));
    const adaptedEverywhere = count(swinBase, everyBlock(swinBase));
    const widths = [128, 128, 256, 256, ...range(1, 18).map(() => 512), 1024, 1024];
    expect(adaptedEverywhere).toBe(
      widths.reduce((sum, width) => sum + 2 * 4 * width, 0) + 25 * (128 + 256 + 512 + 1024),
    );
  });

  it('names the kernels of stages apart, and those of stages that are never adapted not at all', () => {
    const names = (spec: BackboneSpec) =>
      [...dtlParameters(config(spec), spec).keys()].filter((name) => name.includes('conv'));
    expect(names(swinBase)).toEqual(['stages.2.dtl.conv', 'stages.3.dtl.conv']);
    expect(names(vitBase)).toEqual(['dtl.conv']);
  });

  it('extracts and adapts where the paper does, and elsewhere by the same rule', () => {
    expect(defaultDtl(vitBase)).toEqual({ rank: 2, extract: range(0, 11), adapt: range(6, 11) });
    expect(defaultDtl(swinBase)).toEqual({ rank: 4, extract: range(4, 23), adapt: range(14, 23) });
    expect(defaultDtl(model('swin_small_patch4_window7_224'))).toEqual(defaultDtl(swinBase));
    expect(defaultDtl(model('swin_tiny_patch4_window7_224'))).toEqual({
      rank: 4,
      extract: range(4, 11),
      adapt: range(8, 11),
    });
  });

  it('has no tensors for an extract block that no adapted block of its stage comes after', () => {
    const shapes = dtlParameters(config(swinBase, { extract: [1, 3, 4, 9, 22], adapt: [4, 22] }), swinBase);
    expect([...shapes.keys()].filter((name) => name.endsWith('down'))).toEqual([
      'blocks.4.dtl.down',
      'blocks.22.dtl.down',
    ]);
    expect(shapes.get('blocks.22.dtl.down')).toEqual([4, 1024]);
  });

  it('is refused where a stage is adapted before any of its blocks was extracted', () => {
    const check =
      (changes: Partial<DtlConfig>, spec: BackboneSpec = swinBase) =>
      () =>
        checkDtlConfig(config(spec, changes), spec);
    expect(check({})).not.toThrow();
    expect(check({ extract: range(4, 21), adapt: range(14, 23) })).toThrow(
      /block 22 is adapted before any block of its stage is extracted/,
    );
    expect(check({ extract: [16], adapt: [14] })).toThrow(/block 14 is adapted before/);
    expect(check({ extract: [4, 24] })).toThrow(/names block 24, the backbone has blocks 0 to 23/);
    expect(check({ extract: [3], adapt: [2] }, vitBase)).toThrow(/block 2 is adapted before any block is extracted/);
  });
});

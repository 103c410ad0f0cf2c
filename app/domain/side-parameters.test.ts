import { describe, expect, it } from 'vitest';
import type { SwinSpec, VitSpec } from './backbone.ts';
import { plainVit } from './backbone.ts';
import { methodFor } from './method-defaults.ts';
import type { DtlMethod } from './run-config.ts';
import { headTensors, methodProblems, sideParameterCount, sideTensors, unreachedTensors } from './side-parameters.ts';

const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i);
const vitB: VitSpec = {
  family: 'vit',
  imageSize: 224,
  patchSize: 16,
  width: 768,
  depth: 12,
  heads: 12,
  mlpWidth: 3072,
  layerNormEps: 1e-6,
  ...plainVit,
};
const swinB: SwinSpec = {
  family: 'swin',
  imageSize: 224,
  patchSize: 4,
  windowSize: 7,
  width: 128,
  depths: [2, 2, 18, 2],
  heads: [4, 8, 16, 32],
  mlpRatio: 4,
  layerNormEps: 1e-5,
};
const dtl: DtlMethod = { name: 'dtl', rank: 2, beta: 100, kernel: 0, extract: range(0, 11), adapt: range(6, 11) };
const dtlPlus = (kernel: 3 | 4 | 5): DtlMethod => ({ ...dtl, name: 'dtl+', kernel });

describe('side parameters', () => {
  it('are those of the paper on ViT-B/16, without the head', () => {
    expect(sideParameterCount(dtl, vitB)).toBe(36_864);
    expect(sideParameterCount(dtlPlus(3), vitB)).toBe(43_776);
    expect(sideParameterCount(dtlPlus(4), vitB)).toBe(49_152);
    expect(sideParameterCount(dtlPlus(5), vitB)).toBe(56_064);
    expect(sideParameterCount({ name: 'linear' }, vitB)).toBe(0);
  });

  it('are the same when every block is adapted', () => {
    expect(sideParameterCount({ ...dtlPlus(5), adapt: range(0, 11) }, vitB)).toBe(56_064);
  });

  it('leave out extract blocks after the last adapt block', () => {
    const short = { ...dtlPlus(3), adapt: [6, 7] };
    expect(sideParameterCount(short, vitB)).toBe(8 * 2 * 2 * 768 + 9 * 768);
    expect([...unreachedTensors(short, vitB).keys()]).toEqual(
      [8, 9, 10, 11].flatMap((i) => [`blocks.${i}.dtl.down`, `blocks.${i}.dtl.up`]),
    );
  });

  it('of Swin-B are 90,112 low-rank numbers and 25 a channel of each adapted stage', () => {
    expect(sideParameterCount(methodFor('dtl', swinB), swinB)).toBe(90_112);
    expect(sideParameterCount(methodFor('dtl+', swinB), swinB)).toBe(90_112 + 25 * (512 + 1024));
    const everyBlock = methodFor('dtl+', swinB, { adapt: 'all' });
    const widths = [128, 128, 256, 256, ...range(1, 18).map(() => 512), 1024, 1024];
    expect(sideParameterCount(everyBlock, swinB)).toBe(
      widths.reduce((sum, width) => sum + 2 * 4 * width, 0) + 25 * (128 + 256 + 512 + 1024),
    );
  });

  it('of a Swin are named by stage, and end in each stage with its last adapted block', () => {
    const method = methodFor('dtl+', swinB, { kernel: 3, extract: [1, 3, 4, 9, 22], adapt: [4, 22] });
    expect([...sideTensors(method, swinB)]).toEqual([
      ['blocks.4.dtl.down', [4, 512]],
      ['blocks.4.dtl.up', [512, 4]],
      ['blocks.22.dtl.down', [4, 1024]],
      ['blocks.22.dtl.up', [1024, 4]],
      ['stages.2.dtl.conv', [512, 1, 3, 3]],
      ['stages.3.dtl.conv', [1024, 1, 3, 3]],
    ]);
    const unreached = [...unreachedTensors(method, swinB).keys()];
    expect(unreached).toContain('blocks.9.dtl.down');
    expect(unreached).toContain('stages.0.dtl.conv');
    expect([...headTensors(3, swinB)]).toEqual([
      ['head.weight', [3, 1024]],
      ['head.bias', [3]],
    ]);
  });

  it('have the names and shapes of a pack', () => {
    const small = { ...vitB, width: 6, depth: 2 };
    expect([...sideTensors({ ...dtlPlus(4), extract: [0, 1], adapt: [1] }, small)]).toEqual([
      ['blocks.0.dtl.down', [2, 6]],
      ['blocks.0.dtl.up', [6, 2]],
      ['blocks.1.dtl.down', [2, 6]],
      ['blocks.1.dtl.up', [6, 2]],
      ['dtl.conv', [6, 1, 4, 4]],
    ]);
    expect([...headTensors(3, small)]).toEqual([
      ['head.weight', [3, 6]],
      ['head.bias', [3]],
    ]);
  });
});

describe('methodProblems', () => {
  it('has nothing to say about the variants of the paper', () => {
    for (const method of [dtl, dtlPlus(3), dtlPlus(4), dtlPlus(5), { name: 'linear' } as const]) {
      expect(methodProblems(method, vitB)).toEqual([]);
    }
  });

  it.each([
    [{ ...dtl, adapt: [] }, 'the adapt set is empty'],
    [{ ...dtl, adapt: [6, 12] }, 'names block 12'],
    [{ ...dtl, extract: [0, 2, 1] }, 'the extract set is not ascending'],
    [{ ...dtl, extract: [3, 4], adapt: [2, 5] }, 'block 2 is adapted before'],
    [{ ...dtl, kernel: 3 as const }, 'dtl cannot have a kernel of 3'],
    [{ ...dtlPlus(3), kernel: 0 as const }, 'dtl+ cannot have a kernel of 0'],
    [{ ...dtl, rank: 769 }, 'rank 769'],
    [{ ...dtl, rank: 1.5 }, 'rank 1.5'],
  ])('names what cannot be: %o', (method, problem) => {
    expect(methodProblems(method, vitB).join('; ')).toContain(problem);
  });

  it('wants an extracted block in each stage before one of it is adapted', () => {
    const settings = { ...dtlPlus(5), rank: 4 };
    const problems = (changes: Partial<DtlMethod>) => methodProblems({ ...settings, ...changes }, swinB);
    expect(problems({ extract: range(4, 23), adapt: range(14, 23) })).toEqual([]);
    expect(problems({ extract: range(4, 21), adapt: range(14, 23) })).toEqual([
      'block 22 is adapted before any block of its stage is extracted, so there is no side state yet',
    ]);
    expect(problems({ extract: [4, 24], adapt: [4] })).toEqual([
      'the extract set names block 24, the backbone has 0 to 23',
    ]);
  });
});

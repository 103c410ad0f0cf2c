import { describe, expect, it } from 'vitest';
import type { BackboneSpec } from './backbone.ts';
import type { DtlMethod } from './run-config.ts';
import { headTensors, methodProblems, sideParameterCount, sideTensors, unreachedTensors } from './side-parameters.ts';

const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i);
const vitB: BackboneSpec = {
  family: 'vit',
  imageSize: 224,
  patchSize: 16,
  width: 768,
  depth: 12,
  heads: 12,
  mlpWidth: 3072,
  layerNormEps: 1e-6,
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
});

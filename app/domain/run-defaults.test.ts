import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MemoryChoice } from './choose-memory.ts';
import { fitOf, planSettings } from './choose-memory.ts';
import type { SwinSpec, VitSpec } from './backbone.ts';
import { plainVit } from './backbone.ts';
import { cacheBytes, choosePlan } from './choose-plan.ts';
import { formatBlocks, parseBlocks } from './block-sets.ts';
import { methodFor } from './method-defaults.ts';
import { adjustRecipe, defaultRecipe, paperRecipe } from './recipes.ts';

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
const swin = (depth: number): SwinSpec => ({
  family: 'swin',
  imageSize: 224,
  patchSize: 4,
  windowSize: 7,
  width: 96,
  depths: [2, 2, depth, 2],
  heads: [3, 6, 12, 24],
  mlpRatio: 4,
  layerNormEps: 1e-5,
});
const blocks = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i);

describe('methodFor', () => {
  it('extracts everywhere and adapts the second half', () => {
    expect(methodFor('dtl+', vitB)).toEqual({
      name: 'dtl+',
      rank: 2,
      beta: 100,
      kernel: 5,
      extract: blocks(0, 11),
      adapt: blocks(6, 11),
    });
    expect(methodFor('dtl', { ...vitB, depth: 6 })).toMatchObject({
      kernel: 0,
      extract: blocks(0, 5),
      adapt: blocks(3, 5),
    });
    expect(methodFor('linear', vitB)).toEqual({ name: 'linear' });
  });

  it('extracts over the last two stages of a Swin and adapts the second half of that, at rank 4', () => {
    expect(methodFor('dtl+', swin(6))).toMatchObject({
      rank: 4,
      kernel: 5,
      extract: blocks(4, 11),
      adapt: blocks(8, 11),
    });
    expect(methodFor('dtl', swin(18))).toMatchObject({ rank: 4, extract: blocks(4, 23), adapt: blocks(14, 23) });
  });

  it('extracts from every block where every block is adapted, unless it is told which', () => {
    expect(methodFor('dtl+', swin(6), { adapt: 'all' })).toMatchObject({
      extract: blocks(0, 11),
      adapt: blocks(0, 11),
    });
    expect(methodFor('dtl+', vitB, { adapt: 'all' })).toMatchObject({ extract: blocks(0, 11), adapt: blocks(0, 11) });
    expect(methodFor('dtl+', vitB, { adapt: 'all', extract: [0] })).toMatchObject({
      extract: [0],
      adapt: blocks(0, 11),
    });
  });

  it('takes single settings over', () => {
    expect(methodFor('dtl+', vitB, { rank: 4, kernel: 3, adapt: [0, 1] })).toMatchObject({
      rank: 4,
      kernel: 3,
      adapt: [0, 1],
    });
  });

  it.each([
    ['dtl', { kernel: 3 }, 'dtl cannot have a kernel of 3'],
    ['dtl+', { kernel: 0 }, 'dtl+ cannot have a kernel of 0'],
    ['dtl', { adapt: [12] }, 'names block 12, the backbone has 0 to 11'],
    ['dtl', { adapt: blocks(0, 99) }, 'names blocks 12-99, the backbone has 0 to 11'],
    ['dtl', { adapt: [] }, 'adapt set is empty'],
    ['dtl', { extract: [4], adapt: [3] }, 'block 3 is adapted before any block is extracted'],
    ['linear', { rank: 2 }, 'takes no rank'],
  ] as const)('refuses %s with %o', (name, settings, message) => {
    expect(() => methodFor(name, vitB, settings)).toThrow(message);
  });
});

describe('block sets', () => {
  it('reads ranges and lists', () => {
    expect(parseBlocks('6-11')).toEqual(blocks(6, 11));
    expect(parseBlocks('8, 0-3')).toEqual([0, 1, 2, 3, 8]);
    for (const text of ['', '3-1', 'a', '1-', '-1', '1.5', '1,,2']) expect(parseBlocks(text)).toBeNull();
  });

  it('writes what it reads', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(50), { minLength: 1 }), (set) => {
        const sorted = [...set].sort((a, b) => a - b);
        expect(parseBlocks(formatBlocks(sorted))).toEqual(sorted);
      }),
    );
    expect(formatBlocks([0, 1, 6, 7, 8, 9])).toBe('0,1,6-9');
  });
});

describe('adjustRecipe', () => {
  it('ends the cosine where a shorter run ends, and keeps the tail of the paper', () => {
    expect(adjustRecipe(defaultRecipe, { epochs: 6 })).toMatchObject({ epochs: 6, cosineEpochs: 6, warmupEpochs: 3 });
    expect(adjustRecipe(paperRecipe, { epochs: 60 })).toMatchObject({ cosineEpochs: 50, warmupEpochs: 10 });
    expect(adjustRecipe(defaultRecipe, { epochs: 2 })).toMatchObject({ cosineEpochs: 2, warmupEpochs: 1 });
    expect(adjustRecipe(defaultRecipe, { epochs: 6, cosineEpochs: 9, warmupEpochs: 0 })).toMatchObject({
      cosineEpochs: 9,
      warmupEpochs: 0,
    });
  });
});

describe('choosePlan', () => {
  const dtl = methodFor('dtl+', vitB);
  const machine = { physicalCores: 2, freeMemoryBytes: 8e9, freeDiskBytes: 1e12, cacheBytes: 1e11 };
  /** A photo takes 100 MB, packed weights 300, the network for evaluation 200, kept probabilities 50. */
  const peakOf = ({ microBatch, packWeights, recompute, evaluation }: MemoryChoice): number =>
    1e8 * microBatch + (packWeights ? 3e8 : 0) + (evaluation === 'beside' ? 2e8 : 0) + (recompute === 'none' ? 5e7 : 0);
  const needs = {
    spec: vitB,
    weightBytes: 343e6,
    method: dtl,
    recipe: defaultRecipe,
    photos: 1000,
    peakOf,
  };

  it('counts 8 tensors and the pooled features for ViT-B/16: 2.42 MB a photo, 4.84 MB in full precision', () => {
    expect(cacheBytes(vitB, dtl, 'float32')).toBe((8 * 197 + 1) * 768 * 4);
    expect(cacheBytes(vitB, dtl, 'float16')).toBe(8 * 197 * 768 * 2 + 768 * 4);
    expect(cacheBytes(vitB, dtl, 'none')).toBe(0);
    expect(cacheBytes(vitB, methodFor('dtl', vitB, { adapt: blocks(0, 11) }), 'float16')).toBe(
      2 * 197 * 768 * 2 + 768 * 4,
    );
  });

  it('counts the tokens of the adapted stage of a Swin, and the prefix tokens that a ViT has', () => {
    // Blocks 4 to 8 of Swin-T have 14 x 14 tokens of width 384.
    expect(cacheBytes(swin(6), methodFor('dtl+', swin(6)), 'float16')).toBe(6 * 196 * 384 * 2 + 768 * 4);
    expect(cacheBytes(swin(6), methodFor('dtl+', swin(6), { adapt: 'all' }), 'float32')).toBe(
      2 * 56 ** 2 * 96 * 4 + 768 * 4,
    );
    expect(cacheBytes({ ...vitB, registers: 4 }, dtl, 'float32')).toBe((8 * 201 + 1) * 768 * 4);
    expect(cacheBytes({ ...vitB, classToken: false }, dtl, 'float32')).toBe((8 * 196 + 1) * 768 * 4);
  });

  it('caches only what is constant and fits into the cache', () => {
    const cacheOf = (recipe: typeof defaultRecipe, room: number): string =>
      choosePlan({ ...needs, recipe }, { ...machine, cacheBytes: room }).cache;
    expect(cacheOf(defaultRecipe, 2.43e9)).toBe('float16');
    expect(cacheOf(defaultRecipe, 2.42e9)).toBe('none');
    // Drop path then applies behind what is cached.
    expect(cacheOf(paperRecipe, 1e12)).toBe('float16');
    expect(cacheOf(adjustRecipe(defaultRecipe, { augmentation: 'flip' }), 1e12)).toBe('none');
    expect(choosePlan({ ...needs, method: { name: 'linear' } }, machine).cache).toBe('none');
  });

  it('uses smaller micro-batches on wide backbones, and every physical core', () => {
    expect(choosePlan(needs, machine)).toMatchObject({ microBatch: 2, threads: 2 });
    expect(choosePlan({ ...needs, spec: { ...vitB, width: 384 } }, machine).microBatch).toBe(4);
    expect(choosePlan({ ...needs, spec: { ...vitB, width: 192 } }, machine).microBatch).toBe(8);
  });

  it('takes the fastest way that keeps to half of the free memory', () => {
    const planWith = (freeMemoryBytes: number, weightBytes: number) =>
      choosePlan({ ...needs, weightBytes }, { ...machine, freeMemoryBytes });
    const packed = { packWeights: true, recompute: 'none' };
    expect(planWith(8e9, 86e6)).toMatchObject({ microBatch: 2, memory: { ...packed, evaluation: 'beside' } });
    expect(planWith(1.4e9, 86e6)).toMatchObject({ microBatch: 1, memory: { ...packed, evaluation: 'beside' } });
    expect(planWith(1.2e9, 86e6)).toMatchObject({ microBatch: 2, memory: { ...packed, evaluation: 'alone' } });
    // A large backbone is in the memory once.
    expect(planWith(8e9, 343e6)).toMatchObject({ microBatch: 2, memory: { ...packed, evaluation: 'alone' } });
    expect(planWith(0.6e9, 343e6)).toMatchObject({ microBatch: 2, memory: { packWeights: false, recompute: 'none' } });
    expect(planWith(0.2e9, 343e6)).toMatchObject({
      microBatch: 1,
      memory: { packWeights: false, recompute: 'attention', peakBytes: 1e8, budgetBytes: 1e8 },
    });
  });

  it('keeps to what a person asks for, and never takes more photos at once than an update has', () => {
    expect(choosePlan(needs, machine, { memoryBytes: 4e8 }).memory).toMatchObject({
      packWeights: false,
      budgetBytes: 4e8,
    });
    expect(choosePlan(needs, machine, { microBatch: 5, memoryBytes: 1e8 }).microBatch).toBe(5);
    const recipe = adjustRecipe(defaultRecipe, { batchSize: 3 });
    expect(choosePlan({ ...needs, recipe }, machine, { microBatch: 5 }).microBatch).toBe(3);
  });

  it('takes one photo at once where wide weights are in 8 bits, always packed', () => {
    const asked = { weights: 'int8' } as const;
    expect(choosePlan(needs, machine, asked)).toMatchObject({ weights: 'int8', microBatch: 1 });
    expect(choosePlan({ ...needs, spec: { ...vitB, width: 384 } }, machine, asked).microBatch).toBe(4);
    expect(choosePlan({ ...needs, spec: { ...vitB, width: 192 } }, machine, asked).microBatch).toBe(8);
    for (const memoryBytes of [4e9, 5e8, 4.2e8, 1]) {
      expect(choosePlan(needs, machine, { ...asked, memoryBytes }).memory?.packWeights).toBe(true);
    }
    expect(choosePlan(needs, machine, { ...asked, memoryBytes: 4.2e8 }).memory).toMatchObject({
      recompute: 'attention',
      evaluation: 'alone',
      peakBytes: 4e8,
    });
  });

  it('keeps a large backbone in 8 bits in the memory twice, as it does a small one', () => {
    expect(choosePlan(needs, machine).memory?.evaluation).toBe('alone');
    expect(choosePlan(needs, machine, { weights: 'int8' }).memory?.evaluation).toBe('beside');
    const large = { ...needs, weightBytes: 1.2e9 };
    expect(choosePlan(large, machine, { weights: 'int8' }).memory?.evaluation).toBe('alone');
  });

  it('says nothing of weights that are as they are, so that plans stay those of before', () => {
    const plain = choosePlan(needs, machine);
    expect(Object.keys(plain)).toEqual(['provider', 'threads', 'microBatch', 'cache', 'memory']);
    expect(JSON.stringify(choosePlan(needs, machine, { weights: 'float32' }))).toBe(JSON.stringify(plain));
    expect(planSettings({ ...plain, weights: undefined })).toEqual({
      provider: 'cpu',
      threads: 2,
      microBatch: 2,
      cache: 'float16',
    });
    expect(planSettings(choosePlan(needs, machine, { weights: 'int8' }))).toMatchObject({ weights: 'int8' });
  });

  it('plans no memory where a graphics card computes', () => {
    expect(choosePlan(needs, machine, { provider: 'cuda' })).toEqual({
      provider: 'cuda',
      threads: 2,
      microBatch: 2,
      cache: 'float16',
    });
  });

  it('says whether a plan fits: into what the run may take, into what is free, or not at all', () => {
    const { memory } = choosePlan(needs, machine, { memoryBytes: 1e8 });
    if (memory === undefined) throw new Error('no memory was planned');
    expect(fitOf({ ...memory, peakBytes: 1e8 }, 2e8)).toBe('fits');
    expect(fitOf({ ...memory, peakBytes: 1.5e8 }, 2e8)).toBe('tight');
    expect(fitOf({ ...memory, peakBytes: 2.5e8 }, 2e8)).toBe('does not fit');
  });
});

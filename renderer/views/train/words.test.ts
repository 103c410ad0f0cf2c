import { describe, expect, it } from 'vitest';
import type { TrainPreview } from '#app/contract/runs.ts';
import { backboneIdentity } from '#app/domain/id-of.ts';
import { defaultRecipe } from '#app/domain/recipes.ts';
import { about, buttonWords, panelWords, rough, sideWords } from './words.ts';

const one = { seeds: 1, learningRates: 1 };

const preview: TrainPreview = {
  photos: { train: 504, validation: 168, test: 168 },
  classes: Array.from({ length: 20 }, (_, at) => ({ name: `class ${at}`, train: 25, validation: 8, test: 8 })),
  unlabelled: 0,
  notInSplit: 0,
  excluded: 0,
  leftOut: 0,
  split: null,
  backbone: { identity: backboneIdentity('a'.repeat(64)), name: 'ViT-Ti/16', parameters: 5_524_416 },
  method: 'DTL+',
  side: {
    name: 'dtl+',
    rank: 2,
    beta: 100,
    kernel: 5,
    extract: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
    adapt: [6, 7, 8, 9, 10, 11],
  },
  usualSide: null,
  sideParameters: 14_016,
  headParameters: 3860,
  recipe: defaultRecipe,
  threads: 2,
  microBatch: 8,
  cache: 'float16',
  weights: 'float32',
  cacheBytes: 1.2e9,
  scratchBytes: 0,
  copyBytes: 0,
  memory: { fit: 'fits', peakBytes: 3.84e8, budgetBytes: 4e9, freeBytes: 8e9, advice: [] },
  device: { name: 'the CPU', why: 'it is the only one' },
  secondsToExpect: 840,
  problems: [],
  warnings: [],
};

describe('sideWords', () => {
  it('says blocks, rank and kernel of the side network that the run will have, and counts it', () => {
    expect(sideWords(preview)).toBe(
      'Takes from blocks 0-11, adds to blocks 6-11; rank 2, 5 × 5 kernel: 14,016 side parameters.',
    );
    const small = { name: 'dtl' as const, rank: 1, beta: 100, kernel: 0 as const, extract: [2], adapt: [2, 4] };
    expect(sideWords({ ...preview, side: small, sideParameters: 384 })).toBe(
      'Takes from block 2, adds to blocks 2,4; rank 1: 384 side parameters.',
    );
  });

  it('says nothing of one that cannot be', () => {
    expect(sideWords({ ...preview, side: null })).toBe('');
  });
});

describe('panelWords', () => {
  it('says photos, network, time and disk in plain words', () => {
    expect(panelWords(preview, one)).toEqual({
      photos: '840 photos, 20 classes: 504 to learn from, 168 to watch by, 168 for the test.',
      network:
        'DTL+ on ViT-Ti/16: 17,876 trained parameters (14,016 in the side network, 3,860 in the head) beside 5.5 million frozen ones.',
      time: 'About 14 min a run on the CPU.',
      disk: 'Its frozen features take 1.2 GB of the feature cache.',
      memory: 'Fits: it takes up to 384 MB of memory, and 8.0 GB are free.',
    });
  });

  it('says of frozen parameters that they are in 8 bits where they are', () => {
    expect(panelWords({ ...preview, weights: 'int8' }, one).network).toMatch(
      /beside 5\.5 million frozen ones in 8 bits\.$/,
    );
  });

  it('says what the copy of a backbone in 8 bits takes of the disk, beside whatever else does', () => {
    const copy = 'A copy of the backbone in 8 bits takes 176 MB of the disk while it trains.';
    const eight = { ...preview, weights: 'int8', copyBytes: 1.76e8 } as const;
    expect(panelWords(eight, one).disk).toBe(`Its frozen features take 1.2 GB of the feature cache. ${copy}`);
    expect(panelWords({ ...eight, cache: 'none' }, one).disk).toBe(copy);
  });

  it('counts the time of all seeds', () => {
    expect(panelWords(preview, { ...one, seeds: 3 }).time).toBe('About 14 min a run, 42 min for 3 seeds on the CPU.');
  });

  it('counts the time of all runs of a sweep', () => {
    expect(panelWords(preview, { seeds: 3, learningRates: 2 }).time).toBe(
      'About 14 min a run, 84 min for all 6 runs on the CPU.',
    );
  });

  it('does not make up a time where nothing was trained yet', () => {
    expect(panelWords({ ...preview, secondsToExpect: null }, one).time).toContain(
      'is known once a run has been trained',
    );
  });

  it('speaks of no cache where there is none, and of no side network for a probe', () => {
    expect(panelWords({ ...preview, cache: 'none' }, one).disk).toBeNull();
    expect(panelWords({ ...preview, cache: 'none', scratchBytes: 15e9 }, one).disk).toBe(
      'Its decoded photos take 15.0 GB of the disk while it trains.',
    );
    expect(panelWords({ ...preview, sideParameters: 0, method: 'Linear probe' }, one).network).toContain(
      'Linear probe on ViT-Ti/16: 3,860 trained parameters beside',
    );
  });
});

describe('the one button', () => {
  it.each([
    [{ seeds: 1, learningRates: 1 }, 'Train DTL+'],
    [{ seeds: 3, learningRates: 1 }, 'Train 3 seeds'],
    [{ seeds: 1, learningRates: 2 }, 'Train 2 learning rates'],
    [{ seeds: 3, learningRates: 2 }, 'Train 6 runs (2 learning rates × 3 seeds)'],
  ])('for %j says %s', (members, words) => {
    expect(buttonWords(members, 'DTL+')).toBe(words);
  });
});

describe('estimates', () => {
  it.each([
    [2, '5 s'],
    [33, '35 s'],
    [55, '1 min'],
    [3600, '60 min'],
    [7200, '2.0 h'],
    [90_000, '25 h'],
  ])('%d seconds are about %s', (seconds, words) => {
    expect(about(seconds)).toBe(words);
  });

  it('round large numbers', () => {
    expect(rough(85_800_000)).toBe('86 million');
    expect(rough(4032)).toBe('4,032');
  });
});

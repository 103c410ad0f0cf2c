import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { apportion } from './apportion.ts';
import type { SplitCandidate } from './draw-split.ts';
import { DEFAULT_FRACTIONS, drawSplit } from './draw-split.ts';
import type { Subset } from './run-config.ts';
import { seededUniform } from './seeded.ts';

/** Unrelated photos: hashes drawn from the key, tens of bits apart. */
function photo(key: string, label: number, more: Partial<SplitCandidate> = {}): SplitCandidate {
  const word = (part: string): string =>
    Math.floor(seededUniform(1, `${part} ${key}`) * 2 ** 32)
      .toString(16)
      .padStart(8, '0');
  return {
    contentHash: key,
    pixelHash: `px ${key}`,
    perceptualHash: word('a') + word('b'),
    group: null,
    label,
    ...more,
  };
}

function photosOf(...sizes: number[]): SplitCandidate[] {
  return sizes.flatMap((size, label) => Array.from({ length: size }, (_, i) => photo(`c${label}-${i}`, label)));
}

function tally(photos: readonly SplitCandidate[], subsets: readonly Subset[], label?: number): Record<Subset, number> {
  const counts = { train: 0, validation: 0, test: 0 };
  photos.forEach((one, i) => {
    if (label === undefined || one.label === label) counts[subsets[i]!]++;
  });
  return counts;
}

describe('drawSplit', () => {
  it('gives every class 60 / 20 / 20', () => {
    const photos = photosOf(50, 10, 100);
    const { subsets, absent } = drawSplit(photos, 0, DEFAULT_FRACTIONS);
    expect(tally(photos, subsets, 0)).toEqual({ train: 30, validation: 10, test: 10 });
    expect(tally(photos, subsets, 1)).toEqual({ train: 6, validation: 2, test: 2 });
    expect(tally(photos, subsets, 2)).toEqual({ train: 60, validation: 20, test: 20 });
    expect(absent).toEqual([]);
  });

  it('is the same for one seed whatever the order of the photos, and another for another seed', () => {
    const photos = photosOf(30, 30);
    const where = (list: readonly SplitCandidate[], seed: number): string =>
      drawSplit(list, seed, DEFAULT_FRACTIONS)
        .subsets.map((subset, i) => `${list[i]?.contentHash ?? ''} ${subset}`)
        .sort()
        .join('\n');
    expect(where([...photos].reverse(), 5)).toBe(where(photos, 5));
    expect(where(photos, 6)).not.toBe(where(photos, 5));
  });

  it('draws every photo into the test set about as often as any other, over seeds', () => {
    const photos = photosOf(20);
    const tested = new Array<number>(20).fill(0);
    for (let seed = 0; seed < 500; seed++) {
      drawSplit(photos, seed, DEFAULT_FRACTIONS).subsets.forEach((subset, i) => {
        if (subset === 'test') tested[i]!++;
      });
    }
    // Binomial(500, 0.2): mean 100, standard deviation 8.9.
    for (const count of tested) expect(Math.abs(count - 100)).toBeLessThan(41);
  });

  it('moves few photos when a few more come', () => {
    const photos = photosOf(100, 100);
    const before = drawSplit(photos, 3, DEFAULT_FRACTIONS).subsets;
    const after = drawSplit([...photos, photo('new', 0), photo('new too', 1)], 3, DEFAULT_FRACTIONS).subsets;
    const moved = before.filter((subset, i) => subset !== after[i]).length;
    expect(moved).toBeLessThan(40);
  });

  it('serves training first, then test, then validation where a class is tiny, and says what is absent', () => {
    const photos = photosOf(1, 2, 3, 4);
    const { subsets, absent } = drawSplit(photos, 11, DEFAULT_FRACTIONS);
    expect(tally(photos, subsets, 0)).toEqual({ train: 1, validation: 0, test: 0 });
    expect(tally(photos, subsets, 1)).toEqual({ train: 1, validation: 0, test: 1 });
    expect(tally(photos, subsets, 2)).toEqual({ train: 1, validation: 1, test: 1 });
    expect(tally(photos, subsets, 3)).toEqual({ train: 2, validation: 1, test: 1 });
    expect(absent).toEqual([
      { label: 0, subset: 'test', clusters: 1 },
      { label: 0, subset: 'validation', clusters: 1 },
      { label: 1, subset: 'validation', clusters: 2 },
    ]);
  });

  it('counts two copies of one photo as one: a class of copies cannot be tested', () => {
    const twin = { pixelHash: 'same', perceptualHash: '0123456789abcdef' };
    const photos = [photo('a', 0, twin), photo('b', 0, twin), ...photosOf(0, 10)];
    const { subsets, nearIdentical, absent } = drawSplit(photos, 0, DEFAULT_FRACTIONS);
    expect(tally(photos, subsets, 0)).toEqual({ train: 2, validation: 0, test: 0 });
    expect(nearIdentical).toBe(2);
    expect(absent.map(({ subset }) => subset)).toEqual(['test', 'validation']);
  });

  it('does without validation when its fraction is 0', () => {
    const photos = photosOf(10);
    const { subsets, absent } = drawSplit(photos, 0, { train: 0.8, validation: 0, test: 0.2 });
    expect(tally(photos, subsets)).toEqual({ train: 8, validation: 0, test: 2 });
    expect(absent).toEqual([]);
  });

  it('keeps groups together, gives every class with three groups all subsets, and stays near the fractions', () => {
    const grouped = fc.array(
      fc.record({ labels: fc.array(fc.nat(3), { minLength: 1, maxLength: 6 }), group: fc.boolean() }),
      { minLength: 1, maxLength: 40 },
    );
    fc.assert(
      fc.property(grouped, fc.nat(1000), (groups, seed) => {
        const photos = groups.flatMap(({ labels, group }, g) =>
          labels.map((label, i) => photo(`g${g}-${i}`, label, { group: group ? `group ${g}` : null })),
        );
        const { subsets, clusters } = drawSplit(photos, seed, DEFAULT_FRACTIONS);
        const side = new Map<number, Subset>();
        clusters.forEach((cluster, i) => {
          expect(side.get(cluster) ?? subsets[i]).toBe(subsets[i]);
          side.set(cluster, subsets[i]!);
        });
        // Every class can be learned.
        for (const label of new Set(photos.map((one) => one.label))) {
          expect(tally(photos, subsets, label).train).toBeGreaterThan(0);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('finds a place in the test set for a class of two large groups', () => {
    const photos = Array.from({ length: 20 }, (_, i) => photo(`p${i}`, 0, { group: i < 10 ? 'a' : 'b' }));
    for (let seed = 0; seed < 20; seed++) {
      expect(tally(photos, drawSplit(photos, seed, DEFAULT_FRACTIONS).subsets)).toEqual({
        train: 10,
        validation: 0,
        test: 10,
      });
    }
  });

  it('refuses fractions that are no division of the whole', () => {
    expect(() => drawSplit([], 0, { train: 0.6, validation: 0.2, test: 0.1 })).toThrow(RangeError);
    expect(() => drawSplit([], 0, { train: 0, validation: 0.5, test: 0.5 })).toThrow(RangeError);
    expect(() => drawSplit([], 0, { train: 1.2, validation: -0.2, test: 0 })).toThrow(RangeError);
  });
});

describe('apportion', () => {
  it('sums to the count, is off by less than one from the exact share, and leaves nobody out who can be served', () => {
    const shares = fc.array(fc.double({ min: 0.01, max: 1, noNaN: true }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(fc.nat(1000), shares, (count, given) => {
        const parts = apportion(count, given);
        expect(parts.reduce((a, b) => a + b, 0)).toBe(count);
        if (count >= given.length) for (const part of parts) expect(part).toBeGreaterThan(0);
        else for (const part of parts) expect(part).toBeGreaterThanOrEqual(0);
      }),
    );
    expect(apportion(10, [0.6, 0.2, 0.2])).toEqual([6, 2, 2]);
    expect(apportion(5, [0.6, 0.2, 0.2])).toEqual([3, 1, 1]);
    expect(apportion(2, [0.6, 0.2])).toEqual([1, 1]);
  });
});

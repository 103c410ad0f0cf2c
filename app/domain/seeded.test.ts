import { describe, expect, it } from 'vitest';
import { seededUniform } from './seeded.ts';

describe('seededUniform', () => {
  it('gives one number for one seed and key, and another for a neighbouring seed or key', () => {
    expect(seededUniform(1, 'abc')).toBe(seededUniform(1, 'abc'));
    expect(seededUniform(1, 'abc')).not.toBe(seededUniform(2, 'abc'));
    expect(seededUniform(1, 'abc')).not.toBe(seededUniform(1, 'abd'));
    expect(seededUniform(1, 'abc')).not.toBe(seededUniform(1 + 2 ** 32, 'abc'));
  });

  it('fills ten equal bins of [0, 1) evenly, over keys and over seeds', () => {
    for (const draw of [(i: number) => seededUniform(7, `photo ${i}`), (i: number) => seededUniform(i, 'one photo')]) {
      const bins = new Array<number>(10).fill(0);
      for (let i = 0; i < 10_000; i++) {
        const value = draw(i);
        expect(value >= 0 && value < 1).toBe(true);
        const bin = Math.floor(value * 10);
        bins[bin] = (bins[bin] ?? 0) + 1;
      }
      // 4.5 standard deviations of a binomial count: chance alone does not reach it.
      for (const count of bins) expect(Math.abs(count - 1000)).toBeLessThan(135);
    }
  });
});

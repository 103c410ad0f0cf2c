import { describe, expect, it } from 'vitest';
import { mergeHistograms, percentileMapping, sixteenToEightTable } from './sixteen-bit.ts';

function histogramOf(...values: number[]): Uint32Array {
  const bins = new Uint32Array(65_536);
  for (const v of values) bins[v] = (bins[v] ?? 0) + 1;
  return bins;
}

describe('mergeHistograms', () => {
  it('adds bin by bin and does not overflow where 32 bits would', () => {
    const full = new Uint32Array(65_536).fill(4_294_967_295);
    const sum = mergeHistograms([full, full, histogramOf(7)]);
    expect(sum[0]).toBe(8_589_934_590);
    expect(sum[7]).toBe(8_589_934_591);
  });

  it('refuses a histogram of another size', () => {
    expect(() => mergeHistograms([new Uint32Array(256)])).toThrow(RangeError);
  });
});

describe('percentileMapping', () => {
  it('finds the values below which the given shares of all samples lie', () => {
    const values = Array.from({ length: 1000 }, (_, i) => 1000 + i);
    expect(percentileMapping(histogramOf(...values))).toEqual({ kind: 'percentiles', low: 1004, high: 1994 });
    expect(percentileMapping(histogramOf(...values), 0, 100)).toEqual({ kind: 'percentiles', low: 1000, high: 1999 });
  });

  it('ignores one hot pixel in a thousand', () => {
    const values = Array.from({ length: 999 }, (_, i) => i % 400);
    expect(percentileMapping(histogramOf(...values, 65_535))).toMatchObject({ low: 1, high: 397 });
  });

  it('stays defined for a flat image, black or white', () => {
    expect(percentileMapping(histogramOf(5, 5, 5))).toMatchObject({ low: 5, high: 6 });
    expect(percentileMapping(histogramOf(65_535))).toMatchObject({ low: 65_534, high: 65_535 });
  });

  it('refuses an empty histogram and percentiles out of order', () => {
    expect(() => percentileMapping(new Uint32Array(65_536))).toThrow(/without samples/);
    expect(() => percentileMapping(histogramOf(1), 99, 1)).toThrow(RangeError);
  });
});

describe('sixteenToEightTable', () => {
  it('maps the full range by dividing by 257 and rounding', () => {
    const table = sixteenToEightTable({ kind: 'full-range' });
    for (const v of [0, 128, 129, 257, 4095, 32_768, 65_406, 65_407, 65_535]) {
      expect(table[v], String(v)).toBe(Math.round(v / 257));
    }
  });

  it('clamps outside the percentiles and is linear between them', () => {
    const table = sixteenToEightTable({ kind: 'percentiles', low: 100, high: 610 });
    expect([table[0], table[100], table[355], table[610], table[65_535]]).toEqual([0, 0, 128, 255, 255]);
  });

  it('refuses an empty range', () => {
    expect(() => sixteenToEightTable({ kind: 'percentiles', low: 9, high: 9 })).toThrow(RangeError);
  });
});

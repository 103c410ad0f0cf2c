import { describe, expect, it } from 'vitest';
import { resizeBicubic } from './resample.ts';
import type { Bitmap } from './resample.ts';
import { meanAbsoluteDifference, photoLike } from './testing/pictures.ts';

/**
 * Antialiased bicubic in float64, straight from its definition: rows, then columns, each pass rounded to 8 bits (that is
 * part of what Pillow does; without it two correct results already differ by a quarter on average).
 */
function oracle({ width, height, channels, samples }: Bitmap, toWidth: number, toHeight: number): Float64Array {
  const kernel = (t: number): number => {
    const x = Math.abs(t);
    if (x >= 2) return 0;
    return x < 1 ? 1.5 * x ** 3 - 2.5 * x ** 2 + 1 : -0.5 * x ** 3 + 2.5 * x ** 2 - 4 * x + 2;
  };
  const weightsOf = (from: number, to: number, i: number): { first: number; weights: Float64Array } => {
    const ratio = from / to;
    const stretch = Math.max(1, ratio);
    const centre = (i + 0.5) * ratio - 0.5;
    const first = Math.max(0, Math.floor(centre - 2 * stretch));
    const last = Math.min(from - 1, Math.ceil(centre + 2 * stretch));
    const weights = Float64Array.from({ length: last - first + 1 }, (_, at) => kernel((first + at - centre) / stretch));
    const sum = weights.reduce((total, weight) => total + weight, 0);
    return { first, weights: weights.map((weight) => weight / sum) };
  };
  const rounded = (values: Float64Array): Float64Array => values.map((v) => Math.min(255, Math.max(0, Math.round(v))));

  const columns = Array.from({ length: toWidth }, (_, x) => weightsOf(width, toWidth, x));
  const wide = new Float64Array(toWidth * height * channels);
  for (let y = 0; y < height; y++) {
    columns.forEach(({ first, weights }, x) => {
      for (let c = 0; c < channels; c++) {
        let sum = 0;
        for (let at = 0; at < weights.length; at++)
          sum += weights[at]! * samples[(y * width + first + at) * channels + c]!;
        wide[(y * toWidth + x) * channels + c] = sum;
      }
    });
  }
  const between = rounded(wide);
  const out = new Float64Array(toWidth * toHeight * channels);
  const stride = toWidth * channels;
  for (let y = 0; y < toHeight; y++) {
    const { first, weights } = weightsOf(height, toHeight, y);
    weights.forEach((weight, at) => {
      for (let i = 0; i < stride; i++) out[y * stride + i]! += weight * between[(first + at) * stride + i]!;
    });
  }
  return rounded(out);
}

describe('resizeBicubic against plain float64 arithmetic', () => {
  it.each([
    // Enlarging and reducing up to 3 times: 0.3 of 255.
    [100, 100, 224, 224, 0.3],
    [100, 80, 224, 224, 0.3],
    [256, 256, 224, 224, 0.3],
    [256, 256, 384, 384, 0.3],
    [256, 341, 224, 224, 0.3],
    [447, 447, 224, 224, 0.3],
    [449, 449, 224, 224, 0.3],
    [670, 500, 224, 224, 0.3],
    [600, 100, 224, 224, 0.3],
    [100, 600, 224, 224, 0.3],
    // Beyond: 0.75.
    [1000, 100, 224, 224, 0.75],
    [100, 1000, 224, 224, 0.75],
    [4000, 3000, 224, 224, 0.75],
    [4000, 100, 224, 224, 0.75],
    [3000, 2000, 32, 32, 0.75],
  ])('%i x %i to %i x %i stays within %f', async (width, height, toWidth, toHeight, bound) => {
    const source = photoLike(width, height, width + height);
    const result = await resizeBicubic(source, toWidth, toHeight);
    expect([result.width, result.height, result.channels]).toEqual([toWidth, toHeight, 3]);
    expect(meanAbsoluteDifference(result.samples, oracle(source, toWidth, toHeight))).toBeLessThan(bound);
  });

  it('resizes one channel as it does three', async () => {
    for (const side of [90, 1000]) {
      const grey = photoLike(side, side, 3, 1);
      const result = await resizeBicubic(grey, 224, 224);
      expect(result.samples.length).toBe(224 * 224);
      expect(meanAbsoluteDifference(result.samples, oracle(grey, 224, 224))).toBeLessThan(0.75);
    }
  });
});

describe('resizeBicubic', () => {
  it('leaves a picture of the wanted size as it is', async () => {
    const source = photoLike(50, 40);
    expect((await resizeBicubic(source, 50, 40)).samples).toEqual(source.samples);
  });

  it('does not shift: a symmetric picture stays symmetric when it is enlarged', async () => {
    const samples = new Uint8Array(9).map((_, i) => (i === 4 ? 255 : 0));
    const { samples: large } = await resizeBicubic({ width: 9, height: 1, channels: 1, samples }, 32, 1);
    expect([...large]).toEqual([...large].reverse());
    expect(Math.max(...large)).toBeGreaterThan(200);
  });

  it('keeps flat colour exactly, up and down', async () => {
    for (const side of [7, 300, 2000]) {
      const samples = new Uint8Array(side * side * 3).fill(201);
      const { samples: result } = await resizeBicubic({ width: side, height: side, channels: 3, samples }, 224, 224);
      expect(result.every((v) => v === 201)).toBe(true);
    }
  });

  it('enlarges a single pixel', async () => {
    const dot: Bitmap = { width: 1, height: 1, channels: 3, samples: new Uint8Array([1, 2, 3]) };
    expect([...(await resizeBicubic(dot, 2, 2)).samples]).toEqual([1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3]);
  });
});

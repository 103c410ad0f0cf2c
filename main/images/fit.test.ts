import { describe, expect, it } from 'vitest';
import { fitToSquare } from './fit.ts';
import type { Bitmap } from './resample.ts';
import { photoLike } from './testing/pictures.ts';
import { resizeBicubic } from './resample.ts';

function columns(source: Bitmap, from: number, to: number): Bitmap {
  const samples = new Uint8Array((to - from) * source.height * 3);
  for (let y = 0; y < source.height; y++) {
    const row = y * source.width * 3;
    samples.set(source.samples.subarray(row + from * 3, row + to * 3), y * (to - from) * 3);
  }
  return { ...source, width: to - from, samples };
}

describe('fitToSquare', () => {
  it('squashes each axis by its own factor', async () => {
    const source = photoLike(90, 40);
    expect(await fitToSquare(source, 48, 'squash')).toEqual(await resizeBicubic(source, 48, 48));
  });

  it('crops the middle square; an odd remainder goes at the right', async () => {
    const source = photoLike(91, 40);
    expect(await fitToSquare(source, 48, 'crop')).toEqual(await resizeBicubic(columns(source, 25, 65), 48, 48));
    const upright = photoLike(40, 91);
    const cropped = await fitToSquare(upright, 40, 'crop');
    expect(cropped.samples).toEqual(upright.samples.subarray(25 * 40 * 3, 65 * 40 * 3));
  });

  it('pads with mid grey on both sides', async () => {
    const white = { width: 40, height: 20, channels: 3, samples: new Uint8Array(40 * 20 * 3).fill(255) } as const;
    const { samples } = await fitToSquare(white, 20, 'pad');
    const rows = Array.from({ length: 20 }, (_, y) => samples[y * 60]);
    expect(rows).toEqual([
      ...Array<number>(5).fill(128),
      ...Array<number>(10).fill(255),
      ...Array<number>(5).fill(128),
    ]);
  });

  it('keeps at least one pixel of a very long photo when padding', async () => {
    const line = { width: 1000, height: 1, channels: 3, samples: new Uint8Array(3000).fill(9) } as const;
    const { samples } = await fitToSquare(line, 32, 'pad');
    expect(samples.filter((v) => v === 9).length).toBe(32 * 3);
  });

  it('does the same with a square photo whatever the policy', async () => {
    const source = photoLike(50, 50);
    const squashed = await fitToSquare(source, 32, 'squash');
    expect(await fitToSquare(source, 32, 'crop')).toEqual(squashed);
    expect(await fitToSquare(source, 32, 'pad')).toEqual(squashed);
  });
});

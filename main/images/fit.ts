/**
 * From the photo's own shape to the square that a backbone sees:
 *
 * - squash: each axis by its own factor; nothing is lost, shapes are distorted.
 * - crop: the middle square whose side is the shorter side of the photo (an odd remainder is cut at the right or bottom).
 * - pad: the longer side fits, the rest is split to both sides and filled with mid grey.
 */
import type { FitPolicy } from '#app/domain/preprocessing.ts';
import { resizeBicubic } from './resample.ts';
import type { Bitmap } from './resample.ts';

/**
 * Mid grey, because it lies near zero after the usual normalisations (mean 0.5 or ImageNet's): the border says next to
 * nothing to the backbone, where black would be an object of two standard deviations.
 */
export const PADDING = 128;

/** [height, width, channels] -> [size, size, channels]. */
export async function fitToSquare(source: Bitmap, size: number, fit: FitPolicy): Promise<Bitmap> {
  switch (fit) {
    case 'squash':
      return resizeBicubic(source, size, size);
    case 'crop':
      return resizeBicubic(middleSquare(source), size, size);
    case 'pad': {
      const longer = Math.max(source.width, source.height);
      const side = (length: number): number => Math.max(1, Math.round((size * length) / longer));
      return padded(await resizeBicubic(source, side(source.width), side(source.height)), size);
    }
  }
}

function middleSquare(source: Bitmap): Bitmap {
  const side = Math.min(source.width, source.height);
  if (source.width === source.height) return source;
  const left = Math.floor((source.width - side) / 2);
  const top = Math.floor((source.height - side) / 2);
  const samples = new Uint8Array(side * side * source.channels);
  copyBlock(source, left, top, { width: side, height: side, channels: source.channels, samples }, 0, 0, side, side);
  return { width: side, height: side, channels: source.channels, samples };
}

function padded(source: Bitmap, size: number): Bitmap {
  const samples = new Uint8Array(size * size * source.channels).fill(PADDING);
  const square = { width: size, height: size, channels: source.channels, samples };
  const left = Math.floor((size - source.width) / 2);
  const top = Math.floor((size - source.height) / 2);
  copyBlock(source, 0, 0, square, left, top, source.width, source.height);
  return square;
}

function copyBlock(
  from: Bitmap,
  fromLeft: number,
  fromTop: number,
  to: Bitmap,
  toLeft: number,
  toTop: number,
  width: number,
  height: number,
): void {
  for (let y = 0; y < height; y++) {
    const start = ((fromTop + y) * from.width + fromLeft) * from.channels;
    const target = ((toTop + y) * to.width + toLeft) * to.channels;
    to.samples.set(from.samples.subarray(start, start + width * from.channels), target);
  }
}

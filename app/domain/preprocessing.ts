/**
 * How a photo becomes the square of pixels that a backbone sees. Decided once a run, kept in the pack, and applied by
 * the same code for training, prediction and the self-test.
 */

/** How a photo that is not square meets a square input: distorted, cut in the middle, or padded in the middle. */
export type FitPolicy = 'squash' | 'crop' | 'pad';

/**
 * How 16-bit samples become 8-bit ones: `v8 = round(255 * clamp((v16 - low) / (high - low), 0, 1))`.
 * `full-range` is low = 0, high = 65535; `percentiles` are measured once over a data set and then fixed numbers.
 */
export type SixteenBitMapping =
  { readonly kind: 'full-range' } | { readonly kind: 'percentiles'; readonly low: number; readonly high: number };

export interface Preprocessing {
  /** Side of the square input in pixels. */
  readonly imageSize: number;
  readonly fit: FitPolicy;
  readonly interpolation: 'bicubic';
  readonly sixteenBit: SixteenBitMapping;
  /** Per channel, of values scaled to 0..1: `x = (v / 255 - mean) / std`. */
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
}

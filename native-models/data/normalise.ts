/** RGB bytes to the network's input. */
import { EngineError } from '../errors.ts';

export interface Normalisation {
  /** Per channel, of values scaled to 0..1. */
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
}

/**
 * Bytes [S, S, 3] -> `target[offset...]` as planes [3, S, S]: (v / 255 - mean) / std. Writes into a buffer that the
 * caller keeps, since a batch is filled photo by photo. Throws `data.pixels` for a wrong number of bytes.
 */
export function normaliseInto(
  target: Float32Array,
  offset: number,
  bytes: Uint8Array,
  side: number,
  { mean, std }: Normalisation,
): void {
  const plane = side * side;
  if (bytes.length !== 3 * plane) {
    throw new EngineError('data.pixels', `A photo of ${side} px needs ${3 * plane} bytes, not ${bytes.length}.`);
  }
  // One plane at a time, in a view of its own: more than twice as quick as adding to the index at each pixel.
  for (let channel = 0; channel < 3; channel++) {
    const scale = 1 / (255 * std[channel]!);
    const shift = -mean[channel]! / std[channel]!;
    const values = target.subarray(offset + channel * plane, offset + (channel + 1) * plane);
    for (let pixel = 0, at = channel; pixel < plane; pixel++, at += 3) values[pixel] = bytes[at]! * scale + shift;
  }
}

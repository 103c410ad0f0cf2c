/** Two identities of a photo: its exact pixels, and what it looks like. */
import { createHash } from 'node:crypto';
import { codedGrey } from './coded-grey.ts';
import type { Pixels } from './decode.ts';
import { inSlices } from './slices.ts';

/**
 * SHA-256, 64 hexadecimal digits, over `<width>x<height>x<channels>x<bits>` and a line feed, then the samples (16-bit ones
 * little-endian). Equal means the same picture, whatever the container and its metadata.
 */
export async function pixelHash({ width, height, channels, bits, samples }: Pixels): Promise<string> {
  const hash = createHash('sha256').update(`${width}x${height}x${channels}x${bits}\n`);
  const bytes = new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
  await inSlices(bytes.length, 1, (start, end) => {
    hash.update(bytes.subarray(start, end));
  });
  return hash.digest('hex');
}

const SIDE = 32;
const LOW = 8;
/**
 * Below this standard deviation of the 32 x 32 grey levels (0..255) a picture is flat: its coefficients are rounding and
 * compression noise, and so would be the hash.
 */
const FLAT = 1;

/**
 * What a photo looks like, told from its `thumbnail` (a JPEG as `encoded` writes it): the `cosineHash` of its brightness (Rec. 601
 * luma) as 32 x 32 grey levels. Of that much a thumbnail says the same as the photo does. Takes half a millisecond, at once.
 *
 * A flat picture has no structure to compare. Its hash is the beginning of `exactHash` (its `pixelHash`), so that it is
 * near to pictures with the same pixels only, and not to every other flat one.
 */
export function perceptualHash(thumbnail: Uint8Array, exactHash: string): string {
  const grey = codedGrey(thumbnail, SIDE);
  return standardDeviation(grey) < FLAT ? exactHash.slice(0, 16) : cosineHash(grey);
}

/**
 * 64-bit DCT hash, 16 hexadecimal digits, of grey levels [32, 32]: one bit for each of the 64 lowest frequencies of their 2-D
 * DCT-II besides the constant one that says whether it lies above their median. "Lowest" is by u + v, then by v. Robust to
 * resizing, compression, brightness and contrast; not to cropping, mirroring or rotation.
 */
export function cosineHash(grey: Float64Array): string {
  const spectrum = lowFrequencies(grey);
  const sorted = spectrum.toSorted();
  const median = (sorted[31]! + sorted[32]!) / 2;
  let hash = 0n;
  for (const coefficient of spectrum) hash = (hash << 1n) | (coefficient > median ? 1n : 0n);
  return hash.toString(16).padStart(16, '0');
}

function standardDeviation(values: Float64Array): number {
  const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
  return Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length);
}

/** cos((2 x + 1) u pi / 64) for the frequencies in use, [frequency, position], with the DCT's scale for u = 0. */
const MOST = 11;
const basis = Float64Array.from({ length: MOST * SIDE }, (_, i) => {
  const u = Math.floor(i / SIDE);
  return Math.cos(((2 * (i % SIDE) + 1) * u * Math.PI) / (2 * SIDE)) * (u === 0 ? Math.SQRT1_2 : 1);
});

/** The first 64 pairs (u, v) besides (0, 0) along the diagonals u + v = 1, 2, ... */
const frequencies = Array.from({ length: MOST * MOST }, (_, i) => ({ u: i % MOST, v: Math.floor(i / MOST) }))
  .filter(({ u, v }) => u + v > 0 && u + v < MOST)
  .sort((a, b) => a.u + a.v - (b.u + b.v) || a.v - b.v)
  .slice(0, LOW * LOW);

function lowFrequencies(grey: Float64Array): Float64Array {
  // rows[u, y]: every line of the picture against every horizontal frequency.
  const rows = new Float64Array(MOST * SIDE);
  for (let u = 0; u < MOST; u++) {
    for (let y = 0; y < SIDE; y++) {
      let sum = 0;
      for (let x = 0; x < SIDE; x++) sum += grey[y * SIDE + x]! * basis[u * SIDE + x]!;
      rows[u * SIDE + y] = sum;
    }
  }
  return Float64Array.from(frequencies, ({ u, v }) => {
    let sum = 0;
    for (let y = 0; y < SIDE; y++) sum += rows[u * SIDE + y]! * basis[v * SIDE + y]!;
    return sum;
  });
}

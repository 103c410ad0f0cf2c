/**
 * Antialiased bicubic resize of 8-bit pixels, as Pillow's BICUBIC does it: the cubic kernel with a = -0.5 is stretched by
 * the reduction, so that every source pixel counts; weights are normalised inside the image; first all rows, then all
 * columns, each rounded to 8 bits.
 *
 * sharp's own bicubic agrees with that where it reduces, but quantises positions to 1/64 pixel, which shows where the
 * kernel is narrow, and enlarges half a pixel off. So an axis that reduces to half or less goes to sharp, where the work is
 * large and sharp is fast; everything else is computed here, bit for bit as Pillow does (a test compares).
 */
import sharp from 'sharp';

/** 8-bit samples row by row, channels interleaved. */
export interface Bitmap {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  readonly samples: Uint8Array;
}

/** Resizes to `width` x `height`, each axis with its own factor. Gamma stays as it is (no linear light), as in Pillow. */
export async function resizeBicubic(source: Bitmap, width: number, height: number): Promise<Bitmap> {
  const sharpRows = source.width >= 2 * width;
  const sharpColumns = source.height >= 2 * height;
  if (sharpRows && sharpColumns) return reduceWithSharp(source, width, height);
  const wide = sharpRows ? await reduceWithSharp(source, width, source.height) : resampleRows(source, width);
  return sharpColumns ? reduceWithSharp(wide, width, height) : resampleColumns(wide, height);
}

async function reduceWithSharp({ samples, ...raw }: Bitmap, width: number, height: number): Promise<Bitmap> {
  const data = await sharp(samples, { raw, limitInputPixels: false })
    .resize(width, height, { fit: 'fill', kernel: 'cubic' })
    .toColourspace(raw.channels === 1 ? 'b-w' : 'srgb')
    .raw()
    .toBuffer();
  return { width, height, channels: raw.channels, samples: new Uint8Array(data.buffer, data.byteOffset, data.length) };
}

export interface Taps {
  /** First source index of every output index. */
  readonly first: Int32Array;
  readonly count: Int32Array;
  /** [output, most]: weights in units of 2^-22, as many as `count` says. */
  readonly weights: Int32Array;
  readonly most: number;
}

export const FRACTION_BITS = 22;
const A = -0.5;

/** Keys' cubic convolution kernel, support 2. */
function cubic(distance: number): number {
  const x = Math.abs(distance);
  if (x < 1) return ((A + 2) * x - (A + 3)) * x * x + 1;
  return x < 2 ? (((x - 5) * x + 8) * x - 4) * A : 0;
}

/** Photos of one folder mostly have one size. */
const known = new Map<string, Taps>();
const MOST_KNOWN = 16;

export function tapsOf(from: number, to: number): Taps {
  const key = `${from} ${to}`;
  const before = known.get(key);
  if (before !== undefined) return before;
  if (known.size >= MOST_KNOWN) known.clear();
  const taps = computeTaps(from, to);
  known.set(key, taps);
  return taps;
}

/** Which source samples make each output sample, and with which weights. */
function computeTaps(from: number, to: number): Taps {
  const scale = from / to;
  const stretch = Math.max(1, scale);
  const support = 2 * stretch;
  const most = 2 * Math.ceil(support) + 1;
  const first = new Int32Array(to);
  const count = new Int32Array(to);
  const weights = new Int32Array(to * most);
  for (let i = 0; i < to; i++) {
    const centre = (i + 0.5) * scale;
    const start = Math.max(0, Math.trunc(centre - support + 0.5));
    const end = Math.min(from, Math.trunc(centre + support + 0.5));
    const exact = Array.from({ length: end - start }, (_, k) => cubic((start + k + 0.5 - centre) / stretch));
    const sum = exact.reduce((total, weight) => total + weight, 0);
    exact.forEach((weight, k) => {
      const fixed = (weight / sum) * 2 ** FRACTION_BITS;
      weights[i * most + k] = Math.trunc(fixed + (fixed < 0 ? -0.5 : 0.5));
    });
    first[i] = start;
    count[i] = end - start;
  }
  return { first, count, weights, most };
}

const HALF = 1 << (FRACTION_BITS - 1);

function toByte(sum: number): number {
  const value = sum >> FRACTION_BITS;
  return value < 0 ? 0 : value > 255 ? 255 : value;
}

function resampleRows(source: Bitmap, width: number): Bitmap {
  if (width === source.width) return source;
  const { height, channels, samples } = source;
  const { first, count, weights, most } = tapsOf(source.width, width);
  const out = new Uint8Array(width * height * channels);
  // For grey all three sums are of the one channel, and the first is written.
  const [green, blue] = channels === 3 ? [1, 2] : [0, 0];
  for (let y = 0, to = 0; y < height; y++) {
    const row = y * source.width * channels;
    for (let x = 0; x < width; x++, to += channels) {
      let at = row + first[x]! * channels;
      let [r, g, b] = [HALF, HALF, HALF];
      for (let k = x * most, end = k + count[x]!; k < end; k++, at += channels) {
        const weight = weights[k]!;
        // 32-bit integer arithmetic, said so that the compiler needs no check for overflow: twice as fast.
        r = (r + Math.imul(samples[at]!, weight)) | 0;
        g = (g + Math.imul(samples[at + green]!, weight)) | 0;
        b = (b + Math.imul(samples[at + blue]!, weight)) | 0;
      }
      out[to] = toByte(r);
      if (channels === 3) {
        out[to + 1] = toByte(g);
        out[to + 2] = toByte(b);
      }
    }
  }
  return { width, height, channels, samples: out };
}

function resampleColumns(source: Bitmap, height: number): Bitmap {
  if (height === source.height) return source;
  const { width, channels, samples } = source;
  const { first, count, weights, most } = tapsOf(source.height, height);
  const stride = width * channels;
  const out = new Uint8Array(stride * height);
  const sums = new Int32Array(stride);
  for (let y = 0; y < height; y++) {
    // Source rows are walked one after the other: by columns the cache would miss at every step.
    sums.fill(HALF);
    // Two at a time, so that half as many sums are read and written; behind the last weight there are zeros.
    for (let k = 0; k < count[y]!; k += 2) {
      const row = (first[y]! + k) * stride;
      const [weight, below] = [weights[y * most + k]!, k + 1 < count[y]! ? weights[y * most + k + 1]! : 0];
      const next = below === 0 ? row : row + stride;
      for (let i = 0; i < stride; i++) {
        sums[i] = (sums[i]! + Math.imul(samples[row + i]!, weight) + Math.imul(samples[next + i]!, below)) | 0;
      }
    }
    for (let i = 0; i < stride; i++) out[y * stride + i] = toByte(sums[i]!);
  }
  return { width, height, channels, samples: out };
}

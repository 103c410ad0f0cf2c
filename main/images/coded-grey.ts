/**
 * The grey levels of a JPEG as a small square, straight from its coefficients: a resize is linear, and so is what a coefficient
 * brings to the pixels of its block, so that each coefficient has its weight for each of the square's levels.
 */
import { lumaCoefficients } from './jpeg-coefficients.ts';
import { jpegHeader } from './jpeg-header.ts';
import { FRACTION_BITS, tapsOf } from './resample.ts';

/** What the coefficients along one axis bring to the levels along it. */
interface AxisWeights {
  /** Of each coefficient the first level that it counts for; `most` levels from there on have weights. */
  readonly first: Uint16Array;
  /** [coefficient, most] */
  readonly weights: Float64Array;
  readonly most: number;
  /** Frequencies of a block that count at all, 1..8: to a square of 32 from 256 pixels the 3 lowest. */
  readonly frequencies: number;
}

/**
 * Of a frequency besides the constant one, a smaller weight moves no level by more than rounding does; the largest are 0.37. Those
 * of the constant one all count, or a flat picture would come out uneven.
 */
const NEGLIGIBLE = 0.02;
const BLOCK = 8;

/** [side, side], the levels 0..255 that `resizeBicubic` would give. Throws Error where the JPEG is none that `encoded` writes. */
export function codedGrey(jpeg: Uint8Array, side: number): Float64Array {
  const bytes = Buffer.from(jpeg.buffer, jpeg.byteOffset, jpeg.byteLength);
  const header = jpegHeader(bytes);
  if (header === null) throw new Error('The thumbnail is no JPEG that the program wrote: its header cannot be read.');
  const across = weightsOf(header.width, side);
  const down = weightsOf(header.height, side);
  const frequencies = Math.max(across.frequencies, down.frequencies);
  // So many diagonals of a block, whose coefficients come in that order; the longest is in its middle.
  const wanted = frequencies < BLOCK ? (frequencies * (frequencies + 1)) / 2 : BLOCK * BLOCK;
  const { rows, count, column, row, value } = lumaCoefficients(bytes, wanted);
  const lines = new Float64Array(rows * side);
  const { first, weights, most } = across;
  for (let i = 0; i < count; i++) {
    const [at, level] = [column[i]!, value[i]!];
    // Blocks beyond the picture's edge.
    if (at >= first.length) continue;
    for (let from = at * most, to = row[i]! * side + first[at]!, end = from + most; from < end; from++, to++) {
      lines[to]! += level * weights[from]!;
    }
  }
  return summedDown(lines, down, side);
}

/** [rows, side] -> [side, side] */
function summedDown(lines: Float64Array, { first, weights, most }: AxisWeights, side: number): Float64Array {
  // Coefficients are of samples less 128.
  const grey = new Float64Array(side * side).fill(128);
  for (let row = 0; row < first.length; row++) {
    for (let k = 0; k < most; k++) {
      const weight = weights[row * most + k]!;
      if (weight === 0) continue;
      const [from, to] = [row * side, (first[row]! + k) * side];
      for (let x = 0; x < side; x++) grey[to + x]! += weight * lines[from + x]!;
    }
  }
  return grey;
}

/** Photos of one folder mostly have one size. */
const known = new Map<string, AxisWeights>();
const MOST_KNOWN = 16;

function weightsOf(pixels: number, side: number): AxisWeights {
  const key = `${pixels} ${side}`;
  const before = known.get(key);
  if (before !== undefined) return before;
  if (known.size >= MOST_KNOWN) known.clear();
  const made = withoutNegligible(denseWeights(pixels, side), side);
  known.set(key, made);
  return made;
}

/** [coefficients of all blocks along the axis, side] */
function denseWeights(pixels: number, side: number): Float64Array {
  const { first, count, weights, most } = tapsOf(pixels, side);
  const dense = new Float64Array(Math.ceil(pixels / BLOCK) * BLOCK * side);
  for (let to = 0; to < side; to++) {
    for (let k = 0; k < count[to]!; k++) {
      const pixel = first[to]! + k;
      const weight = weights[to * most + k]! / 2 ** FRACTION_BITS;
      const within = pixel % BLOCK;
      for (let u = 0; u < BLOCK; u++) dense[(pixel - within + u) * side + to]! += weight * cosine(u, within);
    }
  }
  return dense;
}

/** What one unit of frequency `u` is at a pixel of its block (T.81, A.3.3, of one axis). */
function cosine(u: number, pixel: number): number {
  return u === 0 ? Math.SQRT1_2 / 2 : Math.cos(((2 * pixel + 1) * u * Math.PI) / 16) / 2;
}

function withoutNegligible(dense: Float64Array, side: number): AxisWeights {
  const coefficients = dense.length / side;
  const spans = Array.from({ length: coefficients }, (_, i) => {
    const least = i % BLOCK === 0 ? Number.MIN_VALUE : NEGLIGIBLE;
    const levels = Array.from({ length: side }, (_level, to) => to).filter(
      (to) => Math.abs(dense[i * side + to]!) >= least,
    );
    return { start: levels.at(0) ?? 0, end: (levels.at(-1) ?? -1) + 1 };
  });
  const most = Math.max(...spans.map(({ start, end }) => end - start));
  const frequencies = Math.max(...spans.map(({ end }, i) => (end > 0 ? (i % BLOCK) + 1 : 1)));
  const first = Uint16Array.from(spans, ({ start }) => Math.min(start, side - most));
  const weights = new Float64Array(coefficients * most);
  first.forEach((start, i) => weights.set(dense.subarray(i * side + start, i * side + start + most), i * most));
  return { first, weights, most, frequencies };
}

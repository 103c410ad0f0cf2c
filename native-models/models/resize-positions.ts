/**
 * Position embeddings of one grid of patches for another, as the published code resizes them. The libraries do it in
 * different ways, and the results differ by 5 to 50 percent: the same checkpoint is another network in each of them. In
 * float64, columns before rows.
 */
export interface PositionGrid {
  /** Rows before the patches', which are copied. */
  readonly prefix: number;
  readonly width: number;
  /** Rows and columns of patches. */
  readonly from: readonly [number, number];
  readonly to: readonly [number, number];
  readonly kind?: ResizeKind;
}

/**
 * `antialias`: bicubic with a = -0.5, stretched over what it shrinks, weights brought to a sum of 1 at the border (timm;
 * Hugging Face's DINOv2 with registers). `bicubic`: a = -0.75 with the border repeated (Hugging Face otherwise; bias tables of
 * Swin in its original code). `bilinear`: timm's reading of Google's files. `dinov2`: as `bicubic`, on a grid that is taken
 * for a tenth of a patch larger (DINOv2's original code).
 */
export type ResizeKind = 'antialias' | 'bicubic' | 'bilinear' | 'dinov2';

/** A place of the old axis, and how much of it a place of the new one has. */
type Tap = readonly [place: number, weight: number];

/** values [prefix + from, width] -> [prefix + to, width], row by row. The same grid gives the same values. */
export function resizePositions(
  values: Float32Array,
  { prefix, width, from, to, kind = 'antialias' }: PositionGrid,
): Float32Array<ArrayBuffer> {
  const [rows, columns] = to;
  const out = new Float32Array((prefix + rows * columns) * width);
  out.set(values.subarray(0, prefix * width));
  if (from[0] === rows && from[1] === columns) {
    out.set(values);
    return out;
  }
  const wide = new Float64Array(from[0] * columns * width);
  for (const [column, taps] of axis[kind](from[1], columns).entries()) {
    for (let row = 0; row < from[0]; row++) {
      const target = (row * columns + column) * width;
      for (const [place, weight] of taps) {
        const source = (prefix + row * from[1] + place) * width;
        for (let i = 0; i < width; i++) wide[target + i]! += weight * values[source + i]!;
      }
    }
  }
  const sum = new Float64Array(width);
  for (const [row, taps] of axis[kind](from[0], rows).entries()) {
    for (let column = 0; column < columns; column++) {
      sum.fill(0);
      for (const [place, weight] of taps) {
        const source = (place * columns + column) * width;
        for (let i = 0; i < width; i++) sum[i]! += weight * wide[source + i]!;
      }
      out.set(sum, (prefix + row * columns + column) * width);
    }
  }
  return out;
}

/** For each place of the new axis, which places of the old one it is made of. */
const axis: Readonly<Record<ResizeKind, (from: number, to: number) => readonly (readonly Tap[])[]>> = {
  antialias: antialiased,
  bicubic: (from, to) => interpolated(from, to, from / to, (t) => keys(t, -0.75), 2),
  bilinear: (from, to) => interpolated(from, to, from / to, (t) => 1 - Math.abs(t), 1),
  dinov2: (from, to) => interpolated(from, to, from / (to + 0.1), (t) => keys(t, -0.75), 2),
};

function antialiased(from: number, to: number): readonly (readonly Tap[])[] {
  const scale = from / to;
  const stretch = Math.max(scale, 1);
  return Array.from({ length: to }, (_, place) => {
    const center = scale * (place + 0.5);
    const first = Math.max(Math.trunc(center - 2 * stretch + 0.5), 0);
    const end = Math.min(Math.trunc(center + 2 * stretch + 0.5), from);
    const raw = Array.from({ length: end - first }, (__, tap) => keys((first + tap + 0.5 - center) / stretch, -0.5));
    const total = raw.reduce((sum, weight) => sum + weight, 0);
    return raw.map((weight, tap): Tap => [first + tap, weight / total]);
  });
}

/** `reach` places on either side, those beyond the border being the last one before it. */
function interpolated(
  from: number,
  to: number,
  scale: number,
  weightAt: (distance: number) => number,
  reach: number,
): readonly (readonly Tap[])[] {
  return Array.from({ length: to }, (_, place) => {
    const center = scale * (place + 0.5) - 0.5;
    const first = Math.floor(center) - reach + 1;
    return Array.from({ length: 2 * reach }, (__, tap): Tap => {
      const inside = Math.min(Math.max(first + tap, 0), from - 1);
      return [inside, weightAt(first + tap - center)];
    });
  });
}

/** The cubic convolution of Keys 1981. */
function keys(distance: number, a: number): number {
  const x = Math.abs(distance);
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0;
}

/**
 * Position embeddings of one grid of patches for another, as timm resizes them: bicubic with a = -0.5, antialiased where it
 * becomes smaller, weights brought to a sum of 1 at the border. In float64, rows after columns.
 */
export interface PositionGrid {
  /** Rows before the patches', which are copied. */
  readonly prefix: number;
  readonly width: number;
  /** Rows and columns of patches. */
  readonly from: readonly [number, number];
  readonly to: readonly [number, number];
}

interface Taps {
  readonly first: number;
  readonly weights: readonly number[];
}

/** values [prefix + from, width] -> [prefix + to, width], row by row. The same grid gives the same values. */
export function resizePositions(
  values: Float32Array,
  { prefix, width, from, to }: PositionGrid,
): Float32Array<ArrayBuffer> {
  const [rows, columns] = to;
  const out = new Float32Array((prefix + rows * columns) * width);
  out.set(values.subarray(0, prefix * width));
  if (from[0] === rows && from[1] === columns) {
    out.set(values);
    return out;
  }
  const wide = new Float64Array(from[0] * columns * width);
  for (const [column, { first, weights }] of taps(from[1], columns).entries()) {
    for (let row = 0; row < from[0]; row++) {
      const target = (row * columns + column) * width;
      for (const [tap, weight] of weights.entries()) {
        const source = (prefix + row * from[1] + first + tap) * width;
        for (let i = 0; i < width; i++) wide[target + i]! += weight * values[source + i]!;
      }
    }
  }
  const sum = new Float64Array(width);
  for (const [row, { first, weights }] of taps(from[0], rows).entries()) {
    for (let column = 0; column < columns; column++) {
      sum.fill(0);
      for (const [tap, weight] of weights.entries()) {
        const source = ((first + tap) * columns + column) * width;
        for (let i = 0; i < width; i++) sum[i]! += weight * wide[source + i]!;
      }
      out.set(sum, (prefix + row * columns + column) * width);
    }
  }
  return out;
}

/** For each place of the new axis, which places of the old one it is made of. */
function taps(from: number, to: number): readonly Taps[] {
  const scale = from / to;
  const stretch = Math.max(scale, 1);
  return Array.from({ length: to }, (_, place) => {
    const center = scale * (place + 0.5);
    const first = Math.max(Math.trunc(center - 2 * stretch + 0.5), 0);
    const end = Math.min(Math.trunc(center + 2 * stretch + 0.5), from);
    const raw = Array.from({ length: end - first }, (__, tap) => cubic((first + tap + 0.5 - center) / stretch));
    const total = raw.reduce((sum, weight) => sum + weight, 0);
    return { first, weights: raw.map((weight) => weight / total) };
  });
}

/** Keys 1981, a = -0.5. */
function cubic(distance: number): number {
  const x = Math.abs(distance);
  if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
  return x < 2 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : 0;
}

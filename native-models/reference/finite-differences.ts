/** Central differences of fourth order: error O(h^4), so that 1e-6 relative agreement is a real test in float64. */
export function centralDifference(f: (x: number) => number, x: number, h: number): number {
  return (8 * (f(x + h) - f(x - h)) - (f(x + 2 * h) - f(x - 2 * h))) / (12 * h);
}

/** Relative L2 distance |a - b| / |b|; two zero vectors are 0 apart. */
export function relativeL2(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Infinity;
  let difference = 0;
  let norm = 0;
  for (let i = 0; i < b.length; i++) {
    difference += (a[i]! - b[i]!) ** 2;
    norm += b[i]! ** 2;
  }
  if (Number.isNaN(difference)) return Infinity;
  return norm === 0 ? Math.sqrt(difference) : Math.sqrt(difference / norm);
}

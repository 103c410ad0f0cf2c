/** Smooth random fields over the plane, the raw material of every texture. */
import type { Random } from './random.ts';

/** (x, y) -> 0..1, one random value at every integer point, smooth in between. */
export type Noise = (x: number, y: number) => number;

const CELLS = 256;

export function valueNoise(random: Random): Noise {
  const values = Float32Array.from({ length: CELLS }, random.next);
  const order = Uint8Array.from({ length: CELLS }, (_, i) => i);
  for (let i = CELLS - 1; i > 0; i--) {
    const j = random.integer(0, i);
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return (x, y) => {
    const [x0, y0] = [Math.floor(x), Math.floor(y)];
    const [fx, fy] = [x - x0, y - y0];
    const [u, v] = [fx * fx * (3 - 2 * fx), fy * fy * (3 - 2 * fy)];
    const [left, right] = [order[x0 & 255]!, order[(x0 + 1) & 255]!];
    const a = values[(left + y0) & 255]!;
    const b = values[(right + y0) & 255]!;
    const c = values[(left + y0 + 1) & 255]!;
    const d = values[(right + y0 + 1) & 255]!;
    const top = a + (b - a) * u;
    return top + (c + (d - c) * u - top) * v;
  };
}

/** Three octaves, each at twice the frequency and half the strength; 0..1. */
export function cloudy(noise: Noise): Noise {
  return (x, y) => (4 * noise(x, y) + 2 * noise(2.03 * x + 17, 2.03 * y) + noise(4.1 * x, 4.1 * y + 31)) / 7;
}

/** Pictures with what photos have: gradients, edges, fine texture and noise; the same for the same seed. */
import type { Bitmap } from '../resample.ts';
import { seededRandom } from '../sample/random.ts';

export function photoLike(width: number, height: number, seed = 1, channels: 1 | 3 = 3): Bitmap {
  const random = seededRandom(seed).next;
  const discs = Array.from({ length: 24 }, () => ({
    x: random() * width,
    y: random() * height,
    radius: (0.03 + 0.15 * random()) * Math.min(width, height),
    colour: [random() * 255, random() * 255, random() * 255],
    stripes: random() * 1.5,
  }));
  const samples = new Uint8Array(width * height * channels);
  const noise = Float64Array.from({ length: 4099 }, () => (random() + random() + random() - 1.5) * 16);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const disc = discs.find((d) => (x - d.x) ** 2 + (y - d.y) ** 2 < d.radius ** 2);
      for (let c = 0; c < channels; c++, i++) {
        const back = 60 + (120 * x) / width + (60 * y * (c + 1)) / height / 3;
        const value = disc ? disc.colour[c]! + 30 * Math.sin(disc.stripes * (x + 2 * y)) : back;
        samples[i] = Math.min(255, Math.max(0, Math.round(value + noise[(i * 7 + y * 13) % 4099]!)));
      }
    }
  }
  return { width, height, channels, samples };
}

export function meanAbsoluteDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new RangeError(`${a.length} and ${b.length} samples`);
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += Math.abs(a[i]! - b[i]!);
  return sum / a.length;
}

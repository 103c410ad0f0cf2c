import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { selfTestPixels } from './self-test-inputs.ts';

const sha256 = (images: readonly Uint8Array[]): string => {
  const hash = createHash('sha256');
  for (const image of images) hash.update(image);
  return hash.digest('hex');
};

describe('self-test inputs', () => {
  it('have the bytes that a Python program written from the specification gives', () => {
    const expected = 'd530a5ce9d5e1e0b30d83a1cd88e4441de846fac57ac48102fb79467e6b21f96';
    expect(sha256([0, 1, 2, 3].map((index) => selfTestPixels(224, index)))).toBe(expected);
    expect(readFileSync(new URL('../../docs/pack-format.md', import.meta.url), 'utf8')).toContain(expected);
    expect(sha256([selfTestPixels(17, 0)])).toBe('e71dfaff1c6178012d0bcdbfb01eb2690acacd39225d0eafff43420c1a271b3a');
  });

  it('show the network something: contrast, colour, and neighbours that are alike except at edges', () => {
    for (const index of [0, 1, 2, 3]) {
      const pixels = selfTestPixels(96, index);
      const mean = pixels.reduce((sum, v) => sum + v, 0) / pixels.length;
      const deviation = Math.sqrt(pixels.reduce((sum, v) => sum + (v - mean) ** 2, 0) / pixels.length);
      expect(deviation).toBeGreaterThan(40);
      let [edges, smooth, coloured] = [0, 0, 0];
      for (let i = 3; i < pixels.length; i += 3) {
        const step = Math.abs(pixels[i]! - pixels[i - 3]!);
        if (step > 60) edges++;
        if (step < 25) smooth++;
        if (Math.abs(pixels[i]! - pixels[i + 1]!) > 20) coloured++;
      }
      const count = pixels.length / 3;
      expect(edges / count).toBeGreaterThan(0.005);
      expect(smooth / count).toBeGreaterThan(0.8);
      expect(coloured / count).toBeGreaterThan(0.2);
    }
  });

  it('differ from one another', () => {
    expect(sha256([selfTestPixels(32, 0)])).not.toBe(sha256([selfTestPixels(32, 1)]));
  });

  it('stay within their lattice at any size', () => {
    for (const size of [1, 2, 29, 30, 257]) expect(selfTestPixels(size, 3)).toHaveLength(size * size * 3);
  });
});

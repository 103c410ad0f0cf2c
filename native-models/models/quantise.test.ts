import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { blockOf, codesOf, scalesOf, transpose, ZERO_CODE } from './quantise.ts';

const finite = fc.float({ noNaN: true, noDefaultInfinity: true, min: -(2 ** 100), max: 2 ** 100 });

describe('a matrix in 8 bits', () => {
  it('is off by at most half a step of its block, and keeps zeros and the largest of each block', () => {
    fc.assert(
      fc.property(fc.array(finite, { minLength: 64, maxLength: 64 }), (numbers) => {
        const values = Float32Array.from(numbers);
        const scales = scalesOf(values, 32);
        const codes = codesOf(values, scales, 32);
        values.forEach((value, at) => {
          const scale = scales[Math.floor(at / 32)]!;
          const restored = (codes[at]! - ZERO_CODE) * scale;
          expect(Math.abs(restored - value)).toBeLessThanOrEqual(scale === 0 ? 127 * 2 ** -126 : 0.5001 * scale);
          if (value === 0) expect(codes[at]).toBe(ZERO_CODE);
          if (scale > 1e-30 && Math.abs(value) >= 127 * scale) expect(Math.abs(codes[at]! - ZERO_CODE)).toBe(127);
        });
      }),
    );
  });

  it('keeps the sign of numbers that are nearly nothing, or takes them for nothing', () => {
    for (let exponent = -149; exponent < -100; exponent++) {
      const values = new Float32Array(32).fill(-(2 ** exponent));
      const scales = scalesOf(values, 32);
      const [code = 0] = codesOf(values, scales, 32);
      expect((code - ZERO_CODE) * scales[0]!, String(exponent)).toBeLessThanOrEqual(0);
      expect(scales[0] === 0 ? exponent < -118 : code === ZERO_CODE - 127, String(exponent)).toBe(true);
    }
  });

  it('of nothing but zeros has scales of zero and the codes of zero', () => {
    const zeros = new Float32Array(32);
    expect([...scalesOf(zeros, 16)]).toEqual([0, 0]);
    expect(new Set(codesOf(zeros, scalesOf(zeros, 16), 16))).toEqual(new Set([ZERO_CODE]));
  });

  it('shares a scale among as many columns as the runtime has a kernel for', () => {
    expect([3072, 768, 384, 192, 96, 48, 40].map(blockOf)).toEqual([256, 256, 128, 64, 32, 16, null]);
  });

  it('is turned to rows for columns, and back to what it was', () => {
    expect([...transpose(Float32Array.of(1, 2, 3, 4, 5, 6), 3)]).toEqual([1, 4, 2, 5, 3, 6]);
    const values = Float32Array.from({ length: 70 * 45 }, (_, at) => at);
    expect(transpose(transpose(values, 45), 70)).toEqual(values);
  });
});

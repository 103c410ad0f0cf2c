/// <reference lib="esnext.float16" />
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bfloat16ToFloat32, float32ToHalf, halfToFloat32 } from './half.ts';

const allPatterns = Uint16Array.from({ length: 0x10000 }, (_, i) => i);

/** The language's own half floats: an implementation that shares nothing with ours. */
function nativeHalves(bits: Uint16Array<ArrayBuffer>): Float32Array {
  return Float32Array.from(new Float16Array(bits.buffer));
}

function bitsOf(values: Float32Array): Uint32Array {
  return new Uint32Array(values.buffer, values.byteOffset, values.length);
}

function nearestHalf(value: number): number {
  return new Uint16Array(Float16Array.of(value).buffer)[0]!;
}

describe('half floats', () => {
  it('decode every one of the 65,536 bit patterns to the value the language gives', () => {
    const ours = halfToFloat32(allPatterns);
    const native = nativeHalves(allPatterns);
    const differing = allPatterns.filter((i) => !Object.is(ours[i], native[i]));
    expect([...differing]).toEqual([]);
  });

  it('survive decoding and encoding unchanged, apart from the payload of a NaN', () => {
    const back = float32ToHalf(halfToFloat32(allPatterns));
    for (const pattern of allPatterns) {
      const isNaNPattern = (pattern & 0x7fff) > 0x7c00;
      const expected = isNaNPattern ? (pattern & 0x8000) | 0x7e00 : pattern;
      if (back[pattern] !== expected) expect.fail(`pattern ${pattern} came back as ${back[pattern]}`);
    }
  });

  it('are the nearest ones, ties to even, for any float32', () => {
    fc.assert(
      fc.property(fc.float({ noNaN: true }), (value) => {
        expect(float32ToHalf(Float32Array.of(value))[0]).toBe(nearestHalf(value));
      }),
      { numRuns: 2000 },
    );
  });

  it('are rounded correctly just below, at and just above every midpoint between two neighbours', () => {
    const finite = allPatterns.subarray(0, 0x7c00);
    const values = halfToFloat32(finite);
    for (let i = 0; i + 1 < values.length; i++) {
      // Exact in float32: it has 13 more bits of mantissa than a half.
      const middle = Float32Array.of((values[i]! + values[i + 1]!) / 2);
      const below = middle.slice();
      const above = middle.slice();
      bitsOf(below)[0]! -= 1;
      bitsOf(above)[0]! += 1;
      const even = i % 2 === 0 ? i : i + 1;
      const got = [below, middle, above].map((v) => float32ToHalf(v)[0]);
      if (got[0] !== i || got[1] !== even || got[2] !== i + 1) expect.fail(`around pattern ${i}: ${got.join(', ')}`);
    }
  });

  it('become infinity from 65520 on and signed zero up to the tie at 2^-25', () => {
    const values = Float32Array.of(65519.996, 65520, 1e30, -1e30, Infinity, 2 ** -25, -(2 ** -25), 1e-45, -0);
    expect([...float32ToHalf(values)]).toEqual([
      0x7bff, 0x7c00, 0x7c00, 0xfc00, 0x7c00, 0x0000, 0x8000, 0x0000, 0x8000,
    ]);
  });

  it('are written where the caller wants them, at any offset of a larger array', () => {
    const target = new Float32Array(4).fill(9);
    halfToFloat32(Uint16Array.of(0x3c00, 0x0001), target.subarray(1, 3));
    expect([...target]).toEqual([9, 1, 2 ** -24, 9]);
  });
});

describe('bfloat16', () => {
  it('is the upper half of a float32, for every bit pattern', () => {
    const words = bitsOf(bfloat16ToFloat32(allPatterns));
    expect(allPatterns.every((pattern) => words[pattern] === pattern * 0x10000)).toBe(true);
  });
});

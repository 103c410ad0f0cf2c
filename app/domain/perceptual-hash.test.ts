import { describe, expect, it } from 'vitest';
import { hammingDistance } from './perceptual-hash.ts';

describe('hammingDistance', () => {
  it('counts differing bits over the whole 64', () => {
    expect(hammingDistance('0000000000000000', '0000000000000000')).toBe(0);
    expect(hammingDistance('0000000000000000', 'ffffffffffffffff')).toBe(64);
    expect(hammingDistance('8000000000000000', '0000000000000001')).toBe(2);
    expect(hammingDistance('00000000f0000000', '0000000000000000')).toBe(4);
  });

  it('does not care about the case of the digits and is symmetric', () => {
    expect(hammingDistance('abcdef0123456789', 'ABCDEF0123456789')).toBe(0);
    expect(hammingDistance('00000000000000ff', '0f00000000000000')).toBe(12);
    expect(hammingDistance('0f00000000000000', '00000000000000ff')).toBe(12);
  });

  it('refuses what is not 16 hexadecimal digits', () => {
    expect(() => hammingDistance('ff', 'ff')).toThrow(RangeError);
    expect(() => hammingDistance('zz00000000000000', '0000000000000000')).toThrow(RangeError);
  });
});

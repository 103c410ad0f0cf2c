import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inkOn, letterOf } from './ink.ts';

function contrast(a: string, b: string): number {
  const light = (color: string) => {
    const [r, g, bl] = [1, 3, 5]
      .map((at) => parseInt(color.slice(at, at + 2), 16) / 255)
      .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r! + 0.7152 * g! + 0.0722 * bl!;
  };
  const [high, low] = [light(a), light(b)].sort((x, y) => y - x);
  return (high! + 0.05) / (low! + 0.05);
}

describe('the letter on a class colour', () => {
  it('can be read on every colour', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffffff }), (value) => {
        const color = `#${value.toString(16).padStart(6, '0')}`;
        expect(contrast(color, inkOn(color))).toBeGreaterThanOrEqual(4.5);
      }),
    );
  });

  it('is the key, and without one the first letter of the name', () => {
    expect(letterOf({ key: 'a', name: 'rust' })).toBe('A');
    expect(letterOf({ key: null, name: 'rust' })).toBe('R');
    expect(letterOf({ key: null, name: '𝒜b' })).toBe('𝒜');
  });
});

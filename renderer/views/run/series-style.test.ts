import { describe, expect, it } from 'vitest';
import { seriesStyle } from './series-style.ts';

function luminance(color: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const value = Number.parseInt(color.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

const contrast = (a: number, b: number): number => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);

describe('seriesStyle', () => {
  it('gives every one of twenty curves a style of its own', () => {
    const styles = Array.from({ length: 20 }, (_, at) => JSON.stringify(seriesStyle(at)));
    expect(new Set(styles).size).toBe(20);
  });

  it('can be seen on light and on dark ground', () => {
    for (let at = 0; at < 7; at++) {
      const { light, dark } = seriesStyle(at);
      expect(contrast(luminance(light), 1)).toBeGreaterThan(4.5);
      expect(contrast(luminance(dark), luminance('#1c1c1f'))).toBeGreaterThan(4.5);
    }
  });
});

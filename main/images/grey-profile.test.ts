import { describe, expect, it } from 'vitest';
import { greyProfileTable } from './grey-profile.ts';
import { encodeSrgb, gammaCurve, greyProfile, parametricCurve, sampledCurve } from './testing/icc.ts';
import { adobeRgbProfile } from './testing/icc.ts';

const levels = [0, 300, 9000, 30_000, 50_000, 65_535];

function expectTable(profile: Buffer, luminance: (x: number) => number): void {
  const table = greyProfileTable(profile);
  for (const v of levels) {
    expect(Math.abs((table?.[v] ?? -99) - 65_535 * encodeSrgb(luminance(v / 65_535))), String(v)).toBeLessThan(3);
  }
}

describe('greyProfileTable', () => {
  it('follows a gamma curve', () => {
    expectTable(greyProfile(gammaCurve(1.8)), (x) => x ** (461 / 256));
  });

  it('follows an identity curve (linear light)', () => {
    expectTable(greyProfile(sampledCurve([])), (x) => x);
  });

  it('interpolates a sampled curve (dot gain)', () => {
    expectTable(greyProfile(sampledCurve([0, 0.1, 1])), (x) => (x < 0.5 ? 0.2 * x : 0.1 + 1.8 * (x - 0.5)));
  });

  it('evaluates every kind of parametric curve', () => {
    expectTable(greyProfile(parametricCurve(0, [2])), (x) => x ** 2);
    expectTable(greyProfile(parametricCurve(1, [2, 1.25, -0.25])), (x) => (x >= 0.2 ? (1.25 * x - 0.25) ** 2 : 0));
    expectTable(greyProfile(parametricCurve(2, [2, 0.75, -0.25, 0.5])), (x) =>
      x >= 1 / 3 ? (0.75 * x - 0.25) ** 2 + 0.5 : 0.5,
    );
    // sRGB's own curve: values stay.
    expectTable(greyProfile(parametricCurve(3, [2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045])), (x) =>
      x >= 0.04045 ? ((x + 0.055) / 1.055) ** 2.4 : x / 12.92,
    );
    expectTable(greyProfile(parametricCurve(4, [2, 0.75, 0, 0.5, 0.25, 0.25, 0])), (x) =>
      x >= 0.25 ? (0.75 * x) ** 2 + 0.25 : 0.5 * x,
    );
  });

  it('leaves alone what is not a grey profile or is damaged', () => {
    const whole = greyProfile(gammaCurve(2.2));
    expect(greyProfileTable(adobeRgbProfile())).toBeUndefined();
    expect(greyProfileTable(Buffer.from('not a profile'))).toBeUndefined();
    for (let length = 0; length < whole.length - 16; length += 7) {
      expect(() => greyProfileTable(whole.subarray(0, length))).not.toThrow();
    }
  });
});

import { describe, expect, it } from 'vitest';
import { samePredictions } from './demo-reload.ts';

const known = [
  { path: 'a', label: 'x', logits: [3, -1] },
  { path: 'b', label: 'y', logits: [0, 2] },
];

describe('samePredictions', () => {
  it('accepts the same figures in any order, and rounding in the last bits', () => {
    expect(samePredictions(known, [...known].reverse())).toBe(true);
    expect(
      samePredictions(
        known,
        known.map((one) => ({ ...one, logits: one.logits.map((value) => value + 1e-5) })),
      ),
    ).toBe(true);
  });

  it('refuses another label, another logit, a missing photo and NaN', () => {
    const changed = (change: object): boolean => samePredictions(known, [{ ...known[0]!, ...change }, known[1]!]);
    expect(changed({})).toBe(true);
    expect(changed({ label: 'y' })).toBe(false);
    expect(changed({ logits: [3, -1.01] })).toBe(false);
    expect(changed({ logits: [3, NaN] })).toBe(false);
    expect(changed({ logits: [3] })).toBe(false);
    expect(changed({ path: 'c' })).toBe(false);
  });
});

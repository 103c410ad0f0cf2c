import { describe, expect, it } from 'vitest';
import { against, wilson } from './result-words.ts';

describe('wilson', () => {
  it('is wide for few photos and stays between 0 and 1', () => {
    const [low, high] = wilson(0.8, 10);
    expect(low).toBeCloseTo(0.49, 2);
    expect(high).toBeCloseTo(0.943, 2);
    expect(wilson(1, 5)[1]).toBe(1);
    expect(wilson(1, 5)[0]).toBeLessThan(0.6);
    expect(wilson(0, 5)[0]).toBe(0);
  });
});

describe('against', () => {
  it('counts the difference in photos, and doubts a small one', () => {
    expect(against(0.8, 0.75, 40)).toMatchObject({ photos: 2, chance: true });
    expect(against(0.9, 0.6, 400)).toMatchObject({ photos: 120, chance: false });
  });

  it('says so when the probe is better', () => {
    const { photos, points } = against(0.7, 0.75, 100);
    expect(photos).toBe(-5);
    expect(points).toBeCloseTo(-5);
  });

  it('does not call equal results a difference', () => {
    expect(against(1, 1, 20)).toMatchObject({ photos: 0, chance: true });
  });
});

import { describe, expect, it } from 'vitest';
import { confusionCells, moveCell, shade, worstPairs } from './confusion.ts';

const matrix = [
  [8, 2, 0],
  [0, 0, 0],
  [3, 0, 1],
];

describe('confusionCells', () => {
  it('shares out a label’s photos along its row', () => {
    const [first, second] = confusionCells(matrix);
    expect(first?.map(({ share }) => share)).toEqual([0.8, 0.2, 0]);
    expect(first?.[0]?.right).toBe(true);
    expect(first?.[1]?.right).toBe(false);
    expect(second?.every(({ share }) => share === 0)).toBe(true);
  });
});

describe('shade', () => {
  it('leaves an empty cell plain, lets one in a hundred be seen, and grows', () => {
    expect(shade(0)).toBe(0);
    expect(shade(0.01)).toBeGreaterThan(0.1);
    expect(shade(0.5)).toBeGreaterThan(shade(0.2));
    expect(shade(1)).toBeLessThanOrEqual(0.55);
  });
});

describe('moveCell', () => {
  it('goes by the arrows and stops at the edges', () => {
    expect(moveCell([1, 1], 'ArrowUp', 3, false)).toEqual([0, 1]);
    expect(moveCell([0, 2], 'ArrowUp', 3, false)).toEqual([0, 2]);
    expect(moveCell([2, 2], 'ArrowRight', 3, false)).toEqual([2, 2]);
  });

  it('jumps to the ends of the row, or of the matrix', () => {
    expect(moveCell([1, 1], 'Home', 3, false)).toEqual([1, 0]);
    expect(moveCell([1, 1], 'End', 3, true)).toEqual([2, 2]);
    expect(moveCell([1, 1], 'a', 3, false)).toBeNull();
  });
});

describe('worstPairs', () => {
  it('names the most frequent confusions and no right answers', () => {
    expect(worstPairs(matrix, 5).map(({ label, predicted, count }) => [label, predicted, count])).toEqual([
      [2, 0, 3],
      [0, 1, 2],
    ]);
  });
});

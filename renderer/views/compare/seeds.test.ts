import { describe, expect, it } from 'vitest';
import { runRow } from '../runs/testing/run-row.ts';
import { bestOf, finishedOnly, seedGroups, spread } from './seeds.ts';

describe('seedGroups', () => {
  const runs = [runRow(1), runRow(2), runRow(3), runRow(4)];

  it('takes runs together that differ by their seed alone', () => {
    const settings = [
      { name: 'Seed', values: ['0', '1', '2', '3'] },
      { name: 'Epochs', values: ['30', '30', '10', '30'] },
    ];
    expect(seedGroups({ runs, settings })).toEqual([{ members: [0, 1, 3] }]);
  });

  it('names no group of one', () => {
    const settings = [{ name: 'Epochs', values: ['1', '2', '3', '4'] }];
    expect(seedGroups({ runs, settings })).toEqual([]);
  });
});

describe('spread', () => {
  it('is the mean and the deviation of the sample', () => {
    const { mean, deviation, n } = spread([2, 4, 4, 4, 5, 5, 7, 9]) ?? { mean: 0, deviation: 0, n: 0 };
    expect(mean).toBe(5);
    expect(deviation).toBeCloseTo(2.138, 3);
    expect(n).toBe(8);
  });

  it('counts only runs that have a value', () => {
    expect(spread([0.5, null])).toEqual({ mean: 0.5, deviation: null, n: 1 });
    expect(spread([null])).toBeNull();
  });
});

describe('bestOf', () => {
  it('marks the better end, and all that share it', () => {
    expect(bestOf([0.9, 0.8, 0.9], 'high')).toEqual(new Set([0, 2]));
    expect(bestOf([3, null, 2], 'low')).toEqual(new Set([2]));
  });

  it('marks nothing where there is nothing to choose', () => {
    expect(bestOf([0.9, null], 'high').size).toBe(0);
    expect(bestOf([1, 1], 'high').size).toBe(0);
  });
});

describe('finishedOnly', () => {
  it('lets a run that broke off early win no prize for its short time', () => {
    const runs = [runRow(1), runRow(2, { state: 'failed' }), runRow(3)];
    const times = finishedOnly(runs, [90, 21, 80]);
    expect(times).toEqual([90, null, 80]);
    expect(bestOf(times, 'low')).toEqual(new Set([2]));
  });
});

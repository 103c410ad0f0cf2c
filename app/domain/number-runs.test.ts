import fc from 'fast-check';
import { expect, it } from 'vitest';
import { fromRuns, toRuns } from './number-runs.ts';

it('keeps neighbours as one run', () => {
  expect(toRuns([7, 3, 1, 2])).toEqual([1, 3, 7, 1]);
  expect(toRuns([])).toEqual([]);
});

it('gives back every set of numbers in ascending order', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 200 })), (values) => {
      expect(fromRuns(toRuns(values))).toEqual([...values].sort((a, b) => a - b));
    }),
  );
});

it('needs two numbers for a whole library', () => {
  expect(toRuns(Array.from({ length: 100_000 }, (_, at) => at + 5))).toEqual([5, 100_000]);
});

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readIds, writeIds } from './id-list.ts';

it('keeps the order of photos and writes neighbours once', () => {
  expect(writeIds([1, 2, 3, 7, 6, 5, 9, 10])).toBe('1-3,7,6,5,9-10');
  expect(readIds('1-3,7,6,5,9-10')).toEqual([1, 2, 3, 7, 6, 5, 9, 10]);
});

it('reads what it wrote, of any list', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 40 })), (ids) => {
      expect(readIds(writeIds(Int32Array.from(ids)))).toEqual(ids);
    }),
  );
});

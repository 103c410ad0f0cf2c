import { expect, it } from 'vitest';
import { classId, packId, runId } from '#app/domain/id-of.ts';
import type { Choice } from './filter.ts';
import { choiceOf, everything, filterOf, isNarrow, photoOf, queryOf } from './filter.ts';

const rich: Choice = {
  classes: [classId(3), null],
  split: 'none',
  state: 'missing',
  flagged: true,
  excluded: false,
  text: 'IMG 7',
  pack: packId(2),
  disagrees: true,
  below: 0.6,
  said: 'rust, early',
  confused: { run: runId(5), subset: 'test', label: 0, predicted: null },
  sort: 'uncertainty',
};

it('comes back from the address as it went into it', () => {
  expect(choiceOf(queryOf(rich))).toEqual(rich);
  expect(queryOf(everything)).toEqual({});
  expect(choiceOf({})).toEqual(everything);
});

it('passes over what makes no sense in an address', () => {
  expect(choiceOf({ class: 'x,-1,4', split: 'all', below: '7', pack: '0', sort: 'size', run: '3' })).toEqual({
    ...everything,
    classes: [classId(4)],
  });
});

it('orders by confidence only where a pack can be asked', () => {
  expect(choiceOf({ sort: 'confidence' }).sort).toBe('name');
  expect(choiceOf({ sort: 'confidence', pack: '1' }).sort).toBe('confidence');
});

it('names a pack to the core only where something is asked of it', () => {
  expect(filterOf({ ...everything, pack: packId(2) })).toEqual({});
  expect(filterOf({ ...everything, pack: packId(2), disagrees: true })).toEqual({ pack: 2, disagrees: true });
  expect(filterOf({ ...everything, pack: packId(2), sort: 'uncertainty' })).toEqual({ pack: 2 });
});

it('tells whether anything is left out', () => {
  expect(isNarrow(everything)).toBe(false);
  expect(isNarrow({ ...everything, sort: 'added', pack: packId(1) })).toBe(false);
  expect(isNarrow({ ...everything, flagged: false })).toBe(true);
});

it('finds the photo that a link leads to, which is no condition', () => {
  expect(photoOf({ photo: '42', flagged: '1' })).toBe(42);
  expect(photoOf({ photo: 'x' })).toBeNull();
  expect(choiceOf({ photo: '42' })).toEqual(everything);
});

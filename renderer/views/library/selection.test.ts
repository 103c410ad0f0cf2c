import { expect, it } from 'vitest';
import { photoId } from '#app/domain/id-of.ts';
import { carriedOver, choose, chooseAll, nothing, stepped, targetsOf } from './selection.ts';

const ids = Array.from({ length: 20 }, (_, i) => photoId(100 + i));
const grid = { columns: 4, rowsInSight: 3, total: 20 };

it('chooses one, a range from the last one, and single ones in and out', () => {
  let now = choose(nothing, ids, 3, 'only');
  expect([...now.photos]).toEqual([103]);
  now = choose(now, ids, 6, 'range');
  expect([...now.photos]).toEqual([103, 104, 105, 106]);
  now = choose(now, ids, 1, 'range');
  expect([...now.photos]).toEqual([101, 102, 103]);
  now = choose(now, ids, 9, 'toggle');
  now = choose(now, ids, 102 - 100, 'toggle');
  expect([...now.photos].sort()).toEqual([101, 103, 109]);
  expect(chooseAll(now, ids).photos.size).toBe(20);
});

it('is acted on as a whole, but where the photo under the cursor is seen alone', () => {
  const several = choose(choose(nothing, ids, 3, 'only'), ids, 5, 'range');
  expect(targetsOf(several, ids, false)).toEqual([103, 104, 105]);
  expect(targetsOf(several, ids, true)).toEqual([105]);
  const without = choose(several, ids, 4, 'toggle');
  expect(targetsOf(without, ids, true), 'also where it was taken out again').toEqual([104]);
  expect(targetsOf({ ...nothing, cursor: 2 }, ids, false)).toEqual([102]);
  expect(targetsOf(nothing, ids, true)).toEqual([]);
});

it('stays in the grid whichever way it steps', () => {
  expect(stepped(null, 'right', grid)).toBe(0);
  expect(stepped(0, 'left', grid)).toBe(0);
  expect(stepped(2, 'up', grid)).toBe(2);
  expect(stepped(2, 'down', grid)).toBe(6);
  expect(stepped(18, 'down', grid)).toBe(18);
  expect(stepped(5, 'pageDown', grid)).toBe(13);
  expect(stepped(5, 'pageUp', grid)).toBe(1);
  expect([stepped(7, 'first', grid), stepped(7, 'last', grid)]).toEqual([0, 19]);
});

it('keeps the chosen photos and the cursor where the view changes', () => {
  const chosen = choose(choose(nothing, ids, 3, 'only'), ids, 5, 'range');
  const rest = ids.filter((id) => id !== ids[4]);
  expect(carriedOver(chosen, ids, rest)).toEqual({ photos: new Set([103, 105]), cursor: 4, anchor: 4 });
  const without = ids.filter((id) => id !== ids[5]);
  expect(carriedOver(chosen, ids, without).cursor).toBe(5);
  expect(carriedOver(chosen, ids, [])).toEqual({ photos: new Set(), cursor: null, anchor: null });
});

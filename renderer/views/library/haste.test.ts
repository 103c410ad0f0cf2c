import { expect, it } from 'vitest';
import { createHaste } from './haste.ts';

it('takes a jump and ordinary scrolling for looking', () => {
  const haste = createHaste();
  expect(haste.moved(400, 1000)).toBe(false);
  expect(haste.moved(400, 1500)).toBe(false);
  const calm = Array.from({ length: 50 }, (_, i) => haste.moved(2, 2000 + 16 * i));
  expect(calm).not.toContain(true);
});

it('takes many photos in every frame for a flight, until it slows down', () => {
  const haste = createHaste();
  const flight = Array.from({ length: 5 }, (_, i) => haste.moved(30, 16 * i));
  expect(flight).toEqual([false, false, true, true, true]);
  const slow = Array.from({ length: 14 }, (_, i) => haste.moved(1, 80 + 16 * i));
  expect(slow.at(0)).toBe(true);
  expect(slow.at(-1)).toBe(false);
});

it('takes the turns of a wheel for looking, whose steps alone would be fast', () => {
  const haste = createHaste();
  const turns = Array.from({ length: 10 }, (_, turn) =>
    [0, 16, 32].map((after) => haste.moved(6, 100 * turn + after)),
  ).flat();
  expect(turns).not.toContain(true);
});

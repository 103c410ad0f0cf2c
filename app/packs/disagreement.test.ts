import fc from 'fast-check';
import { expect, it } from 'vitest';
import { disagreement, joinClasses } from './disagreement.ts';

const same = joinClasses([
  ['oak', 'rust'],
  ['oak', 'rust'],
]);

it('is nothing where all say the same, and whole where each is sure of another class', () => {
  expect(
    disagreement(same, [
      [0.8, 0.2],
      [0.8, 0.2],
    ]),
  ).toBe(0);
  expect(
    disagreement(same, [
      [1, 0],
      [0, 1],
    ]),
  ).toBe(1);
  expect(
    disagreement(same, [
      [0.9, 0.1],
      [0.6, 0.4],
    ]),
  ).toBeCloseTo(0.3, 12);
});

it('knows classes by their names, whatever their order and whoever lacks them', () => {
  const turned = joinClasses([
    ['oak', 'rust'],
    ['rust', 'oak'],
    ['rust', 'birch'],
  ]);
  expect(turned.size).toBe(3);
  expect(
    disagreement(turned, [
      [0.7, 0.3],
      [0.3, 0.7],
      [0.3, 0.7],
    ]),
  ).toBeCloseTo((0 + 0.7 + 0.7) / 3, 12);
});

it('lies between 0 and 1 and does not hang on the order of the packs', () => {
  const shares = fc.array(fc.double({ min: 0.001, max: 1, noNaN: true }), { minLength: 3, maxLength: 3 }).map((all) => {
    const sum = all.reduce((a, b) => a + b, 0);
    return all.map((one) => one / sum);
  });
  const joined = joinClasses(Array.from({ length: 3 }, () => ['a', 'b', 'c']));
  fc.assert(
    fc.property(shares, shares, shares, (one, two, three) => {
      const there = disagreement(joined, [one, two, three]);
      expect(there).toBeGreaterThanOrEqual(0);
      expect(there).toBeLessThanOrEqual(1 + 1e-12);
      expect(disagreement(joined, [three, one, two])).toBeCloseTo(there, 12);
    }),
  );
});

import { expect, it } from 'vitest';
import { timeLeft } from './time-left.ts';

function clock() {
  let at = 0;
  return { now: () => at, pass: (seconds: number) => (at += 1000 * seconds) };
}

it('says nothing at first, and then what the pace so far means for the rest', () => {
  const { now, pass } = clock();
  const left = timeLeft(now);
  expect(left.next(0, 100)).toBeNull();
  pass(0.5);
  expect(left.next(5, 100)).toBeNull();
  pass(0.5);
  expect(left.next(10, 100)).toBeCloseTo(9);
});

it('follows a machine that got slower', () => {
  const { now, pass } = clock();
  const left = timeLeft(now);
  left.next(0, 100);
  pass(2);
  expect(left.next(20, 100)).toBeCloseTo(8);
  pass(10);
  expect(left.next(30, 100)).toBeGreaterThan(8);
});

it('starts anew with another phase, and says nothing where the total is not known', () => {
  const { now, pass } = clock();
  const left = timeLeft(now);
  left.next(0, 100);
  pass(5);
  expect(left.next(50, 100)).toBeCloseTo(5);
  expect(left.next(0, 10)).toBeNull();
  pass(5);
  expect(left.next(1, null)).toBeNull();
});

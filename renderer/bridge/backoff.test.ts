import { expect, it } from 'vitest';
import { nextDelay } from './backoff.ts';

it('tries soon at first and never waits longer than five seconds', () => {
  expect([0, 1, 2, 3, 4, 5, 50].map(nextDelay)).toEqual([250, 500, 1000, 2000, 4000, 5000, 5000]);
});

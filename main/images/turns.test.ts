import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { inSlices } from './slices.ts';
import { Turns } from './turns.ts';

describe('Turns', () => {
  it('never lets more than its capacity run, and everybody in the order of asking', async () => {
    const turns = new Turns(10);
    const started: number[] = [];
    let running = 0;
    let most = 0;
    const weights = [3, 3, 3, 3, 99, 1, 10, 5];
    await Promise.all(
      weights.map((weight, i) =>
        turns.take(weight, async () => {
          started.push(i);
          running += Math.min(weight, 10);
          most = Math.max(most, running);
          await nextTurn();
          running -= Math.min(weight, 10);
        }),
      ),
    );
    expect(started).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(most).toBe(10);
  });

  it('gives the turn back when the work fails', async () => {
    const turns = new Turns(1);
    await expect(turns.take(1, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await turns.take(1, () => Promise.resolve('next'))).toBe('next');
  });
});

describe('inSlices', () => {
  it('covers the whole length once, in whole steps, and lets others run in between', async () => {
    const ranges: [number, number][] = [];
    let others = 0;
    const timer = setInterval(() => others++, 0);
    const length = 9_000_003;
    await inSlices(length, 3, (start, end) => {
      ranges.push([start, end]);
      const until = performance.now() + 3;
      while (performance.now() < until);
    });
    clearInterval(timer);
    expect(ranges[0]?.[0]).toBe(0);
    expect(ranges.at(-1)?.[1]).toBe(length);
    ranges.slice(1).forEach(([start], i) => expect(start).toBe(ranges[i]?.[1]));
    expect(ranges.every(([start]) => start % 3 === 0)).toBe(true);
    expect(others).toBeGreaterThan(0);
  });
});

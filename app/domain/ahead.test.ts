import { describe, expect, it } from 'vitest';
import { ahead } from './ahead.ts';

/** Steps that end when they are told to. */
function gates() {
  const begun: number[] = [];
  const ends = new Map<number, { end: (value: number) => void; fail: (error: Error) => void }>();
  const step = (item: number): Promise<number> =>
    new Promise((end, fail) => {
      begun.push(item);
      ends.set(item, { end, fail });
    });
  const of = (item: number) => ends.get(item) ?? expect.fail(`${item} has not begun`);
  return {
    begun,
    step,
    end: (item: number) => of(item).end(10 * item),
    fail: (item: number) => of(item).fail(new Error('no')),
  };
}

async function all<T>(results: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const result of results) found.push(result);
  return found;
}

const settled = (): Promise<void> => new Promise((done) => setImmediate(done));

describe('work that runs ahead', () => {
  it('keeps the order, whatever ends first, and never has more under way than it may', async () => {
    const { begun, step, end } = gates();
    const results = ahead([1, 2, 3, 4, 5], 1, step);
    const first = results.next();
    await settled();
    expect(begun).toEqual([1, 2]);
    end(2);
    end(1);
    expect(await first).toEqual({ done: false, value: 10 });
    await settled();
    expect(begun).toEqual([1, 2]);
    expect(await results.next()).toEqual({ done: false, value: 20 });
    const rest = all(results);
    for (const item of [3, 4, 5]) {
      await settled();
      end(item);
    }
    expect(await rest).toEqual([30, 40, 50]);
  });

  it('feeds one stage from another', async () => {
    const doubled = ahead([1, 2, 3], 1, (n) => Promise.resolve(2 * n));
    const words = ahead(doubled, 2, (n) => Promise.resolve(`<${n}>`));
    expect(await all(words)).toEqual(['<2>', '<4>', '<6>']);
    expect(await all(ahead([], 3, step0))).toEqual([]);
  });

  it('hands on what came before a failure, and then fails', async () => {
    const { step, end, fail } = gates();
    const results = ahead([1, 2, 3], 2, step);
    const first = results.next();
    await settled();
    fail(2);
    fail(3);
    end(1);
    expect(await first).toEqual({ done: false, value: 10 });
    await expect(results.next()).rejects.toThrow('no');
    expect(await results.next()).toEqual({ done: true, value: undefined });
  });

  it('waits for what is under way where somebody leaves early, and tells its source', async () => {
    const { step, end } = gates();
    let closed = false;
    function* source() {
      try {
        for (let item = 1; ; item++) yield item;
      } finally {
        closed = true;
      }
    }
    const results = ahead(source(), 1, step);
    const first = results.next();
    await settled();
    end(1);
    await first;
    let left = false;
    const leaving = results.return().then(() => (left = true));
    await settled();
    expect(left).toBe(false);
    end(2);
    await leaving;
    expect(closed).toBe(true);
  });
});

const step0 = (n: number): Promise<number> => Promise.resolve(n);

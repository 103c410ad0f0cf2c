import { expect, it } from 'vitest';
import { NewestFirst } from './newest-first.ts';

/** Work that ends when it is told to, and a list of what was begun. */
function bench() {
  const begun: string[] = [];
  const ends = new Map<string, PromiseWithResolvers<string>>();
  const signals = new Map<string, AbortSignal>();
  const work = (name: string) => (signal: AbortSignal) => {
    begun.push(name);
    signals.set(name, signal);
    const end = Promise.withResolvers<string>();
    ends.set(name, end);
    return end.promise;
  };
  return { begun, signals, work, end: (name: string) => ends.get(name)?.resolve(name.toUpperCase()) };
}

it('does what was asked for last first, and no more at once than it may', async () => {
  const { begun, work, end } = bench();
  const turns = new NewestFirst<string>(1);
  const all = ['a', 'b', 'c'].map((name) => turns.take(name, work(name)));
  expect(begun).toEqual(['a']);
  end('a');
  await all[0];
  await expect.poll(() => begun).toEqual(['a', 'c']);
  end('c');
  await expect.poll(() => begun).toEqual(['a', 'c', 'b']);
  end('b');
  expect(await Promise.all(all)).toEqual(['A', 'B', 'C']);
});

it('does the same work once for all who ask for it meanwhile', async () => {
  const { begun, work, end } = bench();
  const turns = new NewestFirst<string>(2);
  const both = [turns.take('a', work('a')), turns.take('a', work('a'))];
  end('a');
  expect(await Promise.all(both)).toEqual(['A', 'A']);
  expect(begun).toEqual(['a']);
});

it('does not begin what nobody waits for any more, and stops what is under way', async () => {
  const { begun, signals, work, end } = bench();
  const turns = new NewestFirst<string>(1);
  const [first, second] = [new AbortController(), new AbortController()];
  const a = turns.take('a', work('a'), first.signal);
  const b = turns.take('b', work('b'), second.signal);
  second.abort();
  await expect(b).rejects.toMatchObject({ kind: 'cancelled' });
  first.abort();
  await expect(a).rejects.toMatchObject({ kind: 'cancelled' });
  expect(signals.get('a')?.aborted).toBe(true);
  end('a');
  const c = turns.take('c', work('c'));
  await expect.poll(() => begun).toEqual(['a', 'c']);
  end('c');
  expect(await c).toBe('C');
});

it('goes on for those who still wait', async () => {
  const { signals, work, end } = bench();
  const turns = new NewestFirst<string>(1);
  const gone = new AbortController();
  const left = turns.take('a', work('a'), gone.signal);
  const stays = turns.take('a', work('a'));
  gone.abort();
  await expect(left).rejects.toMatchObject({ kind: 'cancelled' });
  expect(signals.get('a')?.aborted).toBe(false);
  end('a');
  expect(await stays).toBe('A');
});

it('tells everybody of a failure and tries again when asked again', async () => {
  const turns = new NewestFirst<string>(1);
  const failing = (): Promise<string> => Promise.reject(new Error('broken'));
  await expect(Promise.all([turns.take('a', failing), turns.take('a', failing)])).rejects.toThrow('broken');
  expect(await turns.take('a', () => Promise.resolve('A'))).toBe('A');
});

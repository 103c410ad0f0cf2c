import { expect, it } from 'vitest';
import { createTurns } from './turns.ts';

it('lets one wait for another of the same key, and not for others', async () => {
  const turns = createTurns<string>();
  const order: string[] = [];
  const step = (name: string) => async (): Promise<void> => {
    order.push(`${name} begins`);
    await new Promise((resolve) => setTimeout(resolve, 5));
    order.push(`${name} ends`);
  };
  const broken = turns.take('a', undefined, async () => {
    await step('one')();
    throw new Error('broke off');
  });
  await Promise.all([
    expect(broken).rejects.toThrow('broke off'),
    turns.take('a', undefined, step('two')),
    turns.take('b', undefined, step('other')),
  ]);
  expect(order.filter((line) => !line.startsWith('other'))).toEqual([
    'one begins',
    'one ends',
    'two begins',
    'two ends',
  ]);
  expect(order.indexOf('other begins')).toBe(1);
});

it('gives up waiting when it is cancelled, and those behind go on waiting', async () => {
  const turns = createTurns<string>();
  const stop = new AbortController();
  let end = (): void => undefined;
  const first = turns.take('a', undefined, () => new Promise<void>((resolve) => (end = resolve)));
  const second = turns.take('a', stop.signal, () => Promise.resolve('not reached'));
  let begun = false;
  const third = turns.take('a', undefined, async () => {
    begun = true;
  });
  stop.abort();
  await expect(second).rejects.toMatchObject({ kind: 'cancelled' });
  await new Promise((resolve) => setTimeout(resolve, 0));
  expect(begun).toBe(false);
  end();
  await Promise.all([first, third]);
  expect(begun).toBe(true);
});

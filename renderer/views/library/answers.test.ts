import { expect, it, vi } from 'vitest';
import { createAnswers } from './answers.ts';

it('asks once for the same, until something has changed', async () => {
  const answers = createAnswers<string>();
  const ask = vi.fn((): Promise<string> => Promise.resolve('ten photos'));
  expect(await answers.to('rust', ask)).toBe('ten photos');
  expect(await answers.to('rust', ask)).toBe('ten photos');
  expect(ask).toHaveBeenCalledTimes(1);
  answers.forget();
  await answers.to('rust', ask);
  expect(ask).toHaveBeenCalledTimes(2);
});

it('asks again after a failure', async () => {
  const answers = createAnswers<string>();
  await expect(answers.to('rust', () => Promise.reject(new Error('line lost')))).rejects.toThrow('line lost');
  expect(await answers.to('rust', () => Promise.resolve('ten photos'))).toBe('ten photos');
});

it('does not keep what was on its way when something changed', async () => {
  const answers = createAnswers<string>();
  const { promise, resolve } = Promise.withResolvers<string>();
  const first = answers.to('rust', () => promise);
  answers.forget();
  resolve('before the change');
  expect(await first).toBe('before the change');
  expect(await answers.to('rust', () => Promise.resolve('after it'))).toBe('after it');
});

it('drops what was used longest ago', async () => {
  const answers = createAnswers<string>(2);
  const ask = (text: string) => () => Promise.resolve(text);
  await answers.to('a', ask('a1'));
  await answers.to('b', ask('b1'));
  await answers.to('a', ask('a2'));
  await answers.to('c', ask('c1'));
  expect(await answers.to('a', ask('a3'))).toBe('a1');
  expect(await answers.to('b', ask('b2'))).toBe('b2');
});

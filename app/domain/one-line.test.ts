import { expect, it } from 'vitest';
import { isOneLine, oneLine } from './one-line.ts';

it.each([
  ['a line break', 'a\nb'],
  ['a zero', 'a\0b'],
  ['a separator of lines', 'a\u2028b'],
  ['a turn of the writing direction', 'a\u202eb'],
  ['half a character', 'a\ud800b'],
])('takes %s off a line', (_what, text) => {
  expect([isOneLine(text), oneLine(text)]).toEqual([false, 'a b']);
});

it('leaves every other text alone', () => {
  for (const text of ['Quercus robur 🌳', '=1+1', '<b>', 'עץ'])
    expect([isOneLine(text), oneLine(text)]).toEqual([true, text]);
});

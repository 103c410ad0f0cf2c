import { describe, expect, it } from 'vitest';
import { parseSeeds } from './seeds.ts';

describe('parseSeeds', () => {
  it.each([
    ['0', [0]],
    ['1, 2, 5-7', [1, 2, 5, 6, 7]],
    ['3 1 2', [3, 1, 2]],
    [' 4 - 6 ', [4, 5, 6]],
    ['1-3, 2', [1, 2, 3]],
  ])('reads %j', (text, seeds) => {
    expect(parseSeeds(text)).toEqual({ seeds, problem: null });
  });

  it.each([
    ['', 'at least one seed'],
    [' , ', 'at least one seed'],
    ['a', '"a" is not a seed'],
    ['1, -2', 'is not a seed'],
    ['1.5', '"1.5" is not a seed'],
    ['7-5', 'runs backwards'],
    ['0-100', 'More than 100 seeds'],
    ['0-999999999999999', 'More than 100 seeds'],
  ])('refuses %j with words', (text, words) => {
    const { seeds, problem } = parseSeeds(text);
    expect(seeds).toBeNull();
    expect(problem).toContain(words);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseLearningRates } from './learning-rates.ts';
import { membersOf, tooMany } from './members.ts';

describe('parseLearningRates', () => {
  it.each([
    ['', []],
    [' , ', []],
    ['3e-3', [3e-3]],
    ['1e-3, 3e-3', [1e-3, 3e-3]],
    ['0.01 .003;1E-3', [0.01, 0.003, 0.001]],
    ['1e-4 to 1e-1 by 10', [1e-4, 1e-3, 1e-2, 1e-1]],
    ['1e-4..1e-2x10', [1e-4, 1e-3, 1e-2]],
    ['1e-3 – 8.1e-2 × 3', [1e-3, 3e-3, 9e-3, 2.7e-2, 8.1e-2]],
    ['1e-3 to 9e-3 by 2, 0.05', [1e-3, 2e-3, 4e-3, 8e-3, 0.05]],
    ['3e-3 to 3e-3 by 10', [3e-3]],
  ])('reads %j', (text, rates) => {
    expect(parseLearningRates(text)).toEqual({ rates, problem: null });
  });

  it.each([
    ['fast', '"fast" is not a learning rate'],
    ['1e-3, 1e', '"1e" is not a learning rate'],
    ['1e999', '"1e999" is not a learning rate'],
    ['0x10', '"0x10" is not a learning rate'],
    ['1e-3-1e-2', '"1e-3-1e-2" is not a learning rate'],
    ['1e-3..1e-2..1e-1', 'is not a learning rate'],
    ['0', '0 is not above 0'],
    ['0,003', '0 is not above 0'],
    ['-1e-3', '-1e-3 is not above 0'],
    ['1e-999', '1e-999 is not above 0'],
    ['1e-3, 0.001', '0.001 is there twice'],
    ['1e-4 to 1e-2 by 10, 1e-3', '0.001 is there twice'],
    ['1e-4 to 1e-2', 'needs a factor'],
    ['1e-4 to 1e-2 by', 'needs a factor'],
    ['1e-4 to 1e-2 by 1', 'never ends'],
    ['1e-4 to 1e-2 by -10', 'never ends'],
    ['1e-2 to 1e-4 by 10', 'runs backwards'],
    ['0 to 1 by 10', '0 is not above 0'],
    ['1e-4 to 1 by 1.01', 'More than 100 learning rates'],
  ])('refuses %j with words', (text, words) => {
    const { rates, problem } = parseLearningRates(text);
    expect(rates).toBeNull();
    expect(problem).toContain(words);
  });

  it('gives back what was written, whatever the numbers', () => {
    const rate = fc.double({ min: 1e-12, max: 10, noNaN: true });
    fc.assert(
      fc.property(fc.uniqueArray(rate, { maxLength: 100 }), (rates) => {
        expect(parseLearningRates(rates.join(', '))).toEqual({ rates, problem: null });
      }),
    );
  });

  it('comes to an end with a few rates above 0, or words, whatever is typed', () => {
    const piece = fc.constantFrom('1', '0', 'e', '-', '.', '..', ' to ', ' by ', 'x', '*', '×', ',', ' ', '9', '+');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 14 }), (pieces) => {
        const { rates, problem } = parseLearningRates(pieces.join(''));
        if (rates === null) expect(problem).toMatch(/\.$/);
        else expect(rates.length <= 100 && rates.every((rate) => rate > 0 && Number.isFinite(rate))).toBe(true);
      }),
    );
  });
});

describe('the runs of both fields', () => {
  it('are one for each rate and seed, and the recipe is one rate', () => {
    expect(membersOf({ seeds: [0, 1, 2] }, parseLearningRates(''))).toEqual({ seeds: 3, learningRates: 1 });
    expect(membersOf({ seeds: [0, 1, 2] }, parseLearningRates('1e-3 3e-3'))).toEqual({ seeds: 3, learningRates: 2 });
    expect(membersOf({ seeds: null }, parseLearningRates('what'))).toEqual({ seeds: 1, learningRates: 1 });
  });

  it('are at most a hundred together', () => {
    expect(tooMany({ seeds: 50, learningRates: 2 })).toBeNull();
    expect(tooMany({ seeds: 51, learningRates: 2 })).toContain('102 runs, more than 100 at once');
  });
});

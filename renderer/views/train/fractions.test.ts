import { describe, expect, it } from 'vitest';
import { fractionsOf, percentProblem, usualPercents } from './fractions.ts';

describe('shares of a split', () => {
  it('have to make a whole', () => {
    expect(percentProblem(usualPercents)).toBeNull();
    expect(percentProblem({ train: 70, validation: 15, test: 10 })).toContain('95%');
  });

  it('need photos to learn from', () => {
    expect(percentProblem({ train: 0, validation: 50, test: 50 })).toContain('learn from');
  });

  it('become fractions', () => {
    expect(fractionsOf({ train: 60, validation: 20, test: 20 })).toEqual({ train: 0.6, validation: 0.2, test: 0.2 });
  });
});

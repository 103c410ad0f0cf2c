/** Shares of a split in whole percent, as they are typed. */
import { DEFAULT_FRACTIONS } from '#app/domain/draw-split.ts';
import type { SplitFractions } from '#app/domain/split.ts';

export interface Percents {
  readonly train: number;
  readonly validation: number;
  readonly test: number;
}

export const usualPercents: Percents = {
  train: Math.round(100 * DEFAULT_FRACTIONS.train),
  validation: Math.round(100 * DEFAULT_FRACTIONS.validation),
  test: Math.round(100 * DEFAULT_FRACTIONS.test),
};

/** Null when all is well. */
export function percentProblem({ train, validation, test }: Percents): string | null {
  const sum = train + validation + test;
  if (train <= 0) return 'Some photos are needed to learn from.';
  return sum === 100 ? null : `The three shares add up to ${sum}%. They have to make 100%.`;
}

export function fractionsOf({ train, validation, test }: Percents): SplitFractions {
  return { train: train / 100, validation: validation / 100, test: test / 100 };
}

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { classScores, confusionMatrix, evaluate, macroF1, probabilities, topClass } from './metrics.ts';

describe('evaluate', () => {
  it('agrees with figures worked out by hand', () => {
    const logits = [0, Math.log(3), Math.log(3), 0, 0, Math.log(3), Math.log(3), 0];
    const result = evaluate(logits, [1, 0, 0, 1], 2);
    expect(result.accuracy).toBe(0.5);
    expect(result.loss).toBeCloseTo(-(2 * Math.log(0.75) + 2 * Math.log(0.25)) / 4, 12);
    expect(result.macroF1).toBeCloseTo(0.5, 12);
  });

  it('does not overflow for large logits', () => {
    expect(evaluate([1e4, 0], [1], 2).loss).toBeCloseTo(1e4, 6);
    expect(probabilities([1e4, 0])).toEqual([1, 0]);
  });

  it('says 0 where there is nothing to judge', () => {
    expect(evaluate([], [], 3)).toEqual({ loss: 0, accuracy: 0, macroF1: 0 });
  });
});

describe('the confusion matrix', () => {
  it('has labels in rows and predictions in columns', () => {
    expect(confusionMatrix([0, 0, 1], [0, 1, 1], 2)).toEqual([
      [1, 1],
      [0, 1],
    ]);
    expect(() => confusionMatrix([2], [0], 2)).toThrow(RangeError);
  });

  it('leaves out of macro-F1 a class that nobody names, and counts 0 for one that is only predicted', () => {
    expect(macroF1(confusionMatrix([0, 1], [0, 1], 3))).toBe(1);
    expect(macroF1(confusionMatrix([0, 1], [0, 2], 3))).toBeCloseTo(1 / 3, 12);
  });

  it('gives precision, recall and F1 that agree with counting', () => {
    const pairs = fc.array(fc.tuple(fc.nat(3), fc.nat(3)), { minLength: 1, maxLength: 50 });
    fc.assert(
      fc.property(pairs, (list) => {
        const scores = classScores(
          confusionMatrix(
            list.map(([label]) => label),
            list.map(([, guess]) => guess),
            4,
          ),
        );
        scores.forEach((score, c) => {
          const hits = list.filter(([label, guess]) => label === c && guess === c).length;
          const labelled = list.filter(([label]) => label === c).length;
          const guessed = list.filter(([, guess]) => guess === c).length;
          expect(score.support).toBe(labelled);
          expect(score.recall).toBeCloseTo(labelled === 0 ? 0 : hits / labelled, 12);
          expect(score.precision).toBeCloseTo(guessed === 0 ? 0 : hits / guessed, 12);
          expect(score.f1).toBeCloseTo(hits === 0 ? 0 : (2 * hits) / (labelled + guessed), 12);
        });
      }),
    );
  });
});

describe('topClass', () => {
  it('takes the first of equal logits', () => {
    expect(topClass([1, 2, 2])).toBe(1);
    expect(topClass([-1])).toBe(0);
  });
});

import { describe, expect, it } from 'vitest';
import { changeRecipe, chooseRecipe, newForm, recipeOf, toRequest, withLearningRate } from './form.ts';

describe('learning rates beside the recipe', () => {
  it('are the recipe’s number where there is one, and leave it alone where there are several or none', () => {
    expect(withLearningRate(newForm, [1e-4]).changes).toEqual({ learningRate: 1e-4 });
    expect(withLearningRate(newForm, [3e-3]).changes).toEqual({});
    for (const rates of [[], [1e-4, 1e-3], null]) expect(withLearningRate(newForm, rates)).toBe(newForm);
  });
});

describe('toRequest', () => {
  it('asks for the rules of the house where nothing was chosen', () => {
    expect(toRequest(newForm).request).toEqual({
      split: null,
      backbone: null,
      method: 'dtl+',
      methodSettings: {},
      recipe: 'default',
      recipeChanges: {},
      device: null,
      threads: null,
      weights: 'float32',
      fit: 'squash',
      sixteenBit: 'full-range',
    });
  });

  it('carries the side network’s settings', () => {
    const form = { ...newForm, side: { rank: 4, kernel: 3 as const }, adapt: 'every' as const, extractBlocks: '0-3' };
    expect(toRequest(form).request?.methodSettings).toEqual({
      rank: 4,
      kernel: 3,
      extract: [0, 1, 2, 3],
      adapt: 'all',
    });
  });

  it('keeps a kernel from DTL, and everything from a linear probe', () => {
    const form = { ...newForm, side: { rank: 4, kernel: 3 as const } };
    expect(toRequest({ ...form, method: 'dtl' }).request?.methodSettings).toEqual({ rank: 4 });
    expect(toRequest({ ...form, method: 'linear' }).request?.methodSettings).toEqual({});
  });

  it('says which blocks it cannot read', () => {
    const asked = toRequest({ ...newForm, adapt: 'chosen', adaptBlocks: 'six', extractBlocks: '3-1' });
    expect(asked.request).toBeNull();
    expect(asked.problems).toEqual([
      expect.stringContaining('"3-1" names no blocks to take from'),
      expect.stringContaining('"six" names no blocks to add to'),
    ]);
  });
});

describe('the recipe’s changes', () => {
  it('hold only what differs from the recipe', () => {
    const changed = changeRecipe(newForm, 'epochs', 6);
    expect(changed.changes).toEqual({ epochs: 6 });
    expect(recipeOf(changed)).toMatchObject({ epochs: 6, cosineEpochs: 6 });
    expect(changeRecipe(changed, 'epochs', 30).changes).toEqual({});
    expect(changeRecipe(changed, 'epochs', null).changes).toEqual({});
  });

  it('know a value that follows from another change for the recipe’s own', () => {
    const changed = changeRecipe(newForm, 'epochs', 6);
    expect(changeRecipe(changed, 'cosineEpochs', 6).changes).toEqual({ epochs: 6 });
    expect(changeRecipe(changed, 'cosineEpochs', 9).changes).toEqual({ epochs: 6, cosineEpochs: 9 });
  });

  it('go when another recipe is chosen', () => {
    expect(chooseRecipe(changeRecipe(newForm, 'epochs', 6), 'paper')).toMatchObject({ recipe: 'paper', changes: {} });
  });
});

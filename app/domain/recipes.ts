/** The two recipes that have a name; a run keeps the numbers, so changing them here changes no earlier run. */
import type { Recipe } from './run-config.ts';

/** Starts at the linear probe and builds on it in 30 epochs. */
export const defaultRecipe: Recipe = {
  start: 'probe',
  epochs: 30,
  batchSize: 32,
  learningRate: 3e-3,
  headLearningRateScale: 1,
  warmupEpochs: 3,
  warmupFrom: 1e-7,
  cosineEpochs: 30,
  learningRateFloor: 1e-6,
  weightDecay: 0.05,
  dropPath: 0,
  labelSmoothing: 0.1,
  classWeights: 'none',
  augmentation: 'none',
  dropLastBatch: false,
  keep: 'last',
};

/**
 * As published for VTAB-1k (arXiv 2312.07856): 10 epochs of warm-up from 1e-7, the cosine over 100 epochs to 1e-8, 10 more at
 * the floor. The paper chooses learning rate (1e-4 to 1e-2) and drop path (0 to 0.2) for each data set; these are their middle.
 */
export const paperRecipe: Recipe = {
  start: 'paper',
  epochs: 110,
  batchSize: 32,
  learningRate: 1e-3,
  headLearningRateScale: 1,
  warmupEpochs: 10,
  warmupFrom: 1e-7,
  cosineEpochs: 100,
  learningRateFloor: 1e-8,
  weightDecay: 0.05,
  dropPath: 0.1,
  labelSmoothing: 0,
  classWeights: 'none',
  augmentation: 'none',
  dropLastBatch: true,
  keep: 'last',
};

export type RecipeName = 'default' | 'paper';

export const recipes: Readonly<Record<RecipeName, Recipe>> = { default: defaultRecipe, paper: paperRecipe };

/** A recipe with some of its numbers replaced. Another number of epochs takes the cosine with it unless that is given too. */
export function adjustRecipe(base: Recipe, changes: Partial<Recipe>): Recipe {
  const epochs = changes.epochs ?? base.epochs;
  // The cosine ends where the run ends, or as far before its end as in the base recipe.
  const cosineEpochs = changes.cosineEpochs ?? Math.max(1, epochs - (base.epochs - base.cosineEpochs));
  const warmupEpochs = changes.warmupEpochs ?? Math.min(base.warmupEpochs, Math.max(0, epochs - 1));
  return { ...base, ...changes, epochs, cosineEpochs, warmupEpochs };
}

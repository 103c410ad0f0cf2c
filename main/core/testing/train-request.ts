/** The usual training, for tests that change what they are about. */
import type { TrainRequest } from '../use-cases.ts';

export const trainRequest: TrainRequest = {
  split: null,
  backbone: null,
  method: 'dtl+',
  methodSettings: {},
  recipe: 'default',
  recipeChanges: {},
  device: 'cpu',
  plan: {},
  seed: 0,
  fit: 'squash',
  sixteenBit: 'full-range',
  name: null,
  note: '',
};

/** A run of a few steps over photos that are drawn from their numbers, for tests of what a run does around its arithmetic. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Method } from '../adapters/method.ts';
import { Random } from '../data/random.ts';
import { EngineError } from '../errors.ts';
import type { BackboneSpec } from '../models/backbone-spec.ts';
import type { TrainHost, TrainOptions, TrainPhoto, TrainPlan, TrainRecipe } from '../train/types.ts';

export const SHORT_RUN_CLASSES = 3;

export const shortRunPhotos: readonly TrainPhoto[] = Array.from({ length: 18 }, (_, id) => ({
  id,
  label: id % SHORT_RUN_CLASSES,
  subset: id < 12 ? ('train' as const) : id < 15 ? ('validation' as const) : ('test' as const),
  content: createHash('sha256').update(String(id)).digest('hex'),
}));

export interface ShortRun {
  /** Of the test: features are shared by its runs. */
  readonly directory: string;
  readonly name: string;
  readonly weightsPath: string;
  readonly spec: BackboneSpec;
  readonly method: Method;
  readonly plan: Omit<TrainPlan, 'threads' | 'microBatch'>;
}

/** Two epochs. */
export const shortRecipe: TrainRecipe = {
  start: 'probe',
  epochs: 2,
  batchSize: 5,
  learningRate: 3e-3,
  headLearningRateScale: 1,
  warmupEpochs: 0,
  warmupFrom: 0,
  cosineEpochs: 2,
  learningRateFloor: 1e-6,
  weightDecay: 0.05,
  dropPath: 0,
  labelSmoothing: 0.1,
  classWeights: 'none',
  augmentation: 'none',
  dropLastBatch: false,
  keep: 'last',
};

/** Each epoch has three batches. */
export function shortRun({ directory, name, plan, ...others }: ShortRun): TrainOptions {
  return {
    ...others,
    directory: join(directory, name),
    tensorPrefix: '',
    normalisation: { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] },
    recipe: shortRecipe,
    plan: { threads: 1, microBatch: 3, ...plan },
    features: { folder: join(directory, 'features'), limitBytes: 1e8, backbone: 'tiny', preprocessing: 'none' },
    seed: 4,
    classes: SHORT_RUN_CLASSES,
    photos: shortRunPhotos,
    resume: false,
  };
}

export interface WatchedHost extends TrainHost {
  /** Photos that were decoded, by their ids. */
  readonly decoded: number[];
}

/** A host that counts the photos it decodes, and stops where `isOver` says so: asked with what was trained and how often it was asked. */
export function watchedHost(
  { imageSize }: BackboneSpec,
  isOver: (trained: number, asked: number) => boolean = () => false,
): WatchedHost {
  const decoded: number[] = [];
  let [trained, asked] = [0, 0];
  return {
    decoded,
    check: () => Promise.resolve(),
    pixels: ({ id, label }) => {
      decoded.push(id);
      const random = new Random(9, ['photo', id]);
      return Promise.resolve(
        Uint8Array.from({ length: 3 * imageSize ** 2 }, () => 80 + 30 * label + 90 * random.uniform()),
      );
    },
    progress: (phase) => {
      if (phase === 'training') trained++;
    },
    epoch: () => '',
    epochAgain: () => undefined,
    checkpoint: () => undefined,
    photoFailed: ({ id }, reason) => {
      throw new Error(`photo ${id}: ${reason}`);
    },
    checkStopped: () =>
      isOver(trained, ++asked) ? Promise.reject(new EngineError('stopped', 'stop')) : Promise.resolve(),
  };
}

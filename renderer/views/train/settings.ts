/** The settings of a recipe in plain words, each with the name that the field has for it. */
import type { DeviceChoice } from '#app/domain/device.ts';
import { deviceTitles, providers } from '#app/domain/device.ts';
import type { Recipe } from '#app/domain/run-config.ts';

export type NumberKey = { [K in keyof Recipe]: Recipe[K] extends number ? K : never }[keyof Recipe];

export interface NumberSetting {
  readonly key: NumberKey;
  readonly label: string;
  /** The field's term, and what it does. */
  readonly term: string;
  readonly min: number;
  readonly max: number;
  readonly step: number;
  /** Small enough to be written as `1e-7`. */
  readonly tiny?: true;
}

export const mainNumbers: readonly NumberSetting[] = [
  {
    key: 'epochs',
    label: 'Passes over the photos',
    term: 'Epochs: how often each training photo is seen. More takes longer and, past some point, helps no more.',
    min: 1,
    max: 10_000,
    step: 1,
  },
  {
    key: 'dropPath',
    label: 'Skip blocks at random',
    term: 'Drop path (stochastic depth): the share of photos for which the last block is left out while training. Guards against learning by heart; turns the feature cache off.',
    min: 0,
    max: 0.9,
    step: 0.05,
  },
];

export const moreNumbers: readonly NumberSetting[] = [
  {
    key: 'learningRate',
    label: 'Step size',
    term: 'Learning rate: the peak of the side network’s. Too high and the loss jumps, too low and it hardly falls.',
    min: 1e-9,
    max: 10,
    step: 0.001,
    tiny: true,
  },
  {
    key: 'headLearningRateScale',
    label: 'Step size of the head',
    term: 'The head’s learning rate as a multiple of the side network’s.',
    min: 0,
    max: 1000,
    step: 0.5,
  },
  {
    key: 'batchSize',
    label: 'Photos per update',
    term: 'Batch size. Memory does not depend on it: batches are worked off in small parts.',
    min: 1,
    max: 4096,
    step: 8,
  },
  {
    key: 'labelSmoothing',
    label: 'Doubt in the labels',
    term: 'Label smoothing: the share of each target that is spread over all classes. Helps where some labels are wrong.',
    min: 0,
    max: 0.9,
    step: 0.05,
  },
  {
    key: 'weightDecay',
    label: 'Pull towards zero',
    term: 'Weight decay of AdamW, none on biases.',
    min: 0,
    max: 10,
    step: 0.01,
  },
  {
    key: 'warmupEpochs',
    label: 'Gentle start',
    term: 'Warm-up: epochs in which the learning rate rises to its peak.',
    min: 0,
    max: 10_000,
    step: 1,
  },
  {
    key: 'warmupFrom',
    label: 'Start of the gentle start',
    term: 'The learning rate at which the warm-up begins.',
    min: 0,
    max: 1,
    step: 1e-7,
    tiny: true,
  },
  {
    key: 'cosineEpochs',
    label: 'Slow down until epoch',
    term: 'Cosine schedule: the epoch at which the learning rate reaches its lowest value.',
    min: 1,
    max: 10_000,
    step: 1,
  },
  {
    key: 'learningRateFloor',
    label: 'Smallest step',
    term: 'The lowest learning rate, at the end of the cosine.',
    min: 0,
    max: 1,
    step: 1e-6,
    tiny: true,
  },
];

export const methods = [
  {
    value: 'dtl+',
    label: 'DTL+',
    description:
      'A small side network learns what the backbone misses, with a look at neighbouring patches. The usual choice.',
    term: 'Disentangled transfer learning with one shared depthwise convolution',
  },
  {
    value: 'dtl',
    label: 'DTL',
    description: 'The same without the look at neighbours: fewer numbers to train, a little faster.',
    term: 'Disentangled transfer learning: a compact side network of low-rank maps',
  },
  {
    value: 'linear',
    label: 'Linear probe',
    description:
      'Only a final layer on what the backbone already sees. Seconds instead of minutes; the yardstick for the others.',
    term: 'Multinomial logistic regression on frozen pooled features',
  },
] as const;

export const recipeChoices = [
  {
    value: 'default',
    label: 'Default',
    description: 'Starts from the linear probe and improves on it. 30 passes.',
  },
  {
    value: 'paper',
    label: 'As published',
    description: 'The authors’ own schedule: starts from nothing, 110 passes. Takes several times as long.',
  },
] as const;

export const augmentations = [
  { value: 'none', label: 'None: photos as they are' },
  { value: 'flip', label: 'Mirror left and right' },
  { value: 'flip-shift', label: 'Mirror and shift a little' },
] as const;

export const classWeightings = [
  { value: 'none', label: 'Every photo counts the same' },
  { value: 'balanced', label: 'Every class counts the same' },
] as const;

export const keeps = [
  { value: 'last', label: 'Of the last pass' },
  { value: 'best', label: 'Of the pass best on validation' },
] as const;

export const fits = [
  { value: 'squash', label: 'Squash: the whole photo, distorted' },
  { value: 'crop', label: 'Crop: the middle square' },
  { value: 'pad', label: 'Pad: the whole photo with borders' },
] as const;

export const sixteenBits = [
  { value: 'full-range', label: 'Full range: black is 0, white is 65,535' },
  { value: 'percentiles', label: 'Stretch: measured on the training photos' },
] as const;

export const weightPrecisions = [
  { value: 'float32', label: 'As they are' },
  { value: 'int8', label: '8 bits' },
] as const;

export const devices: readonly { readonly value: DeviceChoice | 'setting'; readonly label: string }[] = [
  { value: 'setting', label: 'As in the settings' },
  { value: 'auto', label: 'The first that works' },
  ...providers.map((value) => ({ value, label: deviceTitles[value] })),
];

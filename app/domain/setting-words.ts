/** Settings of a run as people read them: name and value. */
import { formatBlocks } from './block-sets.ts';
import { methodWords } from './method-words.ts';
import { planSettings } from './choose-memory.ts';
import type { Preprocessing } from './preprocessing.ts';
import type { Method, Recipe, RunPlan } from './run-config.ts';
import type { RunConfig } from './run.ts';

export interface SettingWords {
  readonly name: string;
  readonly value: string;
}

export function methodSettings(method: Method): readonly SettingWords[] {
  if (method.name === 'linear') return [{ name: 'Method', value: methodWords(method, null) }];
  const { name, rank, beta, kernel, extract, adapt } = method;
  return [
    { name: 'Method', value: name === 'dtl' ? 'DTL' : 'DTL+' },
    { name: 'Rank', value: String(rank) },
    { name: 'Gate slope (beta)', value: String(beta) },
    { name: 'Kernel', value: kernel === 0 ? 'none' : `${kernel}x${kernel}` },
    { name: 'Extract blocks', value: formatBlocks(extract) },
    { name: 'Adapt blocks', value: formatBlocks(adapt) },
  ];
}

const recipeNames: Readonly<Record<keyof Recipe, string>> = {
  start: 'Start of the head',
  epochs: 'Epochs',
  batchSize: 'Batch size',
  learningRate: 'Learning rate',
  headLearningRateScale: 'Head learning rate scale',
  warmupEpochs: 'Warm-up epochs',
  warmupFrom: 'Warm-up from',
  cosineEpochs: 'Cosine epochs',
  learningRateFloor: 'Lowest learning rate',
  weightDecay: 'Weight decay',
  dropPath: 'Drop path',
  labelSmoothing: 'Label smoothing',
  classWeights: 'Class weights',
  augmentation: 'Augmentation',
  dropLastBatch: 'Incomplete last batch',
  keep: 'Weights kept',
};

const wordsOf: Readonly<Record<string, string>> = {
  'start probe': 'linear probe',
  'start paper': 'at random, as published',
  'classWeights none': 'equal',
  'augmentation flip-shift': 'flip and shift',
  'dropLastBatch true': 'left out',
  'dropLastBatch false': 'trained on',
  'keep last': 'of the last epoch',
  'keep best': 'of the epoch best on validation',
  'cache float32': 'kept in full precision',
  'cache float16': 'kept in half precision',
  'cache none': 'computed at every step',
  'weights float32': 'as they are',
  'weights int8': 'in 8 bits',
};

/** Of a recipe or plan as it was written, which may know settings that this program does not. */
export function namedSettings(
  values: Readonly<Record<string, string | number | boolean | null>>,
): readonly SettingWords[] {
  const names: Readonly<Record<string, string>> = { ...recipeNames, ...planNames };
  return Object.entries(values).map(([key, value]) => ({
    name: names[key] ?? key,
    value: wordsOf[`${key} ${String(value)}`] ?? String(value),
  }));
}

const planNames: Readonly<Record<keyof Omit<RunPlan, 'memory'>, string>> = {
  provider: 'Computed on',
  threads: 'Threads',
  microBatch: 'Photos at once',
  cache: 'Frozen features',
  weights: 'Backbone weights',
};

function preprocessingSettings({ imageSize, fit, sixteenBit }: Preprocessing): readonly SettingWords[] {
  return [
    { name: 'Image size', value: `${imageSize} pixels` },
    { name: 'Fit', value: fit },
    {
      name: '16-bit samples',
      value: sixteenBit.kind === 'full-range' ? 'full range' : `percentiles ${sixteenBit.low} to ${sixteenBit.high}`,
    },
  ];
}

/** Kept features are the same at every step, so that nothing before them can be dropped. */
function dropPathWords({ dropPath }: Recipe, { cache }: RunPlan): { readonly dropPath?: string } {
  return dropPath > 0 && cache !== 'none' ? { dropPath: `${dropPath}, only behind the kept features` } : {};
}

/** In a fixed order; runs of different methods have different names in it. */
export function configWords({ method, recipe, plan, preprocessing, seed }: RunConfig): readonly SettingWords[] {
  return [
    ...methodSettings(method),
    { name: 'Seed', value: String(seed) },
    ...namedSettings({ ...recipe, ...dropPathWords(recipe, plan) }),
    ...preprocessingSettings(preprocessing),
    ...namedSettings({ ...planSettings(plan) }),
  ];
}

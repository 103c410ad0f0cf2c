/** The choices of a project's Train screen, kept between visits. What cannot be read is as if it was never kept. */
import { deviceChoices } from '#app/domain/device.ts';
import { METHOD_NAMES, WEIGHT_PRECISIONS } from '#app/domain/run-config.ts';
import type { TrainForm } from './form.ts';
import { newForm } from './form.ts';

type Kept = Pick<Storage, 'getItem' | 'setItem'>;

const key = (project: number): string => `dtl-studio.train.${project}`;

export function recall(project: number, storage: Kept = localStorage): TrainForm {
  try {
    const kept: unknown = JSON.parse(storage.getItem(key(project)) ?? 'null');
    return isObject(kept) ? restore(kept) : newForm;
  } catch {
    return newForm;
  }
}

export function remember(project: number, form: TrainForm, storage: Kept = localStorage): void {
  try {
    storage.setItem(key(project), JSON.stringify(form));
  } catch {
    // A full or forbidden store costs the memory of choices and nothing else.
  }
}

/** Field by field, so that a form kept by an older version brings along what still fits. */
function restore(kept: Readonly<Record<string, unknown>>): TrainForm {
  const one = <T, U extends T | null>(name: keyof TrainForm, values: readonly T[], usual: U): T | U =>
    values.find((value) => value === kept[name]) ?? usual;
  const text = (name: keyof TrainForm, usual = ''): string => (typeof kept[name] === 'string' ? kept[name] : usual);
  const whole = (value: unknown): number | null => (Number.isSafeInteger(value) ? Number(value) : null);
  return {
    split: whole(kept['split']),
    backbone: typeof kept['backbone'] === 'string' ? kept['backbone'] : null,
    method: one('method', METHOD_NAMES, newForm.method),
    adapt: one('adapt', ['second-half', 'every', 'chosen'] as const, newForm.adapt),
    adaptBlocks: text('adaptBlocks'),
    extractBlocks: text('extractBlocks'),
    side: restoreSide(kept['side']),
    recipe: one('recipe', ['default', 'paper'] as const, newForm.recipe),
    changes: restoreChanges(kept['changes']),
    device: one('device', deviceChoices, null),
    threads: whole(kept['threads']),
    weights: one('weights', WEIGHT_PRECISIONS, newForm.weights),
    fit: one('fit', ['squash', 'crop', 'pad'] as const, newForm.fit),
    sixteenBit: one('sixteenBit', ['full-range', 'percentiles'] as const, newForm.sixteenBit),
    seeds: text('seeds', newForm.seeds),
    learningRates: text('learningRates'),
  };
}

function restoreSide(kept: unknown): TrainForm['side'] {
  if (!isObject(kept)) return {};
  const { rank, beta } = kept;
  const kernel = ([3, 4, 5] as const).find((size) => size === kept['kernel']);
  return {
    ...(typeof rank === 'number' ? { rank } : {}),
    ...(typeof beta === 'number' ? { beta } : {}),
    ...(kernel === undefined ? {} : { kernel }),
  };
}

function restoreChanges(kept: unknown): TrainForm['changes'] {
  if (!isObject(kept)) return {};
  const numbers = [
    'epochs',
    'batchSize',
    'learningRate',
    'headLearningRateScale',
    'warmupEpochs',
    'warmupFrom',
    'cosineEpochs',
    'learningRateFloor',
    'weightDecay',
    'dropPath',
    'labelSmoothing',
  ] as const;
  const start = (['probe', 'paper'] as const).find((value) => value === kept['start']);
  const classWeights = (['none', 'balanced'] as const).find((value) => value === kept['classWeights']);
  const augmentation = (['none', 'flip', 'flip-shift'] as const).find((value) => value === kept['augmentation']);
  const keep = (['last', 'best'] as const).find((value) => value === kept['keep']);
  const { dropLastBatch } = kept;
  return {
    ...Object.fromEntries(numbers.flatMap((name) => (typeof kept[name] === 'number' ? [[name, kept[name]]] : []))),
    ...(start === undefined ? {} : { start }),
    ...(classWeights === undefined ? {} : { classWeights }),
    ...(augmentation === undefined ? {} : { augmentation }),
    ...(keep === undefined ? {} : { keep }),
    ...(typeof dropLastBatch === 'boolean' ? { dropLastBatch } : {}),
  };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

/**
 * The JSON that stands in columns, and its check when it is read. These schemas are the stored form and apart from those
 * of the wire on purpose: whatever the wire becomes, what an old release stored stays readable. Each is tied to its
 * domain type, so that the compiler sees when the two part.
 */
import { z } from 'zod';
import type { BackboneDetails } from '#app/domain/backbone-details.ts';
import type { BackboneSpec } from '#app/domain/backbone.ts';
import { plainVit } from '#app/domain/backbone.ts';
import { providers } from '#app/domain/device.ts';
import { AppError } from '#app/domain/errors.ts';
import { classId } from '#app/domain/id-of.ts';
import type { Preprocessing } from '#app/domain/preprocessing.ts';
import { WEIGHT_PRECISIONS } from '#app/domain/run-config.ts';
import type { Method, Recipe, RunPlan } from '#app/domain/run-config.ts';
import type { RunClass, RunResult } from '#app/domain/run.ts';

export const channels = z.tuple([z.number(), z.number(), z.number()]).readonly();
export const names = z.array(z.string()).readonly();
export const idList = z.array(z.int().positive()).readonly();
const blocks = z.array(z.int().nonnegative()).readonly();

const counts = z.array(z.int().positive()).readonly();

// Specs from before there were other ViTs than plain ones do not say so.
const vitSpec = z.object({
  family: z.literal('vit'),
  imageSize: z.int().positive(),
  patchSize: z.int().positive(),
  width: z.int().positive(),
  depth: z.int().positive(),
  heads: z.int().positive(),
  mlpWidth: z.int().positive(),
  layerNormEps: z.number().positive(),
  classToken: z.boolean().default(plainVit.classToken),
  distillationToken: z.boolean().default(plainVit.distillationToken),
  registers: z.int().nonnegative().default(plainVit.registers),
  positions: z.enum(['all', 'patches']).default(plainVit.positions),
  preNorm: z.boolean().default(plainVit.preNorm),
  patchBias: z.boolean().default(plainVit.patchBias),
  layerScale: z.boolean().default(plainVit.layerScale),
  activation: z.enum(['gelu', 'gelu-tanh', 'quick-gelu']).default(plainVit.activation),
  finalNorm: z.enum(['norm', 'fc_norm']).default(plainVit.finalNorm),
  pooling: z.enum(['class', 'mean', 'attention']).default(plainVit.pooling),
});

const swinSpec = z.object({
  family: z.literal('swin'),
  imageSize: z.int().positive(),
  patchSize: z.int().positive(),
  windowSize: z.int().positive(),
  width: z.int().positive(),
  depths: counts,
  heads: counts,
  mlpRatio: z.number().positive(),
  layerNormEps: z.number().positive(),
});

export const backboneSpec = z.discriminatedUnion('family', [vitSpec, swinSpec]) satisfies z.ZodType<BackboneSpec>;

const settingName = z.enum([
  'heads',
  'layerNormEps',
  'activation',
  'imageSize',
  'mean',
  'std',
  'pooling',
  'crop',
  'licence',
]);

export const backboneDetails = z.object({
  container: z.enum(['safetensors', 'npz']),
  naming: z.string(),
  family: z.string(),
  settings: z
    .array(z.object({ name: settingName, value: z.string().nullable(), from: z.string().nullable() }))
    .readonly(),
  leftOut: names,
  notes: names,
}) satisfies z.ZodType<BackboneDetails>;

export const preprocessing = z.object({
  imageSize: z.int().positive(),
  fit: z.enum(['squash', 'crop', 'pad']),
  interpolation: z.literal('bicubic'),
  sixteenBit: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('full-range') }),
    z.object({ kind: z.literal('percentiles'), low: z.number(), high: z.number() }),
  ]),
  mean: channels,
  std: channels,
}) satisfies z.ZodType<Preprocessing>;

export const method = z.discriminatedUnion('name', [
  z.object({
    name: z.enum(['dtl', 'dtl+']),
    rank: z.int().positive(),
    beta: z.number(),
    kernel: z.union([z.literal(0), z.literal(3), z.literal(4), z.literal(5)]),
    extract: blocks,
    adapt: blocks,
  }),
  z.object({ name: z.literal('linear') }),
]) satisfies z.ZodType<Method>;

export const recipe = z.object({
  start: z.enum(['probe', 'paper']),
  epochs: z.int(),
  batchSize: z.int(),
  learningRate: z.number(),
  headLearningRateScale: z.number(),
  warmupEpochs: z.int(),
  warmupFrom: z.number(),
  cosineEpochs: z.int(),
  learningRateFloor: z.number(),
  weightDecay: z.number(),
  dropPath: z.number(),
  labelSmoothing: z.number(),
  classWeights: z.enum(['none', 'balanced']),
  augmentation: z.enum(['none', 'flip', 'flip-shift']),
  dropLastBatch: z.boolean(),
  // Runs from before there was a choice kept their last weights.
  keep: z.enum(['last', 'best']).default('last'),
}) satisfies z.ZodType<Recipe>;

export const runPlan = z.object({
  provider: z.enum(providers),
  threads: z.int().positive(),
  microBatch: z.int().positive(),
  cache: z.enum(['float32', 'float16', 'none']),
  weights: z.enum(WEIGHT_PRECISIONS).optional(),
  memory: z
    .object({
      packWeights: z.boolean(),
      recompute: z.enum(['none', 'attention']),
      evaluation: z.enum(['beside', 'alone']),
      peakBytes: z.number(),
      budgetBytes: z.number(),
    })
    .optional(),
}) satisfies z.ZodType<RunPlan>;

export const runClasses = z
  .array(z.object({ id: z.int().positive().transform(classId), name: z.string() }))
  .readonly() satisfies z.ZodType<readonly RunClass[]>;

const evaluation = z.object({ loss: z.number(), accuracy: z.number(), macroF1: z.number() });
const evaluations = { validation: evaluation.nullable(), test: evaluation.nullable() };

export const runResult = z.object({
  weightsPath: z.string(),
  sideParameters: z.int().nonnegative(),
  headParameters: z.int().nonnegative(),
  evaluations: z.object(evaluations),
  probe: z.object({ ...evaluations, weightDecay: z.number() }).nullable(),
  keptEpoch: z.int().nonnegative().nullable().default(null),
  fallbacks: z
    .array(z.object({ operator: z.string(), nodes: z.int().positive(), why: z.string() }))
    .nullable()
    .default(null),
  peakRssBytes: z.number(),
  seconds: z.number(),
}) satisfies z.ZodType<RunResult>;

/**
 * The text of a value, checked like on reading: a NaN, which JSON turns into null, is found while there is somebody to
 * tell and not when the row can no longer be read. Throws AppError `store.unstorable`, a bug.
 */
export function toJson<T>(schema: z.ZodType<T>, value: T, where: string): string {
  const checked = schema.safeParse(value);
  if (checked.success) return JSON.stringify(checked.data);
  const problem = z.prettifyError(checked.error);
  throw new AppError('store.unstorable', `This cannot be stored as ${where}: ${problem}. Nothing was changed.`, {
    kind: 'bug',
    data: { where, problem },
  });
}

/** Throws AppError `store.corrupt` that says where the value stands (`runs.recipe of run 7`) and what is wrong. */
export function readJson<T>(schema: z.ZodType<T>, text: string, where: string): T {
  let problem: string;
  try {
    const checked = schema.safeParse(JSON.parse(text));
    if (checked.success) return checked.data;
    problem = z.prettifyError(checked.error);
  } catch (thrown) {
    problem = thrown instanceof Error ? thrown.message : String(thrown);
  }
  throw new AppError(
    'store.corrupt',
    `What is stored in ${where} cannot be read: ${problem}. It was left as it is and nothing else is affected; ` +
      'a backup of the database may hold a sound copy.',
    { data: { where, problem } },
  );
}

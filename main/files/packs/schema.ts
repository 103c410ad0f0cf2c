/** The JSON values of a pack's metadata (docs/pack-format.md): nothing that is not listed passes. */
import { z } from 'zod';
import { CLASS_NAME_RULE, fitClassName } from '#app/domain/class-name.ts';
import { plainVit } from '#app/domain/backbone.ts';
import { backboneIdentity } from '#app/domain/id-of.ts';
import { SELF_TEST_GENERATOR, SELF_TEST_TOLERANCE } from '#app/domain/pack-content.ts';

const maxClasses = 100_000;
const count = z.int().positive();
const triple = z.tuple([z.number(), z.number(), z.number()]).readonly();
const deviation = z.number().positive();
const blocks = list(1024, z.int().nonnegative()).readonly();
const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const settings = z
  .record(z.string(), z.unknown())
  .refine((value) => Object.keys(value).length <= 200, { error: 'more than 200 settings' })
  .pipe(z.record(z.string(), scalar))
  .readonly();

/** The length is looked at before the items, so that millions of wrong ones do not become millions of complaints. */
function list<T extends z.ZodType>(longest: number, item: T) {
  return z.array(z.unknown()).max(longest).pipe(z.array(item));
}

const method = z.discriminatedUnion('name', [
  z.strictObject({
    name: z.enum(['dtl', 'dtl+']),
    rank: count,
    beta: z.number(),
    kernel: z.union([z.literal(0), z.literal(3), z.literal(4), z.literal(5)]),
    extract: blocks,
    adapt: blocks,
  }),
  z.strictObject({ name: z.literal('linear') }),
]);

const preprocessing = z.strictObject({
  imageSize: count,
  fit: z.enum(['squash', 'crop', 'pad']),
  interpolation: z.literal('bicubic'),
  sixteenBit: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('full-range') }),
    z
      .strictObject({ kind: z.literal('percentiles'), low: z.number().min(0), high: z.number().max(65535) })
      .refine(({ low, high }) => low < high, { error: 'low must be below high' }),
  ]),
  mean: triple,
  std: z.tuple([deviation, deviation, deviation]).readonly(),
});

/** Sizes far above any published network, so that what is derived from them stays a number. */
const geometry = {
  imageSize: count.max(8192),
  patchSize: count.max(8192),
  width: count.max(65536),
  layerNormEps: z.number().positive(),
};

const vitSpec = z
  .strictObject({
    family: z.literal('vit'),
    ...geometry,
    depth: count.max(1024),
    heads: count.max(65536),
    mlpWidth: count.max(1 << 20),
    classToken: z.boolean().default(plainVit.classToken),
    distillationToken: z.boolean().default(plainVit.distillationToken),
    registers: z.int().nonnegative().max(1024).default(plainVit.registers),
    positions: z.enum(['all', 'patches']).default(plainVit.positions),
    preNorm: z.boolean().default(plainVit.preNorm),
    patchBias: z.boolean().default(plainVit.patchBias),
    layerScale: z.boolean().default(plainVit.layerScale),
    activation: z.enum(['gelu', 'gelu-tanh', 'quick-gelu']).default(plainVit.activation),
    finalNorm: z.enum(['norm', 'fc_norm']).default(plainVit.finalNorm),
    pooling: z.enum(['class', 'mean', 'attention']).default(plainVit.pooling),
  })
  .refine(({ imageSize, patchSize }) => imageSize % patchSize === 0, {
    error: 'the image size is not a multiple of the patch size',
  })
  .refine(({ width, heads }) => width % heads === 0, { error: 'the width is not a multiple of the heads' });

const stages = list(8, count.max(1024))
  .refine((values) => values.length > 0, { error: 'no stages' })
  .readonly();

const swinSpec = z
  .strictObject({
    family: z.literal('swin'),
    ...geometry,
    windowSize: count.max(1024),
    depths: stages,
    heads: stages,
    mlpRatio: z.number().positive().max(64),
  })
  .refine(({ depths, heads }) => depths.length === heads.length, { error: 'depths and heads are of different stages' })
  .refine(({ imageSize, patchSize, depths }) => imageSize % (patchSize * 2 ** (depths.length - 1)) === 0, {
    error: 'the image size is not a whole number of patches in every stage',
  })
  .refine(({ width, heads }) => heads.every((number, stage) => (width * 2 ** stage) % number === 0), {
    error: 'the width of a stage is not a multiple of its heads',
  });

const spec = z.discriminatedUnion('family', [vitSpec, swinSpec]);

const backbone = z.strictObject({
  name: z.string().min(1).max(1000),
  identity: z
    .string()
    .regex(/^[0-9a-f]{64}$/, { error: 'not 64 lower-case hex digits' })
    .transform(backboneIdentity),
  spec,
});

const evaluation = z.strictObject({ loss: z.number(), accuracy: z.number(), macroF1: z.number() }).nullable();
const evaluations = { validation: evaluation, test: evaluation };
const metrics = z.strictObject({ ...evaluations, probe: z.strictObject(evaluations).nullable() });

const provenance = z.strictObject({
  labelRevision: z.int().nonnegative(),
  splitDigest: z.string(),
  seed: z.int().nonnegative(),
  recipe: settings,
  plan: settings,
  appVersion: z.string(),
  runtimeVersion: z.string(),
});

const { name, version, seed, count: inputs } = SELF_TEST_GENERATOR;
const selfTest = z.strictObject({
  generator: z.strictObject({
    name: z.literal(name),
    version: z.literal(version),
    seed: z.literal(seed),
    count: z.literal(inputs),
  }),
  logits: list(inputs, list(maxClasses, z.number()).readonly())
    .refine((rows) => rows.length === inputs, { error: `not ${inputs} rows` })
    .readonly(),
  // A pack cannot grant itself a wider one.
  tolerance: z.literal(SELF_TEST_TOLERANCE),
});

const classNames = list(
  maxClasses,
  z.string().refine((name) => fitClassName(name) === name, { error: CLASS_NAME_RULE }),
)
  .refine((names) => names.length >= 2, { error: 'fewer than two classes' })
  .refine((names) => new Set(names).size === names.length, { error: 'two classes have the same name' })
  .readonly();

/** By the metadata's keys. */
export const packMetadata = z.strictObject({
  method,
  class_names: classNames,
  preprocessing,
  backbone,
  metrics,
  provenance,
  self_test: selfTest,
});

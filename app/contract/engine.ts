/**
 * What the core and an engine process say to each other. An engine process takes ONE job, reports events while it
 * works, ends with one result or one failure, and exits. Both ends check what they receive against these schemas.
 */
import { z } from 'zod';
import { providers } from '../domain/device.ts';
import { WEIGHT_PRECISIONS } from '../domain/run-config.ts';

const provider = z.enum(providers);
const fallback = z.object({ operator: z.string(), nodes: z.int().positive(), why: z.string() });

const triple = z.tuple([z.number(), z.number(), z.number()]).readonly();
const blocks = z.array(z.int().nonnegative()).readonly();

const vitSpec = z.object({
  family: z.literal('vit'),
  imageSize: z.int().positive(),
  patchSize: z.int().positive(),
  width: z.int().positive(),
  depth: z.int().positive(),
  heads: z.int().positive(),
  mlpWidth: z.int().positive(),
  layerNormEps: z.number().positive(),
  classToken: z.boolean(),
  distillationToken: z.boolean(),
  registers: z.int().nonnegative(),
  positions: z.enum(['all', 'patches']),
  preNorm: z.boolean(),
  patchBias: z.boolean(),
  layerScale: z.boolean(),
  activation: z.enum(['gelu', 'gelu-tanh', 'quick-gelu']),
  finalNorm: z.enum(['norm', 'fc_norm']),
  pooling: z.enum(['class', 'mean', 'attention']),
});

const counts = z.array(z.int().positive()).readonly();

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

export const preprocessing = z.object({
  imageSize: z.int().positive(),
  fit: z.enum(['squash', 'crop', 'pad']),
  interpolation: z.literal('bicubic'),
  sixteenBit: z.union([
    z.object({ kind: z.literal('full-range') }),
    z.object({ kind: z.literal('percentiles'), low: z.number(), high: z.number() }),
  ]),
  mean: triple,
  std: triple,
});

export const method = z.union([
  z.object({
    name: z.enum(['dtl', 'dtl+']),
    rank: z.int().positive(),
    beta: z.number(),
    kernel: z.union([z.literal(0), z.literal(3), z.literal(4), z.literal(5)]),
    extract: blocks,
    adapt: blocks,
  }),
  z.object({ name: z.literal('linear') }),
]);

export const recipe = z.object({
  start: z.enum(['probe', 'paper']),
  epochs: z.int().positive(),
  batchSize: z.int().positive(),
  learningRate: z.number().positive(),
  headLearningRateScale: z.number().nonnegative(),
  warmupEpochs: z.int().nonnegative(),
  warmupFrom: z.number().nonnegative(),
  cosineEpochs: z.int().positive(),
  learningRateFloor: z.number().nonnegative(),
  weightDecay: z.number().nonnegative(),
  dropPath: z.number().min(0).lt(1),
  labelSmoothing: z.number().min(0).lt(1),
  classWeights: z.enum(['none', 'balanced']),
  augmentation: z.enum(['none', 'flip', 'flip-shift']),
  dropLastBatch: z.boolean(),
  keep: z.enum(['last', 'best']),
});

export const runPlan = z.object({
  provider,
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
});

/** A backbone's weights on disk: a safetensors file whose tensors carry timm names after `tensorPrefix`. */
const backboneFile = z.object({
  path: z.string(),
  tensorPrefix: z.string(),
  spec: z.discriminatedUnion('family', [vitSpec, swinSpec]),
});

const sample = z.object({ id: z.int(), path: z.string() });
const trainSample = sample.extend({
  label: z.int().nonnegative(),
  subset: z.enum(['train', 'validation', 'test']),
  /** The photo's content as it was imported; a photo that changed on disk is left out with that reason. */
  bytes: z.int().nonnegative(),
  /** SHA-256 in hex. */
  contentHash: z.string().regex(/^[0-9a-f]{64}$/),
});

/** The cache of frozen features, shared by all runs; `backbone` is the identity that they are kept under. */
const featureCache = z.object({ folder: z.string(), limitBytes: z.number().nonnegative(), backbone: z.string() });

export const trainJob = z.object({
  kind: z.literal('train'),
  /** A folder of the run's own: checkpoint, final weights and temporary caches. */
  directory: z.string(),
  backbone: backboneFile,
  preprocessing,
  method,
  recipe,
  plan: runPlan,
  features: featureCache,
  seed: z.int().nonnegative(),
  classNames: z.array(z.string()).readonly(),
  samples: z.array(trainSample).readonly(),
  /** Continue from the checkpoint in `directory`. */
  resume: z.boolean(),
});

/** Which trained tensors to put beside the backbone; `path` is a pack or a run's weights. */
const adapterFile = z.object({ path: z.string(), method, classes: z.int().positive() });

export const predictJob = z.object({
  kind: z.literal('predict'),
  backbone: backboneFile,
  /** All on this backbone: what they share is computed once a photo. */
  adapters: z.array(adapterFile).min(1).readonly(),
  preprocessing,
  threads: z.int().positive(),
  samples: z.array(sample).readonly(),
});

/** Logits of generated inputs (`docs/pack-format.md`, self-test). */
export const selfTestJob = z.object({
  kind: z.literal('self-test'),
  backbone: backboneFile,
  adapter: adapterFile,
  preprocessing,
  threads: z.int().positive(),
  inputs: z.int().positive(),
});

/** One ONNX file of backbone, adapter and preprocessing (`docs/onnx-export.md`). */
export const exportOnnxJob = z.object({
  kind: z.literal('export-onnx'),
  backbone: backboneFile,
  adapter: adapterFile,
  preprocessing,
  threads: z.int().positive(),
  /** Appears whole and tried, or not at all. */
  output: z.string(),
  metadata: z.record(z.string(), z.string()),
  /** The pack's logits of the generated inputs. */
  selfTest: z.array(z.array(z.number())).readonly(),
});

export const stepJob = z.object({
  kind: z.literal('step'),
  input: z.string(),
  output: z.string(),
  steps: z.int().nonnegative(),
  microBatch: z.int().positive().nullable(),
  threads: z.int().positive(),
});

export const benchStepJob = z.object({
  kind: z.literal('bench-step'),
  /** Random weights are written here first and removed by the caller. */
  directory: z.string(),
  model: z.string(),
  batch: z.int().positive(),
  microBatch: z.int().positive(),
  threads: z.int().positive(),
  repeats: z.int().positive(),
  classes: z.int().positive(),
  cached: z.boolean(),
});

export const doctorJob = z.object({ kind: z.literal('doctor') });

/** How fast the CPU multiplies. */
export const rateJob = z.object({ kind: z.literal('rate'), threads: z.number().int().positive() });

/** Computes one step of a small network on the provider and on the CPU. */
export const checkProviderJob = z.object({ kind: z.literal('check-provider'), provider });

const engineJob = z.discriminatedUnion('kind', [
  trainJob,
  predictJob,
  selfTestJob,
  exportOnnxJob,
  stepJob,
  benchStepJob,
  doctorJob,
  rateJob,
  checkProviderJob,
]);

const evaluation = z.object({ loss: z.number(), accuracy: z.number(), macroF1: z.number() });

/** A checkpoint keeps the last one as JSON. */
export const epochEvent = z.object({
  type: z.literal('epoch'),
  /** Epochs finished; 0 is the start, before any update. */
  epoch: z.int().nonnegative(),
  epochs: z.int().positive(),
  trainLoss: z.number().nullable(),
  learningRate: z.number().nullable(),
  validation: evaluation.nullable(),
  imagesPerSecond: z.number().nullable(),
  rssBytes: z.number(),
});

const engineEvent = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('progress'),
    phase: z.enum(['features', 'probe', 'training', 'evaluating', 'predicting', 'exporting', 'timing']),
    /** Photos (features, training, evaluating, predicting), fits (probe), megabytes (exporting) or steps (timing). */
    done: z.number(),
    total: z.number(),
  }),
  z.object({ type: z.literal('photo-failed'), id: z.int(), path: z.string(), reason: z.string() }),
  epochEvent,
  z.object({ type: z.literal('checkpoint'), epoch: z.int().nonnegative(), step: z.int().nonnegative() }),
  z.object({
    type: z.literal('predictions'),
    /** `logits`: one list an adapter, in their order. */
    rows: z.array(z.object({ id: z.int(), logits: z.array(z.array(z.number())) })),
  }),
]);

const prediction = z.object({
  id: z.int(),
  subset: z.enum(['train', 'validation', 'test']),
  label: z.int().nonnegative(),
  logits: z.array(z.number()),
});

const trainResult = z.object({
  kind: z.literal('train'),
  status: z.enum(['finished', 'stopped']),
  /** Present when finished. */
  weightsPath: z.string().nullable(),
  epochsDone: z.int().nonnegative(),
  /** The epoch whose weights were kept. */
  keptEpoch: z.int().nonnegative(),
  sideParameters: z.int().nonnegative(),
  headParameters: z.int().nonnegative(),
  /** Last epoch's weights on validation and test photos; the test photos are looked at only here, once. */
  predictions: z.array(prediction),
  /** The linear probe on the same frozen features, same photos; null where no probe was fitted. */
  probe: z.object({ weightDecay: z.number(), predictions: z.array(prediction) }).nullable(),
  peakRssBytes: z.number(),
  seconds: z.number(),
  runtime: z.string(),
  /** Operators that the plan's provider left to the CPU. */
  fallbacks: z.array(fallback),
});

const engineResult = z.discriminatedUnion('kind', [
  trainResult,
  z.object({ kind: z.literal('predict'), peakRssBytes: z.number(), seconds: z.number() }),
  z.object({ kind: z.literal('self-test'), logits: z.array(z.array(z.number())) }),
  z.object({
    kind: z.literal('export-onnx'),
    bytes: z.int(),
    /** Relative L2 error of the file's logits on the pack's self-test. */
    selfTestError: z.number(),
    /** Largest difference of a probability on generated photos of other sizes. */
    photosError: z.number(),
    peakRssBytes: z.number(),
    seconds: z.number(),
  }),
  z.object({ kind: z.literal('step'), loss: z.number(), losses: z.array(z.number()), sideParameters: z.int() }),
  z.object({
    kind: z.literal('bench-step'),
    stepMilliseconds: z.array(z.number()),
    gemmMilliseconds: z.array(z.number()),
    stepGflop: z.number(),
    gemmGflop: z.number(),
    vmHwmBytes: z.number().nullable(),
    runtime: z.string(),
  }),
  z.object({
    kind: z.literal('doctor'),
    runtime: z.string(),
    /** In the order in which this machine prefers them. */
    providers: z.array(
      z.object({ name: provider, available: z.boolean(), reason: z.string().nullable(), automatic: z.boolean() }),
    ),
    rssBytes: z.number(),
  }),
  z.object({ kind: z.literal('rate'), flopsPerSecond: z.number() }),
  z.object({
    kind: z.literal('check-provider'),
    /** Relative L2 from the CPU, the largest over loss, logits and gradients; null where it is not a number. */
    difference: z.number().nullable(),
    /** Up to which it counts as computing the same. */
    largest: z.number(),
    fallbacks: z.array(fallback),
  }),
]);

/** From the core to an engine process. */
export const engineRequest = z.discriminatedUnion('type', [
  z.object({ type: z.literal('start'), job: engineJob }),
  /** Stop at the next micro-batch; a training run leaves a checkpoint. */
  z.object({ type: z.literal('stop') }),
]);

/** From an engine process to the core. */
export const engineReply = z.discriminatedUnion('type', [
  z.object({ type: z.literal('event'), event: engineEvent }),
  z.object({ type: z.literal('result'), result: engineResult }),
  z.object({
    type: z.literal('failure'),
    error: z.object({
      code: z.string(),
      kind: z.enum(['expected', 'bug', 'cancelled']),
      message: z.string(),
      data: z.record(
        z.string(),
        z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(z.string()).readonly()]),
      ),
    }),
  }),
]);

export type BackboneFile = z.infer<typeof backboneFile>;
export type AdapterFile = z.infer<typeof adapterFile>;
export type TrainJob = z.infer<typeof trainJob>;
export type TrainSample = TrainJob['samples'][number];
export type PredictJob = z.infer<typeof predictJob>;
export type SelfTestJob = z.infer<typeof selfTestJob>;
export type ExportOnnxJob = z.infer<typeof exportOnnxJob>;
export type StepJob = z.infer<typeof stepJob>;
export type BenchStepJob = z.infer<typeof benchStepJob>;
export type DoctorJob = z.infer<typeof doctorJob>;
export type RateJob = z.infer<typeof rateJob>;
export type CheckProviderJob = z.infer<typeof checkProviderJob>;
export type EngineJob = z.infer<typeof engineJob>;
export type EngineEvent = z.infer<typeof engineEvent>;
export type TrainResult = z.infer<typeof trainResult>;
export type EngineResult = z.infer<typeof engineResult>;
export type EngineResultOf<K extends EngineJob['kind']> = Extract<EngineResult, { kind: K }>;
export type EngineRequest = z.infer<typeof engineRequest>;
export type EngineReply = z.infer<typeof engineReply>;

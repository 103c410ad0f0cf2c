/**
 * The lines of a project's archive: one schema a table, version 1 of the format (docs/project-archive.md). Apart from the rows of
 * the store on purpose: whatever those become, an archive of today stays readable. Photos and classes are named by their
 * numbers in the label history, splits and runs by their numbers in the project, packs by their place in `packs.jsonl`.
 */
import { z } from 'zod';
import { backboneSpec, channels, method, names, preprocessing, recipe, runPlan, runResult } from '../json.ts';

/** Far above what a project can come to, and far enough below 2^53 for more to be added to it. */
const number = z
  .int()
  .positive()
  .max(2 ** 50);
const moment = z
  .int()
  .min(-(2 ** 52))
  .max(2 ** 52);
const amount = z
  .int()
  .nonnegative()
  .max(2 ** 52);
const text = (most: number) => z.string().max(most);
const line = (most: number) => z.string().min(1).max(most);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const subset = z.enum(['train', 'validation', 'test']);
const base64 = z.base64().max(1 << 22);

/** One name below a folder, on whatever system: no separators, no drive, nothing that stands for another place. */
const PART = /^(?!\.{1,2}$)[^/\\\0-\x1f\x7f]{1,255}$/u;
const part = z.string().regex(PART);
const relativePath = z
  .string()
  .max(8192)
  .refine((path) => path.split('/').every((one) => PART.test(one)), 'is no path below a folder');

const backbone = z.object({
  identity: sha256,
  name: line(1000),
  spec: backboneSpec,
  mean: channels,
  std: channels,
  parameters: number,
  dtype: z.enum(['float32', 'float16', 'bfloat16']),
  bytes: number,
  licence: text(1000).nullable(),
});

export const FORMAT = 'dtl-studio-project';
export const VERSION = 1;

export const head = z.object({
  format: z.literal(FORMAT),
  version: z.literal(VERSION),
  appVersion: text(100),
  archivedAt: moment,
  name: line(1000),
  historyNumber: number,
  createdAt: moment,
  labelRevision: amount,
  folders: z.array(z.object({ name: part, importedAt: moment.nullable() })).max(100_000),
  backbones: z.array(backbone).max(10_000),
  withPhotos: z.boolean(),
  counts: z.object({ photos: amount, labelled: amount, classes: amount, events: amount, runs: amount, packs: amount }),
});
export type ArchiveHead = z.infer<typeof head>;

const facts = z.object({
  width: z
    .int()
    .positive()
    .max(1 << 30),
  height: z
    .int()
    .positive()
    .max(1 << 30),
  orientation: z.int().min(1).max(8),
  format: line(40),
  bits: z.union([z.literal(8), z.literal(16)]),
  perceptualHash: z.string().regex(/^[0-9a-f]{16}$/),
  pixelHash: sha256,
});

const color = z.string().regex(/^#[0-9a-fA-F]{6}$/);
const fields = z.object({ name: line(1000), color, key: text(8).nullable() }).partial();
const editChange = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('labels'), first: number, last: number }),
  z.object({
    kind: z.literal('mark'),
    mark: z.enum(['flagged', 'excluded']),
    to: z.boolean(),
    photos: z.array(number).max(1_000_000),
  }),
  z.object({ kind: z.literal('class-added'), class: number }),
  z.object({ kind: z.literal('class-retired'), class: number }),
  z.object({ kind: z.literal('class-edited'), class: number, from: fields, to: fields }),
  z.object({ kind: z.literal('classes-ordered'), from: z.array(number), to: z.array(number) }),
]);
export type ArchivedChange = z.infer<typeof editChange>;

export const records = {
  classes: z.object({
    number,
    name: line(1000),
    position: amount,
    color,
    key: z.string().length(1).nullable(),
    retiredAt: moment.nullable(),
  }),
  photos: z
    .object({
      number,
      folder: z.int().nonnegative(),
      path: relativePath,
      contentHash: sha256.nullable(),
      bytes: amount,
      modifiedAt: z.number(),
      reason: text(10_000).nullable(),
      facts: facts.nullable(),
      offeredClass: text(1000).nullable(),
      class: number.nullable(),
      group: text(10_000).nullable(),
      addedAt: moment,
      flagged: z.boolean(),
      excluded: z.boolean(),
    })
    .refine(
      ({ facts: known, reason, contentHash }) =>
        (known === null) === (reason !== null) && (known === null || contentHash !== null),
      {
        message: 'is neither decoded nor told why not',
      },
    ),
  'label-events': z.object({
    revision: number,
    photo: number,
    from: number.nullable(),
    to: number.nullable(),
    batch: number,
    actor: line(1000),
    source: z.enum(['manual', 'folder', 'csv', 'metadata', 'model', 'undo']),
    at: moment,
  }),
  'label-seals': z.object({ revision: number, digest: sha256 }),
  edits: z.object({
    at: moment,
    actor: line(1000),
    title: line(10_000),
    changes: z.array(editChange),
    state: z.enum(['done', 'undone']),
  }),
  splits: z.object({
    number,
    name: line(1000),
    drawn: z
      .object({
        seed: z.int(),
        train: z.number().min(0).max(1),
        validation: z.number().min(0).max(1),
        test: z.number().min(0).max(1),
      })
      .nullable(),
    labelRevision: amount,
    digest: line(1000),
    train: amount,
    validation: amount,
    test: amount,
    createdAt: moment,
  }),
  'split-members': z.object({ split: number, photo: number, subset, cluster: amount }),
  runs: z
    .object({
      number,
      name: line(1000),
      note: text(1 << 20),
      method,
      recipe,
      plan: runPlan,
      preprocessing,
      seed: z.int(),
      classes: z.array(z.object({ class: number, name: text(1000) })).max(100_000),
      labelRevision: amount,
      split: number,
      splitDigest: line(1000),
      backbone: sha256,
      appVersion: text(100),
      runtimeVersion: text(100),
      state: z.enum(['stopped', 'finished', 'failed']),
      error: z.object({ code: text(1000), message: text(1 << 20) }).nullable(),
      result: runResult.omit({ weightsPath: true }).nullable(),
      createdAt: moment,
      startedAt: moment.nullable(),
      endedAt: moment.nullable(),
      pinned: z.boolean(),
      tags: names,
      workedMs: amount,
      train: amount,
      validation: amount,
      test: amount,
    })
    .refine(
      ({ state, error, result }) =>
        (state === 'finished') === (result !== null) &&
        (state !== 'failed' || error !== null) &&
        (state !== 'finished' || error === null),
      { message: 'has a state that its result and its error do not fit' },
    ),
  'run-samples': z.object({
    run: number,
    position: amount,
    photo: number,
    contentHash: sha256,
    bytes: amount,
    label: amount,
    subset,
  }),
  'run-metrics': z.object({
    run: number,
    epoch: amount,
    trainLoss: z.number().nullable(),
    learningRate: z.number().nullable(),
    validationLoss: z.number().nullable(),
    validationAccuracy: z.number().nullable(),
    validationMacroF1: z.number().nullable(),
    imagesPerSecond: z.number().nullable(),
    rssBytes: amount,
    at: moment,
  }),
  'run-predictions': z.object({
    run: number,
    network: z.enum(['run', 'probe']),
    photo: number,
    subset,
    label: amount,
    logits: base64,
  }),
  'run-log': z.object({ run: number, id: number, at: moment, line: text(1 << 20) }),
  'run-checkpoints': z.object({ run: number, epoch: amount, step: amount, at: moment }),
  packs: z.object({
    place: number,
    name: line(1000),
    sha256,
    bytes: number,
    backbone: sha256,
    backboneName: text(1000),
    run: number.nullable(),
    classNames: names,
    method,
    createdAt: moment,
  }),
  'pack-words': z.object({
    pack: number,
    photo: number,
    classIndex: amount,
    confidence: z.number().min(0).max(1),
    probabilities: base64,
    contentHash: sha256,
    at: moment,
  }),
  'pack-applications': z.object({ pack: number, at: moment, photos: amount }),
} satisfies Readonly<Record<string, z.ZodType>>;

export type RecordName = keyof typeof records;
export type ArchiveRecord<N extends RecordName> = z.infer<(typeof records)[N]>;

/** In the order in which they are written, and in which they can be taken in: what is referred to comes first. */
export const recordNames = [
  'classes',
  'photos',
  'label-events',
  'label-seals',
  'edits',
  'splits',
  'split-members',
  'runs',
  'run-samples',
  'run-metrics',
  'run-predictions',
  'run-log',
  'run-checkpoints',
  'packs',
  'pack-words',
  'pack-applications',
] as const satisfies readonly RecordName[];

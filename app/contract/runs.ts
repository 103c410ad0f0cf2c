/** Training and its history. */
import { oc, type } from '@orpc/contract';
import { z } from 'zod';
import type { Fit } from '../domain/choose-memory.ts';
import { deviceChoices } from '../domain/device.ts';
import type { BackboneIdentity, PackId, ProjectId, RunId, SplitId } from '../domain/ids.ts';
import { METHOD_NAMES, WEIGHT_PRECISIONS } from '../domain/run-config.ts';
import type { DtlMethod, Recipe, RunPlan, Subset, WeightPrecision } from '../domain/run-config.ts';
import type { Evaluation, RecordedMetric, RunConfig, RunError, RunProvenance, RunResult } from '../domain/run.ts';
import type { RunState } from '../domain/run-state.ts';
import type { SweepRow } from '../domain/sweep.ts';
import type { ClassScore } from '../domain/metrics.ts';
import type { SplitFractions } from '../domain/split.ts';
import { line, subset, wireBackbone, wireProject, wireRun, wireSplit } from './common.ts';
import { recipe } from './engine.ts';
import type { Started } from './common.ts';
import type { LogLine, RunProgress } from './events.ts';
import type { PhotoRow } from './library.ts';

const blocks = z.union([z.array(z.int().nonnegative()).max(1000), z.literal('all')]);

/** What a person chooses on the Train screen; everything else follows. */
export const trainRequest = z.object({
  /** Null: the newest, drawn now where there is none. */
  split: wireSplit.nullable(),
  /** Null: the one that comes with the program. */
  backbone: wireBackbone.nullable(),
  method: z.enum(METHOD_NAMES),
  methodSettings: z.object({
    rank: z.int().positive().optional(),
    beta: z.number().optional(),
    kernel: z.union([z.literal(0), z.literal(3), z.literal(4), z.literal(5)]).optional(),
    extract: blocks.optional(),
    adapt: blocks.optional(),
  }),
  recipe: z.enum(['default', 'paper']),
  recipeChanges: recipe.partial(),
  threads: z.int().positive().nullable(),
  /** What a run may take of the memory; half of what is free where it is not said. */
  memoryBytes: z.int().positive().nullable().optional(),
  /** Of the backbone's matrices; as they are where it is not said. */
  weights: z.enum(WEIGHT_PRECISIONS).optional(),
  /** Null: what is set for the profile. */
  device: z.enum(deviceChoices).nullable(),
  fit: z.enum(['squash', 'crop', 'pad']),
  sixteenBit: z.enum(['full-range', 'percentiles']),
});

export interface RunRow {
  readonly id: RunId;
  readonly project: ProjectId;
  readonly number: number;
  readonly name: string;
  readonly note: string;
  readonly tags: readonly string[];
  readonly pinned: boolean;
  readonly state: RunState;
  /** Place in the queue from 1; null unless it waits there. */
  readonly queued: number | null;
  readonly error: RunError | null;
  /** `DTL+`, with the settings that differ from its defaults. */
  readonly method: string;
  readonly backbone: string;
  /** Of the backbone's matrices in this run. */
  readonly weights: WeightPrecision;
  readonly seed: number;
  /** Null for a linear probe, which is fitted in one go. */
  readonly epochs: number | null;
  readonly epochsDone: number;
  /** Null for a linear probe. */
  readonly learningRate: number | null;
  readonly classes: number;
  readonly photos: Readonly<Record<Subset, number>>;
  readonly labelRevision: number;
  readonly split: string;
  /** Of a finished run its result, of another its newest epoch. */
  readonly validation: Evaluation | null;
  readonly test: Evaluation | null;
  readonly probeTest: Evaluation | null;
  readonly sideParameters: number | null;
  /** Time at work in seconds: of a finished run its result's. */
  readonly seconds: number | null;
  readonly peakRssBytes: number | null;
  readonly packs: readonly PackId[];
  readonly createdAt: number;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
}

export interface SubsetResults {
  readonly evaluation: Evaluation | null;
  /** Counts [label][prediction]. */
  readonly confusion: readonly (readonly number[])[];
  readonly classes: readonly ClassScore[];
}

export interface RunPage {
  readonly seq: number;
  readonly row: RunRow;
  readonly config: RunConfig;
  readonly provenance: RunProvenance;
  readonly classNames: readonly string[];
  readonly split: { readonly id: SplitId; readonly name: string; readonly drawn: string };
  readonly backbone: { readonly identity: BackboneIdentity; readonly name: string; readonly there: boolean };
  readonly result: RunResult | null;
  readonly progress: RunProgress | null;
  readonly metrics: readonly RecordedMetric[];
  readonly log: readonly LogLine[];
  readonly checkpointEpoch: number | null;
  readonly test: SubsetResults | null;
  readonly validation: SubsetResults | null;
  readonly probeTest: SubsetResults | null;
  /** What it takes on the disk. */
  readonly bytes: number;
}

export interface Mistake {
  readonly photo: PhotoRow;
  readonly label: string;
  readonly predicted: string;
  readonly confidence: number;
}

/** What would be trained, in numbers that the Train screen puts into words. */
export interface TrainPreview {
  readonly photos: Readonly<Record<Subset, number>>;
  readonly classes: readonly ({ readonly name: string } & Readonly<Record<Subset, number>>)[];
  readonly unlabelled: number;
  /** Labelled, and in no subset of the split: drawn later they would be trained on. */
  readonly notInSplit: number;
  readonly excluded: number;
  readonly leftOut: number;
  readonly split: { readonly id: SplitId; readonly name: string; readonly labelRevision: number } | null;
  readonly backbone: { readonly identity: BackboneIdentity; readonly name: string; readonly parameters: number };
  readonly method: string;
  /** The side network that the run will have; null for a linear probe, and where its settings cannot be (`problems`). */
  readonly side: DtlMethod | null;
  /** What it has where nothing is chosen; null for a linear probe. */
  readonly usualSide: DtlMethod | null;
  readonly sideParameters: number;
  readonly headParameters: number;
  readonly recipe: Recipe;
  readonly threads: number;
  readonly microBatch: number;
  readonly cache: RunPlan['cache'];
  /** Of the backbone's matrices in this run. */
  readonly weights: WeightPrecision;
  readonly cacheBytes: number;
  /** Of the disk for decoded photos while it trains: they are read again at every step where nothing is cached. */
  readonly scratchBytes: number;
  /** Of the disk for a copy of the backbone in 8 bits while it trains; 0 where its weights are as they are. */
  readonly copyBytes: number;
  /** Forecast peak of the run's process beside what it may take and what is free; null where a graphics card computes. */
  readonly memory: {
    readonly fit: Fit;
    readonly peakBytes: number;
    readonly budgetBytes: number;
    readonly freeBytes: number;
    /** What would make it smaller, the least costly first; empty where it fits. */
    readonly advice: readonly string[];
  } | null;
  readonly device: { readonly name: string; readonly why: string };
  /** From earlier runs or from how fast the CPU multiplies; null where neither tells. */
  readonly secondsToExpect: number | null;
  /** Why it cannot start, for the person; empty: it can. */
  readonly problems: readonly string[];
  /** What the person should know, as sentences. */
  readonly warnings: readonly string[];
}

export interface Comparison {
  readonly runs: readonly RunRow[];
  /** Settings in which they differ, in words; one value a run. */
  readonly settings: readonly { readonly name: string; readonly values: readonly string[] }[];
  /** Results side by side; `best` marks the highest or lowest, whichever is better. */
  readonly results: readonly {
    readonly name: string;
    readonly values: readonly (number | null)[];
    readonly unit: 'share' | 'seconds' | 'bytes' | 'number';
    readonly best: 'high' | 'low';
  }[];
  readonly metrics: readonly (readonly RecordedMetric[])[];
}

/** Several learning rates and seeds of one training. */
export interface SweepPage {
  readonly seq: number;
  readonly tag: string;
  /** In the order in which they were made. */
  readonly runs: readonly RunRow[];
  /**
   * In ascending order of the learning rate. `test` is that of the best alone, and null while a run of the sweep waits or
   * is at work: whoever sees the others may choose by them.
   */
  readonly rates: readonly SweepRow[];
  /** The learning rate that did best on validation so far; null before a run with validation photos has finished. */
  readonly best: number | null;
  /** Its run that did best on validation. */
  readonly bestRun: RunId | null;
  /** No run waits or is at work any more. */
  readonly settled: boolean;
}

export interface QueueView {
  readonly seq: number;
  /** Waiting for a person, e.g. after a restart or a pause. */
  readonly held: boolean;
  readonly running: RunId | null;
  /** In the order in which they will run. */
  readonly waiting: readonly RunId[];
}

export interface SplitView {
  readonly id: SplitId;
  readonly name: string;
  readonly number: number;
  readonly createdAt: number;
  readonly labelRevision: number;
  readonly counts: Readonly<Record<Subset, number>>;
  /** Null where the subsets came from a file. */
  readonly drawn: { readonly seed: number; readonly fractions: SplitFractions } | null;
}

export interface SplitDrawn {
  readonly split: SplitView;
  readonly created: boolean;
  readonly classes: readonly ({ readonly name: string } & Readonly<Record<Subset, number>>)[];
  readonly nearIdentical: number;
  readonly warnings: readonly string[];
}

const run = z.object({ run: wireRun });
const some = z.object({ runs: z.array(wireRun).min(1).max(10_000) });
const project = z.object({ project: wireProject });

const MOST_RUNS = 100;

export const runs = {
  /** Changes nothing. */
  preview: oc.input(project.extend({ request: trainRequest })).output(type<TrainPreview>()),
  /**
   * One queued run a learning rate and seed, as a task: 16-bit photos may have to be measured first. Without learning rates
   * the recipe's own; with them the runs are a sweep.
   */
  start: oc
    .input(
      project
        .extend({
          request: trainRequest,
          seeds: z.array(z.int().nonnegative()).min(1).max(MOST_RUNS),
          learningRates: z.array(recipe.shape.learningRate).min(1).max(MOST_RUNS).optional(),
          name: line(200).nullable(),
          note: line(10_000),
        })
        .refine(
          ({ seeds, learningRates }) => seeds.length * (learningRates?.length ?? 1) <= MOST_RUNS,
          `More than ${MOST_RUNS} runs at once.`,
        ),
    )
    .output(type<Started>()),
  list: oc.input(project).output(type<{ readonly seq: number; readonly runs: readonly RunRow[] }>()),
  row: oc.input(run).output(type<RunRow>()),
  show: oc.input(run).output(type<RunPage>()),
  /** Wrong predictions of a subset, the most confident first. */
  mistakes: oc.input(run.extend({ subset, limit: z.int().positive().max(1000) })).output(type<readonly Mistake[]>()),
  /** Only what is given changes. Throws `runs.name-invalid`. */
  edit: oc
    .input(
      run.extend({
        name: line(200).optional(),
        note: line(10_000).optional(),
        pinned: z.boolean().optional(),
        tags: z.array(line(50)).max(50).optional(),
      }),
    )
    .output(type<RunRow>()),
  /** What removing them would free, and what stays: packs made from them. */
  size: oc.input(some).output(type<{ readonly bytes: number; readonly packs: number }>()),
  /** Throws `runs.at-work` for one that is running. Not to be undone. */
  remove: oc.input(some).output(type<{ readonly freedBytes: number }>()),
  /** Leaves a checkpoint, keeps its place at the head of the queue, and holds the queue. */
  pause: oc.input(run).output(type<RunRow>()),
  /** To the end of the queue (or, after a pause, its head), from its last checkpoint. Throws `runs.not-resumable`. */
  resume: oc.input(run).output(type<RunRow>()),
  /** Takes it out of the queue, or ends it with a checkpoint; the next one starts. It can be resumed. */
  stop: oc.input(run).output(type<RunRow>()),
  /** By the number of its tag. Throws `runs.no-sweep`. */
  sweep: oc.input(project.extend({ sweep: z.int().positive() })).output(type<SweepPage>()),
  compare: oc.input(some).output(type<Comparison>()),
  csv: oc.input(project).output(type<string>()),
  queue: oc.output(type<QueueView>()),
  /** Goes on with a held queue. */
  release: oc.output(type<QueueView>()),
  hold: oc.output(type<QueueView>()),
};

export const splits = {
  /** Newest first. */
  list: oc.input(project).output(type<readonly SplitView[]>()),
  /** Throws `splits.no-labels`, `splits.fractions`. */
  draw: oc
    .input(
      project.extend({
        seed: z.int().nonnegative(),
        fractions: z.object({ train: z.number(), validation: z.number(), test: z.number() }),
      }),
    )
    .output(type<SplitDrawn>()),
};

export type TrainRequest = z.infer<typeof trainRequest>;
export type TrainRequestInput = z.input<typeof trainRequest>;

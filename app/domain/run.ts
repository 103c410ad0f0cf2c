import type { BackboneSpec } from './backbone.ts';
import type { Fallback } from './device.ts';
import type { BackboneIdentity, ClassId, ContentHash, PackId, PhotoId, ProjectId, RunId, SplitId } from './ids.ts';
import type { Preprocessing } from './preprocessing.ts';
import type { Method, Recipe, RunPlan, Subset } from './run-config.ts';
import type { RunState } from './run-state.ts';

/** All that decides a run's outcome besides photos and weights. */
export interface RunConfig {
  readonly method: Method;
  readonly recipe: Recipe;
  readonly plan: RunPlan;
  readonly preprocessing: Preprocessing;
  readonly seed: number;
}

/** A class as it was when the run started; its place in the list is its place in the logits. */
export interface RunClass {
  readonly id: ClassId;
  readonly name: string;
}

/** Where a run comes from. */
export interface RunProvenance {
  readonly labelRevision: number;
  readonly splitId: SplitId;
  readonly splitDigest: string;
  readonly backbone: BackboneIdentity;
  readonly appVersion: string;
  readonly runtimeVersion: string;
}

/** One photo as the run sees it. Frozen with the run: relabelling later does not reach a run that is resumed. */
export interface RunSample {
  readonly photoId: PhotoId;
  readonly contentHash: ContentHash;
  readonly bytes: number;
  /** Index into the run's classes. */
  readonly label: number;
  readonly subset: Subset;
}

export interface NewRun {
  readonly projectId: ProjectId;
  /** Null: "run N". */
  readonly name: string | null;
  readonly note: string;
  readonly config: RunConfig;
  readonly provenance: RunProvenance;
  readonly classes: readonly RunClass[];
}

export interface Evaluation {
  readonly loss: number;
  readonly accuracy: number;
  readonly macroF1: number;
}

/** Of the method's last epoch, or of the probe fitted beside it; null where a subset is empty. */
export interface SubsetEvaluations {
  readonly validation: Evaluation | null;
  readonly test: Evaluation | null;
}

/** What a finished run leaves. */
export interface RunResult {
  /** The trained tensors, relative to the profile. */
  readonly weightsPath: string;
  readonly sideParameters: number;
  readonly headParameters: number;
  readonly evaluations: SubsetEvaluations;
  readonly probe: (SubsetEvaluations & { readonly weightDecay: number }) | null;
  /** The epoch whose weights were kept; null for runs of a version that did not say. */
  readonly keptEpoch: number | null;
  /** Operators that the plan's provider left to the CPU; null for runs of a version that did not ask. */
  readonly fallbacks: readonly Fallback[] | null;
  readonly peakRssBytes: number;
  /** Time spent in the engine by the process that finished it. */
  readonly seconds: number;
}

export interface RunError {
  readonly code: string;
  readonly message: string;
}

export interface Run extends NewRun {
  readonly id: RunId;
  /** 1, 2, 3... in the project. */
  readonly number: number;
  readonly name: string;
  readonly pinned: boolean;
  readonly tags: readonly string[];
  readonly state: RunState;
  /** Why it failed, or why it stopped when nobody asked for it. */
  readonly error: RunError | null;
  readonly result: RunResult | null;
  /** The process at work; null unless running. */
  readonly enginePid: number | null;
  readonly createdAt: number;
  /** When it first ran. */
  readonly startedAt: number | null;
  /** When it last stopped, finished or failed. */
  readonly endedAt: number | null;
}

/** What a person may change of a run at any time. */
export type RunFields = Pick<Run, 'name' | 'note' | 'pinned' | 'tags'>;

/** A run with what a table of runs shows of it, gathered at once for all of them. */
export interface RunOverview {
  readonly run: Run;
  readonly photos: Readonly<Record<Subset, number>>;
  /** Epochs finished, as far as they were recorded. */
  readonly epochsDone: number;
  /** Of the newest epoch. */
  readonly validation: Evaluation | null;
  readonly splitName: string;
  readonly backbone: { readonly name: string; readonly spec: BackboneSpec };
  readonly packs: readonly PackId[];
  /** Time at work so far, without the pauses between its attempts; null before the first. */
  readonly workedMs: number | null;
}

/** What was told while a run was at work. */
export interface RunLogLine {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly line: string;
}

/** What one epoch showed. Epoch 0 is the start, before any update. */
export interface RunMetric {
  readonly epoch: number;
  readonly trainLoss: number | null;
  readonly learningRate: number | null;
  readonly validation: Evaluation | null;
  readonly imagesPerSecond: number | null;
  readonly rssBytes: number;
}

export interface RecordedMetric extends RunMetric {
  /** Epoch milliseconds. */
  readonly at: number;
}

export interface RunPrediction {
  readonly photoId: PhotoId;
  /** The run's own network, or the linear probe fitted beside it. */
  readonly by: 'run' | 'probe';
  readonly subset: Subset;
  /** Index into the run's classes. */
  readonly label: number;
  /** [classes], kept as float32. */
  readonly logits: readonly number[];
}

export interface NewCheckpoint {
  readonly epoch: number;
  readonly step: number;
  /** Relative to the profile. */
  readonly path: string;
}

export interface Checkpoint extends NewCheckpoint {
  readonly runId: RunId;
  readonly at: number;
}

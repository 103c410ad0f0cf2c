/** What a training run is told, what it asks of its host, and what it reports. */
import type { FeatureDType } from '../cache/feature-tensors.ts';
import type { Augmentation } from '../data/augment.ts';
import type { Normalisation } from '../data/normalise.ts';
import type { Method } from '../adapters/method.ts';
import type { BackboneSpec } from '../models/backbone-spec.ts';
import type { Fallback } from '../runtime/placement.ts';
import type { ProviderName } from '../runtime/provider-names.ts';

export type Subset = 'train' | 'validation' | 'test';

export interface TrainPhoto {
  readonly id: number;
  readonly label: number;
  readonly subset: Subset;
  /** SHA-256 of the file, in hex: features are kept under it. */
  readonly content: string;
}

export interface TrainRecipe {
  readonly start: 'probe' | 'paper';
  readonly epochs: number;
  readonly batchSize: number;
  readonly learningRate: number;
  readonly headLearningRateScale: number;
  readonly warmupEpochs: number;
  readonly warmupFrom: number;
  readonly cosineEpochs: number;
  readonly learningRateFloor: number;
  readonly weightDecay: number;
  readonly dropPath: number;
  readonly labelSmoothing: number;
  readonly classWeights: 'none' | 'balanced';
  readonly augmentation: Augmentation;
  readonly dropLastBatch: boolean;
  /** Which epoch's weights the run ends with; `best` is the best on the validation photos, and the last where there are none. */
  readonly keep: 'last' | 'best';
}

export interface TrainPlan {
  readonly threads: number;
  /** Photos in one run of a graph. */
  readonly microBatch: number;
  /** Precision in which constant features are kept; `none` computes everything at every step. */
  readonly cache: FeatureDType | 'none';
  /** What the graphs are computed on, the CPU unless it is said; the linear probe, small and full-batch, is fitted on the CPU. */
  readonly provider?: ProviderName;
  /** Of the backbone's matrices, as they are (the default) or in 8 bits. On the CPU only, and only worth it packed. */
  readonly weights?: 'float32' | 'int8';
  /** See `SessionOptions.packWeights`. */
  readonly packWeights?: boolean;
  /** Whether attention's probabilities are kept for backward (the default) or computed once more. */
  readonly keepProbabilities?: boolean;
  /**
   * Whether the sessions of step and evaluation stay side by side (the default), or only the one that is needed: half the
   * weights in memory, for making them anew around each evaluation.
   */
  readonly evaluation?: 'beside' | 'alone';
}

/** Where features are kept, for all runs together. */
export interface FeatureCache {
  readonly folder: string;
  readonly limitBytes: number;
  readonly backbone: string;
  readonly preprocessing: string;
}

export interface TrainOptions {
  readonly directory: string;
  readonly weightsPath: string;
  readonly tensorPrefix: string;
  readonly spec: BackboneSpec;
  readonly normalisation: Normalisation;
  readonly method: Method;
  readonly recipe: TrainRecipe;
  readonly plan: TrainPlan;
  readonly features: FeatureCache;
  readonly seed: number;
  readonly classes: number;
  readonly photos: readonly TrainPhoto[];
  readonly resume: boolean;
}

export type TrainPhase = 'features' | 'probe' | 'training' | 'evaluating';

export interface EpochReport {
  /** Epochs finished; 0 is the start. */
  readonly epoch: number;
  readonly trainLoss: number | null;
  readonly learningRate: number | null;
  readonly imagesPerSecond: number | null;
  /** Logits of the validation photos, [n, C]; null where there are none. */
  readonly validation: { readonly logits: Float32Array; readonly labels: readonly number[] } | null;
}

/** What the run needs from the process it lives in. */
export interface TrainHost {
  /** Rejects with EngineError `photo.unusable` where `pixels` would, as far as that can be told without reading the photo. */
  check(photo: TrainPhoto): Promise<void>;
  /** RGB bytes [S, S, 3]. Rejects with EngineError `photo.unusable` for a photo that cannot be read: the run goes on without it. */
  pixels(photo: TrainPhoto): Promise<Uint8Array>;
  progress(phase: TrainPhase, done: number, total: number): void;
  /** Gives back what the host made of it: checkpoints keep that for `epochAgain`. */
  epoch(report: EpochReport): string;
  /** When a run goes on: the last epoch before its checkpoint, as `epoch` gave it back. It may never have been recorded. */
  epochAgain(record: string): void;
  checkpoint(epoch: number, batch: number): void;
  photoFailed(photo: TrainPhoto, reason: string): void;
  /** Lets messages in; rejects with EngineError `stopped` once somebody asked the run to stop. */
  checkStopped(): Promise<void>;
}

export interface Prediction {
  readonly photo: TrainPhoto;
  readonly logits: readonly number[];
}

export interface TrainOutcome {
  readonly status: 'finished' | 'stopped';
  readonly weightsPath: string | null;
  readonly epochsDone: number;
  /** The epoch whose weights were kept. */
  readonly keptEpoch: number;
  readonly sideParameters: number;
  readonly headParameters: number;
  /** Operators that the provider left to the CPU, over all graphs of the run. */
  readonly fallbacks: readonly Fallback[];
  /** Validation and test photos under the final weights. */
  readonly predictions: readonly Prediction[];
  readonly probe: { readonly weightDecay: number; readonly predictions: readonly Prediction[] } | null;
}

/** What a run was asked to do. Frozen when the run starts, stored with it, and enough to do it again. */
import type { Provider } from './device.ts';

/** `dtl` has no convolution (kernel 0); `dtl+` has one shared depthwise kernel. Sets are block numbers, ascending. */
export interface DtlMethod {
  readonly name: 'dtl' | 'dtl+';
  readonly rank: number;
  readonly beta: number;
  readonly kernel: 0 | 3 | 4 | 5;
  readonly extract: readonly number[];
  readonly adapt: readonly number[];
}

/** Multinomial logistic regression on the frozen pooled features. */
export interface LinearMethod {
  readonly name: 'linear';
}

export type Method = DtlMethod | LinearMethod;
export type MethodName = Method['name'];
export const METHOD_NAMES = ['dtl+', 'dtl', 'linear'] as const satisfies readonly MethodName[];

/** `probe` starts the head from a fitted linear probe (step 0 equals it); `paper` draws it at random as published. */
export type HeadStart = 'probe' | 'paper';
export type ClassWeighting = 'none' | 'balanced';
/** `none`, mirrored at random, or mirrored and shifted by up to a fourteenth of the side with reflected borders. */
export type Augmentation = 'none' | 'flip' | 'flip-shift';

export interface Recipe {
  readonly start: HeadStart;
  readonly epochs: number;
  readonly batchSize: number;
  /** Peak learning rate of the side network. */
  readonly learningRate: number;
  /** The head's learning rate as a multiple of the side network's. */
  readonly headLearningRateScale: number;
  /** Epochs of linear warm-up from `warmupFrom`; the cosine is measured from epoch 0 to `cosineEpochs`. */
  readonly warmupEpochs: number;
  readonly warmupFrom: number;
  readonly cosineEpochs: number;
  readonly learningRateFloor: number;
  readonly weightDecay: number;
  /** Stochastic depth of the last block; the rate rises linearly from 0 at block 0. */
  readonly dropPath: number;
  readonly labelSmoothing: number;
  readonly classWeights: ClassWeighting;
  readonly augmentation: Augmentation;
  /** Whether an incomplete last batch of an epoch is left out (the paper) or trained on. */
  readonly dropLastBatch: boolean;
  /** The weights a run ends with: those of its last epoch, or of the one that did best on the validation photos. */
  readonly keep: 'last' | 'best';
}

/** As they are, or quantised in blocks. */
export const WEIGHT_PRECISIONS = ['float32', 'int8'] as const;
export type WeightPrecision = (typeof WEIGHT_PRECISIONS)[number];

/** How the run is carried out on this machine. Frozen with the run: a resumed run follows the same plan. */
export interface RunPlan {
  readonly provider: Provider;
  readonly threads: number;
  readonly microBatch: number;
  /**
   * Precision in which tensors that no trainable parameter reaches are kept, once computed; `none`: everything is computed
   * at every step. What is kept is the same at every step, so drop path then applies only behind it.
   */
  readonly cache: 'float32' | 'float16' | 'none';
  /** Of the frozen backbone's matrices; absent: as they are. In 8 bits only on the CPU. */
  readonly weights?: WeightPrecision | undefined;
  /** Absent on a graphics card, whose memory is its own, and in runs of versions that did not plan it. */
  readonly memory?: PlannedMemory | undefined;
}

/** How a run keeps to its memory, and what it was expected to need. */
export interface PlannedMemory {
  /** Weights laid out anew for their products: faster, for a copy more of each that backward reads too. */
  readonly packWeights: boolean;
  /** What backward computes once more instead of keeping it. */
  readonly recompute: 'none' | 'attention';
  /** Whether the network for evaluation stays beside that of the step, or takes its place for the time it is needed. */
  readonly evaluation: 'beside' | 'alone';
  /** Forecast peak of the engine process. */
  readonly peakBytes: number;
  /** What it was to keep to. */
  readonly budgetBytes: number;
}

export type Subset = 'train' | 'validation' | 'test';

import type { BackboneIdentity } from './ids.ts';

/** A Vision Transformer's geometry: everything needed to build its graph, and nothing about its weights. */
export interface VitSpec {
  readonly family: 'vit';
  /** Side of the square input in pixels. */
  readonly imageSize: number;
  readonly patchSize: number;
  /** Token width d. */
  readonly width: number;
  readonly depth: number;
  readonly heads: number;
  /** Hidden width of the MLP, 4 d in most published ViTs. */
  readonly mlpWidth: number;
  readonly layerNormEps: number;
  /** Learned tokens stand before the patches in this order: class, distillation, registers. */
  readonly classToken: boolean;
  readonly distillationToken: boolean;
  readonly registers: number;
  /** Which tokens position embeddings are added to: all, or the patches only. */
  readonly positions: 'all' | 'patches';
  /** A LayerNorm in front of the first block (CLIP). */
  readonly preNorm: boolean;
  readonly patchBias: boolean;
  /** A learned factor a channel at the end of every residual branch (DINOv2). */
  readonly layerScale: boolean;
  readonly activation: Activation;
  /** Which tensors hold the final LayerNorm: `norm`, or `fc_norm` where the published classifier normalises what is pooled. */
  readonly finalNorm: 'norm' | 'fc_norm';
  /** How the published classifier pools. Ours stands on the mean of the patch tokens in any case, so nothing depends on it. */
  readonly pooling: 'class' | 'mean' | 'attention';
}

/** Exact GELU, its tanh approximation, or x sigmoid(1.702 x). */
export type Activation = 'gelu' | 'gelu-tanh' | 'quick-gelu';

/** What the first Vision Transformers have, and what a spec means that does not say (stored by 0.1, or in a pack). */
export const plainVit = {
  classToken: true,
  distillationToken: false,
  registers: 0,
  positions: 'all',
  preNorm: false,
  patchBias: true,
  layerScale: false,
  activation: 'gelu',
  finalNorm: 'norm',
  pooling: 'class',
} as const satisfies Partial<VitSpec>;

/** A Swin Transformer's geometry: stages of windows on grids that halve from one to the next. */
export interface SwinSpec {
  readonly family: 'swin';
  readonly imageSize: number;
  readonly patchSize: number;
  /** Side of a window in tokens; a stage whose grid is smaller has one window of the grid's size. */
  readonly windowSize: number;
  /** Token width of the first stage; each further stage has twice the width of the one before. */
  readonly width: number;
  /** Blocks of each stage. */
  readonly depths: readonly number[];
  readonly heads: readonly number[];
  /** Hidden width of the MLP over the token width. */
  readonly mlpRatio: number;
  readonly layerNormEps: number;
}

export type BackboneSpec = VitSpec | SwinSpec;

/** A backbone as it lies in the store: read-only weights under canonical (timm) names. */
export interface Backbone {
  readonly identity: BackboneIdentity;
  /** What people call it, e.g. `vit_tiny_patch16_224`. */
  readonly name: string;
  readonly spec: BackboneSpec;
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
  readonly parameters: number;
  readonly dtype: 'float32' | 'float16' | 'bfloat16';
  readonly bytes: number;
  readonly licence: string | null;
}

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
  /** Hidden width of the MLP, 4 d in every published ViT. */
  readonly mlpWidth: number;
  readonly layerNormEps: number;
}

export type BackboneSpec = VitSpec;

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

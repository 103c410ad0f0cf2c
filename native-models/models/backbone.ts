/** The forward graph of any family of backbones. */
import type { GraphBuilder } from '../graph/builder.ts';
import type { Value } from '../graph/types.ts';
import type { BackboneSpec } from './backbone-spec.ts';
import type { BlockHooks, BranchScale } from './hooks.ts';
import { swinFeatures, swinTokens } from './swin.ts';
import { vitFeatures, vitTokens } from './vit.ts';
import type { Weights } from './weights.ts';

export interface BackboneInputs {
  readonly spec: BackboneSpec;
  readonly weights: Weights;
  /** Normalised photos [B, 3, H, W]. */
  readonly images: Value;
  readonly hooks?: BlockHooks;
  readonly branchScale?: BranchScale;
}

/** images [B, 3, H, W] -> features [B, d], what a classifier stands on. */
export function backboneFeatures(b: GraphBuilder, { spec, ...inputs }: BackboneInputs): Value {
  return spec.family === 'vit'
    ? vitFeatures(b, spec, inputs.weights, vitTokens(b, { spec, ...inputs }))
    : swinFeatures(b, spec, inputs.weights, swinTokens(b, { spec, ...inputs }));
}

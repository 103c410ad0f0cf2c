/** The blocks of any backbone, counted from 0 through all stages, and the tokens that enter and leave them. */
import type { BackboneSpec, VitSpec } from './backbone.ts';

export interface BlockShape {
  /** Blocks of one stage have tokens of one shape; a ViT has stage 0 only. */
  readonly stage: number;
  readonly width: number;
  /** Prefix tokens and patches of one photo. */
  readonly tokens: number;
}

export function blocksOf(spec: BackboneSpec): readonly BlockShape[] {
  const grid = spec.imageSize / spec.patchSize;
  if (spec.family === 'vit') {
    const block = { stage: 0, width: spec.width, tokens: prefixTokens(spec) + grid ** 2 };
    return Array.from({ length: spec.depth }, () => block);
  }
  return spec.depths.flatMap((depth, stage) => {
    const block = { stage, width: spec.width * 2 ** stage, tokens: (grid / 2 ** stage) ** 2 };
    return Array.from({ length: depth }, () => block);
  });
}

export function blockCount(spec: BackboneSpec): number {
  return spec.family === 'vit' ? spec.depth : spec.depths.reduce((sum, depth) => sum + depth, 0);
}

export function stageCount(spec: BackboneSpec): number {
  return spec.family === 'vit' ? 1 : spec.depths.length;
}

/** Width of the pooled features, which is that of the last block. */
export function featureWidth(spec: BackboneSpec): number {
  return spec.width * 2 ** (stageCount(spec) - 1);
}

/** Tokens before the patches. */
export function prefixTokens({ classToken, distillationToken, registers }: VitSpec): number {
  return Number(classToken) + Number(distillationToken) + registers;
}

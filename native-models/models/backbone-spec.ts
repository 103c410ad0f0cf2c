/** Every family of backbones by its geometry: what adapters, files and runs ask of any of them. */
import type { SwinSpec } from './swin-spec.ts';
import { checkSwinSpec, swinStages, swinTensors } from './swin-spec.ts';
import type { VitSpec } from './vit-spec.ts';
import { checkVitSpec, gridSize, prefixTokens, vitTensors } from './vit-spec.ts';

export type BackboneSpec = VitSpec | SwinSpec;

/** The tokens that enter and leave a block. */
export interface BlockGeometry {
  /** Blocks of one stage have tokens of one shape; a family without stages has stage 0 only. */
  readonly stage: number;
  readonly width: number;
  readonly mlpWidth: number;
  /** Tokens along one side of the square of patches. */
  readonly grid: number;
  /** Tokens before the patches, such as a class token. */
  readonly prefixTokens: number;
}

/** Blocks of all stages, in order. */
export function blocksOf(spec: BackboneSpec): readonly BlockGeometry[] {
  if (spec.family === 'vit') {
    const { width, mlpWidth, depth } = spec;
    const block = { stage: 0, width, mlpWidth, grid: gridSize(spec), prefixTokens: prefixTokens(spec) };
    return Array.from({ length: depth }, () => block);
  }
  return swinStages(spec).flatMap(({ stage, depth, width, mlpWidth, grid }) =>
    Array.from({ length: depth }, () => ({ stage, width, mlpWidth, grid, prefixTokens: 0 })),
  );
}

export function blockCount(spec: BackboneSpec): number {
  return spec.family === 'vit' ? spec.depth : spec.depths.reduce((sum, depth) => sum + depth, 0);
}

/** Width of the pooled features. */
export function featureWidth(spec: BackboneSpec): number {
  return blocksOf(spec).at(-1)?.width ?? spec.width;
}

/** Throws `model.spec` naming what cannot be. */
export function checkSpec(spec: BackboneSpec): void {
  if (spec.family === 'vit') checkVitSpec(spec);
  else checkSwinSpec(spec);
}

/** Canonical tensor names (timm) and shapes. */
export function backboneTensors(spec: BackboneSpec): ReadonlyMap<string, readonly number[]> {
  return spec.family === 'vit' ? vitTensors(spec) : swinTensors(spec);
}

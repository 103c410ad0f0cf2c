/** How a run is carried out on this machine, decided once when it starts. */
import { blocksOf, featureWidth } from './backbone-blocks.ts';
import type { BackboneSpec } from './backbone.ts';
import type { Method, Recipe, RunPlan } from './run-config.ts';

export interface Machine {
  /** More threads than cores slow matrix products down. */
  readonly physicalCores: number;
  /** Free space where the profile lies; null where it cannot be told. */
  readonly freeDiskBytes: number | null;
  /** What the feature cache may grow to. */
  readonly cacheBytes: number;
}

/**
 * The cache is used when its tensors are constants of the photo (no augmentation) and fit into its bound; drop path then
 * applies behind it. Half precision is the default: half the disk and half the reading. Micro-batches bound the memory: 4
 * photos on wide backbones, 8 on others.
 */
export function choosePlan(
  spec: BackboneSpec,
  method: Method,
  recipe: Recipe,
  photos: number,
  machine: Machine,
): RunPlan {
  const constant = recipe.augmentation === 'none' && method.name !== 'linear';
  const fits = photos * cacheBytes(spec, method, 'float16') <= machine.cacheBytes;
  return {
    provider: 'cpu',
    threads: Math.max(1, machine.physicalCores),
    microBatch: featureWidth(spec) >= 768 ? 4 : 8,
    cache: constant && fits ? 'float16' : 'none',
  };
}

/**
 * Bytes of cache for one photo: the tokens before every extracted block that no trained parameter reaches and that a later
 * block of its stage gives back, and those after the first adapted block; the pooled features beside them, always in full
 * precision. ViT-B/16 at 224 with the usual sets: 8 tensors [1+N, d], 2.42 MB in half precision, 4.84 MB in full.
 */
export function cacheBytes(spec: BackboneSpec, method: Method, cache: RunPlan['cache']): number {
  if (method.name === 'linear' || cache === 'none') return 0;
  const blocks = blocksOf(spec);
  const [first = 0] = method.adapt;
  const numbersOf = (block: number): number => (blocks[block]?.tokens ?? 0) * (blocks[block]?.width ?? 0);
  const inputs = method.extract.filter((block) => block <= first && blocks[block]?.stage === blocks[first]?.stage);
  const frontier = [...inputs, first].reduce((sum, block) => sum + numbersOf(block), 0);
  return frontier * (cache === 'float16' ? 2 : 4) + 4 * featureWidth(spec);
}

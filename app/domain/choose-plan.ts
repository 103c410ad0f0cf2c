/** How a run is carried out on this machine, decided once when it starts. */
import { blocksOf, featureWidth } from './backbone-blocks.ts';
import type { BackboneSpec } from './backbone.ts';
import type { Method, Recipe, RunPlan } from './run-config.ts';

export interface Machine {
  /** More threads than cores slow matrix products down. */
  readonly physicalCores: number;
  /** Free space where runs keep their caches; null where it cannot be told. */
  readonly freeDiskBytes: number | null;
}

/**
 * The cache is used when its tensors are constants of the photo (no augmentation, no drop path) and it fits into half of
 * the free disk. Micro-batches bound the memory: 4 photos on wide backbones, 8 on others.
 */
export function choosePlan(
  spec: BackboneSpec,
  method: Method,
  recipe: Recipe,
  photos: number,
  machine: Machine,
): RunPlan {
  const constant = recipe.augmentation === 'none' && recipe.dropPath === 0 && method.name !== 'linear';
  const fits = machine.freeDiskBytes === null || photos * cacheBytes(spec, method) <= machine.freeDiskBytes / 2;
  return {
    provider: 'cpu',
    threads: Math.max(1, machine.physicalCores),
    microBatch: featureWidth(spec) >= 768 ? 4 : 8,
    cache: constant && fits ? 'float32' : 'none',
  };
}

/**
 * Bytes of cache for one photo: the tokens before every extracted block that no trained parameter reaches and that a later
 * block of its stage gives back, and those after the first adapted block. ViT-B/16 at 224 with the usual sets: 8 tensors
 * [1+N, d], 4.84 MB.
 */
export function cacheBytes(spec: BackboneSpec, method: Method): number {
  if (method.name === 'linear') return 0;
  const blocks = blocksOf(spec);
  const [first = 0] = method.adapt;
  const numbersOf = (block: number): number => (blocks[block]?.tokens ?? 0) * (blocks[block]?.width ?? 0);
  const inputs = method.extract.filter((block) => block <= first && blocks[block]?.stage === blocks[first]?.stage);
  return [...inputs, first].reduce((sum, block) => sum + numbersOf(block), 0) * Float32Array.BYTES_PER_ELEMENT;
}

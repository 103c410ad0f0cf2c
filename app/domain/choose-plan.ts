/** How a run is carried out on this machine, decided once when it starts. */
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
    microBatch: spec.width >= 768 ? 4 : 8,
    cache: constant && fits ? 'float32' : 'none',
  };
}

/**
 * Bytes of cache for one photo: the tokens [1+N, d] before every extracted block that no trained parameter reaches, and
 * those after the first adapted block. ViT-B/16 at 224 with the usual sets: 8 tensors, 4.84 MB.
 */
export function cacheBytes(spec: BackboneSpec, method: Method): number {
  if (method.name === 'linear') return 0;
  const first = method.adapt[0] ?? 0;
  const inputs = method.extract.filter((block) => block <= first).length;
  const tokens = 1 + (spec.imageSize / spec.patchSize) ** 2;
  return (inputs + 1) * tokens * spec.width * Float32Array.BYTES_PER_ELEMENT;
}

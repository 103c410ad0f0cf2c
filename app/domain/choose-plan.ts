/** How a run is carried out on this machine, decided once when it starts. */
import { blocksOf, featureWidth } from './backbone-blocks.ts';
import type { BackboneSpec } from './backbone.ts';
import type { MemoryChoice } from './choose-memory.ts';
import { chooseMemory, memoryBudget, microBatchesDownFrom } from './choose-memory.ts';
import type { Method, Recipe, RunPlan, WeightPrecision } from './run-config.ts';

export interface Machine {
  /** More threads than cores slow matrix products down. */
  readonly physicalCores: number;
  /** Memory that this process could take now. */
  readonly freeMemoryBytes: number;
  /** Free space where the profile lies; null where it cannot be told. */
  readonly freeDiskBytes: number | null;
  /** What the feature cache may grow to. */
  readonly cacheBytes: number;
}

/** What a person wants; the rest is chosen. */
export interface AskedPlan extends Partial<Pick<RunPlan, 'provider' | 'threads' | 'microBatch' | 'cache' | 'weights'>> {
  /** What the run may take of the machine's memory; half of what is free where it is not said. */
  readonly memoryBytes?: number | undefined;
}

export interface PlanNeeds {
  readonly spec: BackboneSpec;
  /** Bytes of the backbone's weights as they are. */
  readonly weightBytes: number;
  readonly method: Method;
  readonly recipe: Recipe;
  readonly photos: number;
  /** Expected peak of the engine process in bytes. */
  readonly peakOf: (choice: MemoryChoice, cached: boolean) => number;
}

export function choosePlan(needs: PlanNeeds, machine: Machine, asked: AskedPlan = {}): RunPlan {
  const { spec, recipe, weightBytes, peakOf } = needs;
  const { provider = 'cpu', threads = Math.max(1, machine.physicalCores), weights = 'float32' } = asked;
  const cache = asked.cache ?? chooseCache(needs, machine.cacheBytes);
  // More photos at once than an update has would only take memory.
  const most = Math.min(asked.microBatch ?? usualMicroBatch(spec, weights), recipe.batchSize);
  // A plan with weights as they are says nothing of them, like those of versions that knew no others.
  const precision = weights === 'float32' ? {} : { weights };
  if (provider !== 'cpu') return { provider, threads, microBatch: most, cache, ...precision };
  const { microBatch, memory } = chooseMemory({
    microBatches: asked.microBatch === undefined ? microBatchesDownFrom(most) : [most],
    weightBytes: weights === 'int8' ? weightBytes / 4 : weightBytes,
    weights,
    budgetBytes: asked.memoryBytes ?? memoryBudget(machine.freeMemoryBytes),
    peakOf: (choice) => peakOf(choice, cache !== 'none'),
  });
  return { provider, threads, microBatch, cache, ...precision, memory };
}

/** The fewest photos that keep the processor's products busy: more take memory and no less time. */
function usualMicroBatch(spec: BackboneSpec, weights: WeightPrecision): number {
  const width = featureWidth(spec);
  if (width >= 768) return weights === 'int8' ? 1 : 2;
  return width >= 384 ? 4 : 8;
}

/**
 * The cache is used when its tensors are constants of the photo (no augmentation) and fit into its bound; drop path then
 * applies behind it. Half precision is the default: half the disk and half the reading.
 */
export function chooseCache(
  { spec, method, recipe, photos }: Pick<PlanNeeds, 'spec' | 'method' | 'recipe' | 'photos'>,
  limitBytes: number,
): RunPlan['cache'] {
  const constant = recipe.augmentation === 'none' && method.name !== 'linear';
  return constant && photos * cacheBytes(spec, method, 'float16') <= limitBytes ? 'float16' : 'none';
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

/** Bytes of a photo's pixels, which a run without features in the cache reads again at every step. */
export function decodedBytes({ imageSize }: BackboneSpec, method: Method, cache: RunPlan['cache']): number {
  return method.name === 'linear' || cache !== 'none' ? 0 : 3 * imageSize ** 2;
}

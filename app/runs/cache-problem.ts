/** Why a run's features cannot be kept where it was asked for that. */
import { cacheBytes } from '../domain/choose-plan.ts';
import { count } from '../domain/count.ts';
import { AppError } from '../domain/errors.ts';
import type { BackboneSpec } from '../domain/backbone.ts';
import type { Method, Recipe, RunPlan } from '../domain/run-config.ts';

interface Asked {
  readonly plan: Pick<RunPlan, 'cache'>;
  readonly spec: BackboneSpec;
  readonly method: Method;
  readonly recipe: Pick<Recipe, 'augmentation'>;
  readonly photos: number;
}

/** `limitBytes`: what the feature cache may grow to now. */
export function cacheProblem({ plan, spec, method, recipe, photos }: Asked, limitBytes: number): AppError | null {
  if (plan.cache === 'none' || method.name === 'linear') return null;
  // Features of a photo that looks different at every step are no constants.
  if (recipe.augmentation !== 'none') {
    return new AppError(
      'train.cache',
      'Augmentation changes every photo at every step, so its features cannot be kept. Nothing was started. ' +
        'Train without augmentation, or without the cache.',
    );
  }
  const neededBytes = photos * cacheBytes(spec, method, plan.cache);
  if (neededBytes <= limitBytes) return null;
  const half = plan.cache === 'float32' && photos * cacheBytes(spec, method, 'float16') <= limitBytes;
  return new AppError(
    'train.cache',
    `The frozen features of ${count(photos, 'photo')} take ${gigabytes(neededBytes)}, and the feature cache may take ${gigabytes(limitBytes)}: ` +
      'what its limit says, and at most half of what is free of the disk. Nothing was started. ' +
      `Raise the limit or free some space, ${half ? 'keep features in half precision, ' : ''}or train without the cache.`,
    { data: { neededBytes, limitBytes } },
  );
}

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(2)} GB`;

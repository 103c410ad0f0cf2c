/** Fills the photo inputs of a step or evaluation graph, from the feature cache or from decoded pixels. */
import { augment } from '../data/augment.ts';
import { normaliseInto } from '../data/normalise.ts';
import { EngineError } from '../errors.ts';
import { IMAGES } from './graphs.ts';
import type { PhotoData } from './features.ts';
import type { TrainOptions } from './types.ts';

/** Feeds for up to a micro-batch of rows; rows beyond keep what they held, and the targets give them no weight. */
export interface PhotoFeeds {
  fill(rows: ArrayLike<number>, augmentedIn: { readonly epoch: number } | null): ReadonlyMap<string, Float32Array>;
}

/** Buffers are made once and filled again for every micro-batch. */
export function photoFeeds(data: PhotoData, options: TrainOptions): PhotoFeeds {
  return data.cache === null ? fromPixels(data, options) : fromCache(data.cache, options.plan.microBatch);
}

function fromCache({ file, tensors }: NonNullable<PhotoData['cache']>, microBatch: number): PhotoFeeds {
  const feeds = new Map(tensors.map(({ name, size }) => [name, new Float32Array(size * microBatch)]));
  return {
    fill: (rows) => {
      for (const { name, size, at } of tensors) {
        const buffer = feeds.get(name)!;
        for (let slot = 0; slot < rows.length; slot++) {
          file.read(rows[slot]!, at, new Uint8Array(buffer.buffer, 4 * size * slot, 4 * size));
        }
      }
      return feeds;
    },
  };
}

function fromPixels(
  { pixels, photos }: PhotoData,
  { spec, plan, recipe, seed, normalisation }: TrainOptions,
): PhotoFeeds {
  if (pixels === null)
    throw new EngineError('train.data', 'Neither cached features nor pixels were kept for this run.');
  const side = spec.imageSize;
  const photoSize = 3 * side * side;
  const images = new Float32Array(plan.microBatch * photoSize);
  const bytes = new Uint8Array(photoSize);
  const feeds = new Map([[IMAGES, images]]);
  return {
    fill: (rows, augmentedIn) => {
      for (let slot = 0; slot < rows.length; slot++) {
        const row = rows[slot]!;
        pixels.read(row, 0, bytes);
        const seen =
          augmentedIn === null
            ? bytes
            : augment(bytes, side, recipe.augmentation, seed, augmentedIn.epoch, photos[row]!.id);
        normaliseInto(images, slot * photoSize, seen, side, normalisation);
      }
      return feeds;
    },
  };
}

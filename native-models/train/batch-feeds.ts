/** Fills the photo inputs of a step or evaluation graph, from the feature cache or from decoded pixels. */
import { readFeatureRow } from '../cache/feature-store.ts';
import { augment } from '../data/augment.ts';
import { normaliseInto } from '../data/normalise.ts';
import { EngineError } from '../errors.ts';
import { IMAGES } from './graphs.ts';
import type { CachedFrontier, PhotoData } from './features.ts';
import type { TrainOptions } from './types.ts';

export type Feeds = ReadonlyMap<string, Float32Array | Uint16Array>;

/** Feeds for up to a micro-batch of rows; rows beyond keep what they held, and the targets give them no weight. */
export interface PhotoFeeds {
  /** The feeds hold until the next call. */
  fill(rows: readonly number[], augmentedIn: { readonly epoch: number } | null): Promise<Feeds>;
  /** Begins to read rows that will be asked for next, while the session works on those of before. */
  readAhead(rows: readonly number[]): void;
}

/** Buffers are made once and filled again for every micro-batch. */
export function photoFeeds(data: PhotoData, options: TrainOptions): PhotoFeeds {
  return data.cache === null ? fromPixels(data, options) : cachedFeeds(data.cache, options.plan.microBatch);
}

interface FrontierBuffers {
  readonly feeds: Feeds;
  /** By slot: the bytes of each tensor. */
  readonly slots: readonly (readonly Uint8Array[])[];
}

function frontierBuffers(tensors: CachedFrontier['tensors'], microBatch: number): FrontierBuffers {
  const arrays = tensors.map(({ name, dtype, size }) => {
    const values = dtype === 'float16' ? new Uint16Array(size * microBatch) : new Float32Array(size * microBatch);
    return { name, values };
  });
  return {
    feeds: new Map(arrays.map(({ name, values }) => [name, values])),
    slots: Array.from({ length: microBatch }, (_, slot) =>
      arrays.map(
        ({ values }, index) => new Uint8Array(values.buffer, slot * tensors[index]!.bytes, tensors[index]!.bytes),
      ),
    ),
  };
}

/** Two sets of buffers take turns: one is read into while the session has the other. */
function cachedFeeds({ tensors, rows }: CachedFrontier, microBatch: number): PhotoFeeds {
  let current = frontierBuffers(tensors, microBatch);
  let next = frontierBuffers(tensors, microBatch);
  let coming: { readonly wanted: readonly number[]; readonly read: Promise<unknown> } | null = null;
  const read = (wanted: readonly number[]): Promise<unknown> => {
    const { slots } = next;
    return Promise.all(wanted.map((row, slot) => readFeatureRow(rows[row]!, slots[slot]!)));
  };
  return {
    fill: async (wanted) => {
      const ahead = coming;
      coming = null;
      await ahead?.read;
      if (ahead === null || !sameRows(ahead.wanted, wanted)) await read(wanted);
      [current, next] = [next, current];
      return current.feeds;
    },
    readAhead: (wanted) => {
      if (coming !== null) return;
      coming = { wanted, read: read(wanted) };
      // A failure is dealt with when its turn comes; until then it must not count as unhandled.
      coming.read.catch(() => undefined);
    },
  };
}

function sameRows(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((row, at) => row === b[at]);
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
  const [bytes, augmented] = [new Uint8Array(photoSize), new Uint8Array(photoSize)];
  const feeds = new Map([[IMAGES, images]]);
  return {
    fill: (rows, augmentedIn) => {
      for (const [slot, row] of rows.entries()) {
        pixels.read(row, 0, bytes);
        const seen =
          augmentedIn === null
            ? bytes
            : augment(bytes, side, recipe.augmentation, { seed, ...augmentedIn, photo: photos[row]!.id }, augmented);
        normaliseInto(images, slot * photoSize, seen, side, normalisation);
      }
      return Promise.resolve(feeds);
    },
    readAhead: () => undefined,
  };
}

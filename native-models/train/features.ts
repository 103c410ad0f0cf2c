/**
 * The one pass over all photos that a run begins with: decode, compute the plain backbone's pooled features, and keep
 * what the steps will read again and again: the cached frontier, or the decoded pixels where there is no cache.
 */
import { join } from 'node:path';
import { decodedAhead } from '../data/decode-ahead.ts';
import { normaliseInto } from '../data/normalise.ts';
import { RowFile } from '../data/row-file.ts';
import type { Value } from '../graph/types.ts';
import { elementCount } from '../graph/types.ts';
import { featureWidth } from '../models/backbone-spec.ts';
import type { WeightFile } from '../models/weights.ts';
import { EngineSession } from '../runtime/session.ts';
import { FEATURES, featureGraph, IMAGES } from './graphs.ts';
import type { TrainHost, TrainOptions, TrainPhoto } from './types.ts';

export interface CachedTensor {
  readonly name: string;
  /** Values a photo. */
  readonly size: number;
  /** First byte within a photo's row. */
  readonly at: number;
}

export interface PhotoData {
  /** Photos that could be read, in the order given; their index is their row everywhere. */
  readonly photos: readonly TrainPhoto[];
  /** [n, d] */
  readonly features: Float32Array;
  readonly cache: { readonly file: RowFile; readonly tensors: readonly CachedTensor[] } | null;
  readonly pixels: RowFile | null;
  dispose(): void;
}

export async function computePhotoData(
  options: TrainOptions,
  weights: WeightFile,
  host: TrainHost,
): Promise<PhotoData> {
  const { spec, method, plan, classes, photos, directory } = options;
  const width = featureWidth(spec);
  const trains = method.name !== 'linear';
  const cached = trains && plan.cache !== 'none';
  const batch = plan.microBatch;
  const { graph, frontier } = featureGraph({ spec, weights, method, classes, batch }, cached);
  const tensors = layout(frontier, batch);
  const photoBytes = 3 * spec.imageSize ** 2;
  const rowBytes = tensors.reduce((sum, tensor) => sum + 4 * tensor.size, 0);
  const cacheFile = cached ? new RowFile(join(directory, 'features.cache'), rowBytes) : null;
  const pixelFile = trains && !cached ? new RowFile(join(directory, 'pixels.cache'), photoBytes) : null;
  const dispose = (): void => {
    cacheFile?.dispose();
    pixelFile?.dispose();
  };
  try {
    const session = await EngineSession.create(graph, { threads: plan.threads, weightsFolder: weights.folder });
    const features = new Float32Array(photos.length * width);
    const images = new Float32Array(batch * photoBytes);
    const usable: TrainPhoto[] = [];
    let waiting = 0;
    const flush = async (): Promise<void> => {
      if (waiting === 0) return;
      const first = usable.length - waiting;
      const outputs = await session.run(new Map([[IMAGES, images]]));
      features.set((outputs.get(FEATURES) ?? new Float32Array()).subarray(0, waiting * width), first * width);
      for (let slot = 0; slot < waiting; slot++) {
        for (const { name, size, at } of tensors) {
          const values = outputs.get(name)!;
          cacheFile?.write(
            first + slot,
            at,
            new Uint8Array(values.buffer, values.byteOffset + 4 * size * slot, 4 * size),
          );
        }
      }
      waiting = 0;
    };
    let seen = 0;
    for await (const { item: photo, bytes } of decodedAhead(photos, host)) {
      if (bytes !== null) {
        normaliseInto(images, waiting * photoBytes, bytes, spec.imageSize, options.normalisation);
        pixelFile?.write(usable.length, 0, bytes);
        usable.push(photo);
        waiting++;
        if (waiting === batch) await flush();
      }
      host.progress('features', ++seen, photos.length);
      await host.checkStopped();
    }
    await flush();
    await session.release();
    return {
      photos: usable,
      features: features.subarray(0, usable.length * width),
      cache: cacheFile === null ? null : { file: cacheFile, tensors },
      pixels: pixelFile,
      dispose,
    };
  } catch (error) {
    dispose();
    throw error;
  }
}

function layout(frontier: readonly Value[], batch: number): readonly CachedTensor[] {
  let at = 0;
  return frontier.map(({ name, shape }) => {
    const size = elementCount(shape) / batch;
    const tensor = { name, size, at };
    at += 4 * size;
    return tensor;
  });
}

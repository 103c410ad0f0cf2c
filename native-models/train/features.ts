/**
 * What a run needs to know of every photo before it begins: the plain backbone's pooled features, and what the steps read
 * again and again, the cached frontier or the decoded pixels where there is no cache. Features that an earlier run kept are
 * taken from there; the rest is computed in one pass and kept for the next.
 */
import { join } from 'node:path';
import type { FeatureRow } from '../cache/feature-store.ts';
import { FeatureStore } from '../cache/feature-store.ts';
import type { FeatureTensor } from '../cache/feature-tensors.ts';
import { encodeFeature, featureTensor } from '../cache/feature-tensors.ts';
import { decodedAhead } from '../data/decode-ahead.ts';
import { normaliseInto } from '../data/normalise.ts';
import { RowFile } from '../data/row-file.ts';
import { EngineError } from '../errors.ts';
import type { Graph } from '../graph/types.ts';
import { featureWidth } from '../models/backbone-spec.ts';
import { QUANTISATION } from '../models/quantise.ts';
import type { WeightFile } from '../models/weights.ts';
import type { Fallback } from '../runtime/placement.ts';
import { runtimeVersion } from '../runtime/providers.ts';
import { EngineSession } from '../runtime/session.ts';
import { featureBatch, FEATURES, featureGraph, IMAGES } from './graphs.ts';
import type { TrainHost, TrainOptions, TrainPhoto } from './types.ts';

export interface CachedFrontier {
  readonly tensors: readonly FeatureTensor[];
  /** By the photo's row. */
  readonly rows: readonly FeatureRow[];
}

export interface PhotoData {
  /** Photos that could be read, in the order given; their index is their row everywhere. */
  readonly photos: readonly TrainPhoto[];
  /** [n, d] */
  readonly features: Float32Array;
  readonly cache: CachedFrontier | null;
  readonly pixels: RowFile | null;
  /** Operators that the provider left to the CPU. */
  readonly fallbacks: readonly Fallback[];
  dispose(): void;
}

interface FeaturePlan {
  readonly graph: Graph;
  /** The frontier in order of computation, then the pooled features. */
  readonly tensors: readonly FeatureTensor[];
}

export function featurePlan(
  { spec, method, classes, plan, features }: Pick<TrainOptions, 'spec' | 'method' | 'classes' | 'plan' | 'features'>,
  weights: WeightFile,
): FeaturePlan {
  const dtype = plan.cache;
  const cached = method.name !== 'linear' && dtype !== 'none';
  const batch = featureBatch(spec);
  const { graph, frontier } = featureGraph({ spec, weights, method, classes, batch }, cached);
  // Two providers round differently, so each has rows of its own.
  const device = plan.provider === undefined || plan.provider === 'cpu' ? '' : ` ${plan.provider}`;
  const precision = plan.weights === 'int8' ? `, ${QUANTISATION}` : '';
  const source = { ...features, runtime: `${runtimeVersion()} ${process.arch}${device} packed, in halves${precision}` };
  const pooled = featureTensor(FEATURES, graph.outputs.get(FEATURES)!, batch, 'float32', source);
  if (dtype === 'none') return { graph, tensors: [pooled] };
  return {
    graph,
    tensors: [...frontier.map((value) => featureTensor(value.name, value, batch, dtype, source)), pooled],
  };
}

export async function computePhotoData(
  options: TrainOptions,
  weights: WeightFile,
  host: TrainHost,
): Promise<PhotoData> {
  const { spec, method, directory } = options;
  const { graph, tensors } = featurePlan(options, weights);
  const contents = new Set(options.photos.map(({ content }) => content));
  const neededBytes = contents.size * tensors.reduce((sum, { bytes }) => sum + bytes, 0);
  // Others' features are not given up for a run that has to end before its first step.
  if (tensors.length > 1 && neededBytes > options.features.limitBytes) throw noRoom(options, neededBytes);
  const store = new FeatureStore({ ...options.features, tensors });
  const steps = tensors.length - 1;
  const needsPixels = method.name !== 'linear' && steps === 0;
  let pixels: RowFile | null = null;
  const dispose = (): void => {
    store.close();
    pixels?.dispose();
  };
  try {
    pixels = needsPixels ? new RowFile(join(directory, 'pixels.cache'), 3 * spec.imageSize ** 2) : null;
    const gathering = new Gathering({ options, weights, host, store, graph, tensors, neededBytes, pixels });
    const usable = await gathering.run();
    store.touch(usable.map(({ content }) => content));
    return {
      photos: usable,
      features: gathering.features(),
      cache: steps === 0 ? null : { tensors: tensors.slice(0, steps), rows: rowsOf(store, usable, steps) },
      pixels,
      fallbacks: gathering.fallbacks,
      dispose,
    };
  } catch (error) {
    dispose();
    throw error;
  }
}

function rowsOf(store: FeatureStore, photos: readonly TrainPhoto[], tensors: number): readonly FeatureRow[] {
  return photos.map(({ content }) => {
    const row = store.row(content, tensors);
    if (row === null) throw new EngineError('train.data', 'The features of a photo were not kept for this run.');
    return row;
  });
}

interface GatheringOptions {
  readonly options: TrainOptions;
  readonly weights: WeightFile;
  readonly host: TrainHost;
  readonly store: FeatureStore;
  readonly graph: Graph;
  readonly tensors: readonly FeatureTensor[];
  /** Of all photos' tensors together. */
  readonly neededBytes: number;
  /** Gets every photo that can be read, in order; null where pixels are not needed again. */
  readonly pixels: RowFile | null;
}

class Gathering {
  readonly #o: GatheringOptions;
  readonly #width: number;
  /** Photos at once. */
  readonly #batch: number;
  readonly #images: Float32Array;
  /** Pooled features by photo, so that photos of one content share them. */
  readonly #pooled = new Map<string, Float32Array>();
  readonly #failed = new Set<TrainPhoto>();
  #usable: readonly TrainPhoto[] = [];
  #session: EngineSession | null = null;
  #waiting: TrainPhoto[] = [];
  #seen = 0;
  #toCompute = 0;
  /** Whether the disk still takes what is only good for later runs. */
  #keeps = true;

  constructor(options: GatheringOptions) {
    this.#o = options;
    const { spec } = options.options;
    this.#width = featureWidth(spec);
    this.#batch = featureBatch(spec);
    this.#images = new Float32Array(this.#batch * 3 * spec.imageSize ** 2);
  }

  /** Operators that the provider left to the CPU; none where the cache had everything. */
  get fallbacks(): readonly Fallback[] {
    return this.#session?.fallbacks ?? [];
  }

  /** Photos that can be read, in the order given. */
  async run(): Promise<readonly TrainPhoto[]> {
    try {
      await this.#gather();
    } finally {
      await this.#session?.release();
    }
    this.#usable = this.#o.options.photos.filter((photo) => !this.#failed.has(photo));
    return this.#usable;
  }

  async #gather(): Promise<void> {
    const { host, pixels } = this.#o;
    const { photos } = this.#o.options;
    const toRead: TrainPhoto[] = [];
    for (const photo of photos) {
      if (!(await this.#isThere(photo))) this.#passed();
      else if (this.#isKept(photo) && pixels === null) this.#passed();
      else toRead.push(photo);
      await host.checkStopped();
    }
    this.#toCompute = toRead.length;
    let rows = 0;
    for await (const { item: photo, bytes } of decodedAhead(toRead, host)) {
      if (bytes === null) {
        this.#failed.add(photo);
      } else {
        pixels?.write(rows++, 0, bytes);
        await this.#compute(photo, bytes);
      }
      this.#toCompute--;
      this.#passed();
      await host.checkStopped();
    }
    await this.#flush();
  }

  /** [n, d] */
  features(): Float32Array {
    const features = new Float32Array(this.#usable.length * this.#width);
    for (const [row, { content }] of this.#usable.entries())
      features.set(this.#pooled.get(content)!, row * this.#width);
    return features;
  }

  #passed(): void {
    this.#o.host.progress('features', ++this.#seen, this.#o.options.photos.length);
  }

  async #isThere(photo: TrainPhoto): Promise<boolean> {
    try {
      await this.#o.host.check(photo);
      return true;
    } catch (error) {
      if (!(error instanceof EngineError) || error.code !== 'photo.unusable') throw error;
      this.#o.host.photoFailed(photo, error.message);
      this.#failed.add(photo);
      return false;
    }
  }

  #isKept({ content }: TrainPhoto): boolean {
    if (this.#pooled.has(content)) return true;
    const { store, tensors } = this.#o;
    if (!store.has(content)) return false;
    this.#pooled.set(content, store.values(content, tensors.length - 1));
    return true;
  }

  async #compute(photo: TrainPhoto, bytes: Uint8Array): Promise<void> {
    if (this.#pooled.has(photo.content)) return;
    const { spec, normalisation } = this.#o.options;
    normaliseInto(this.#images, this.#waiting.length * 3 * spec.imageSize ** 2, bytes, spec.imageSize, normalisation);
    this.#waiting.push(photo);
    if (this.#waiting.length === this.#batch) await this.#flush();
  }

  async #flush(): Promise<void> {
    if (this.#waiting.length === 0) return;
    const { graph, tensors, options, weights } = this.#o;
    this.#session ??= await EngineSession.create(graph, {
      threads: options.plan.threads,
      weightsFolder: weights.folder,
      provider: options.plan.provider ?? 'cpu',
      exact: true,
      packWeights: true,
    });
    const outputs = await this.#session.run(new Map([[IMAGES, this.#images]]));
    const parts = tensors.map(({ name, size }) => (slot: number): Float32Array => {
      const values = outputs.get(name)!;
      return values.subarray(slot * size, (slot + 1) * size);
    });
    for (const [slot, { content }] of this.#waiting.entries()) {
      this.#pooled.set(content, parts.at(-1)!(slot).slice());
      this.#keep(
        content,
        tensors.map(({ dtype }, index) => encodeFeature(parts[index]!(slot), dtype)),
      );
    }
    this.#waiting = [];
  }

  #keep(content: string, values: readonly Uint8Array[]): void {
    const { store, tensors, options } = this.#o;
    const coming = this.#toCompute + this.#waiting.length;
    if (tensors.length > 1) {
      if (!store.keep(content, values, coming)) throw noRoom(options, this.#o.neededBytes);
      return;
    }
    try {
      this.#keeps &&= store.keep(content, values, coming);
    } catch (error) {
      // Pooled features are at hand already; only the next run would have been quicker.
      if (!(error instanceof EngineError)) throw error;
      this.#keeps = false;
    }
  }
}

function noRoom({ features }: TrainOptions, neededBytes: number): EngineError {
  const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(2)} GB`;
  return new EngineError(
    'cache.no-room',
    `The feature cache may take ${gigabytes(features.limitBytes)}, what its limit says and at most half of what is free of the disk, ` +
      `and the features of this run's photos take ${gigabytes(neededBytes)}. Everything stored is kept. ` +
      'Raise the limit (Settings, or "dtl cache limit") or free some space and resume the run, or start one without the cache (--cache none).',
    { data: { limitBytes: features.limitBytes, neededBytes } },
  );
}

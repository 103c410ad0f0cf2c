/** A backbone with one or several adapters, ready to classify; the frozen part that they share is computed once a photo. */
import type { Method } from '../adapters/method.ts';
import { trainedParameters } from '../adapters/method.ts';
import type { PhotoReader } from '../data/decode-ahead.ts';
import { decodedAhead } from '../data/decode-ahead.ts';
import type { Normalisation } from '../data/normalise.ts';
import { normaliseInto } from '../data/normalise.ts';
import type { BackboneSpec } from '../models/backbone-spec.ts';
import { openWeightFile } from '../models/weight-file.ts';
import { EngineSession } from '../runtime/session.ts';
import { IMAGES } from '../train/graphs.ts';
import { packLogits, packPrefix, packsGraph } from './packs-graph.ts';
import { readAdapter } from './read-adapter.ts';

export interface Adapter {
  /** A pack or a run's weights. */
  readonly path: string;
  readonly method: Method;
  readonly classes: number;
}

export interface PacksPredictorOptions {
  readonly weightsPath: string;
  readonly tensorPrefix: string;
  readonly spec: BackboneSpec;
  readonly normalisation: Normalisation;
  readonly adapters: readonly Adapter[];
  readonly threads: number;
  /** Photos in one run of the graph. */
  readonly batch: number;
}

export interface PredictHost<P> extends PhotoReader<P> {
  /** Asked at every photo, read or not; what it throws ends the prediction. */
  checkStopped(): Promise<void>;
}

/** One list of logits an adapter. */
export type PacksLogits = number[][];

export class PacksPredictor {
  readonly #options: PacksPredictorOptions;
  readonly #session: EngineSession;
  readonly #parameters: ReadonlyMap<string, Float32Array>;
  readonly #images: Float32Array;

  private constructor(
    options: PacksPredictorOptions,
    session: EngineSession,
    parameters: ReadonlyMap<string, Float32Array>,
  ) {
    this.#options = options;
    this.#session = session;
    this.#parameters = parameters;
    this.#images = new Float32Array(options.batch * 3 * options.spec.imageSize ** 2);
  }

  /** Throws `adapter.tensors` where an adapter's tensors are not those of its method. */
  static async open(options: PacksPredictorOptions): Promise<PacksPredictor> {
    const { spec, adapters, threads, batch } = options;
    const parameters = new Map<string, Float32Array>();
    for (const [pack, { path, method, classes }] of adapters.entries()) {
      const own = await readAdapter(path, trainedParameters(method, spec, classes));
      for (const [name, values] of own) parameters.set(packPrefix(pack) + name, values);
    }
    const weights = await openWeightFile(options.weightsPath, options.tensorPrefix);
    const graph = packsGraph({ spec, weights, packs: adapters, batch });
    const session = await EngineSession.create(graph, { threads, weightsFolder: weights.folder });
    return new PacksPredictor(options, session, parameters);
  }

  /** Up to `batch` photos as RGB bytes [S, S, 3] -> logits [C] of every adapter, each. */
  async logits(photos: readonly Uint8Array[]): Promise<PacksLogits[]> {
    const { spec, normalisation, adapters } = this.#options;
    const size = 3 * spec.imageSize ** 2;
    photos.forEach((bytes, slot) => normaliseInto(this.#images, slot * size, bytes, spec.imageSize, normalisation));
    const outputs = await this.#session.run(new Map([[IMAGES, this.#images], ...this.#parameters]));
    return photos.map((_, slot) =>
      adapters.map(({ classes }, pack) => [
        ...outputs.get(packLogits(pack))!.subarray(slot * classes, (slot + 1) * classes),
      ]),
    );
  }

  /** Photos of any number, in order, in batches; unreadable ones are reported to the host and left out. */
  async *predict<P>(photos: readonly P[], host: PredictHost<P>): AsyncGenerator<{ photo: P; logits: PacksLogits }[]> {
    let waiting: { photo: P; bytes: Uint8Array }[] = [];
    const flush = async (): Promise<{ photo: P; logits: PacksLogits }[]> => {
      const logits = await this.logits(waiting.map(({ bytes }) => bytes));
      const rows = waiting.map(({ photo }, index) => ({ photo, logits: logits[index]! }));
      waiting = [];
      return rows;
    };
    for await (const { item, bytes } of decodedAhead(photos, host)) {
      await host.checkStopped();
      if (bytes === null) continue;
      waiting.push({ photo: item, bytes });
      if (waiting.length === this.#options.batch) yield await flush();
    }
    if (waiting.length > 0) yield await flush();
  }

  async close(): Promise<void> {
    await this.#session.release();
  }
}

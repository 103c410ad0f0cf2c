/** A backbone with one adapter, ready to classify. */
import { trainedParameters } from '../adapters/method.ts';
import type { Method } from '../adapters/method.ts';
import { decodedAhead } from '../data/decode-ahead.ts';
import type { PhotoReader } from '../data/decode-ahead.ts';
import type { Normalisation } from '../data/normalise.ts';
import { normaliseInto } from '../data/normalise.ts';
import { EngineError } from '../errors.ts';
import { readSafetensorsHeader, readTensorFloat32 } from '../formats/safetensors.ts';
import { sameShape } from '../graph/types.ts';
import type { BackboneSpec } from '../models/backbone-spec.ts';
import { openWeightFile } from '../models/weight-file.ts';
import { EngineSession } from '../runtime/session.ts';
import { forwardGraph, IMAGES, LOGITS } from '../train/graphs.ts';

export interface PredictorOptions {
  readonly weightsPath: string;
  readonly tensorPrefix: string;
  readonly spec: BackboneSpec;
  readonly normalisation: Normalisation;
  readonly method: Method;
  readonly classes: number;
  /** A pack or a run's weights. */
  readonly adapterPath: string;
  readonly threads: number;
  /** Photos in one run of the graph. */
  readonly batch: number;
}

export class Predictor {
  readonly #options: PredictorOptions;
  readonly #session: EngineSession;
  readonly #parameters: ReadonlyMap<string, Float32Array>;
  readonly #images: Float32Array;

  private constructor(
    options: PredictorOptions,
    session: EngineSession,
    parameters: ReadonlyMap<string, Float32Array>,
  ) {
    this.#options = options;
    this.#session = session;
    this.#parameters = parameters;
    this.#images = new Float32Array(options.batch * 3 * options.spec.imageSize ** 2);
  }

  /** Throws `adapter.tensors` where the adapter's tensors are not those of the method. */
  static async open(options: PredictorOptions): Promise<Predictor> {
    const { spec, method, classes, threads, batch } = options;
    const parameters = await readAdapter(options.adapterPath, trainedParameters(method, spec, classes));
    const weights = await openWeightFile(options.weightsPath, options.tensorPrefix);
    const { graph } = forwardGraph({ spec, weights, method, classes, batch });
    const session = await EngineSession.create(graph, { threads, weightsFolder: weights.folder });
    return new Predictor(options, session, parameters);
  }

  /** Up to `batch` photos as RGB bytes [S, S, 3] -> logits [C] each. */
  async logits(photos: readonly Uint8Array[]): Promise<number[][]> {
    const { spec, normalisation, classes } = this.#options;
    const size = 3 * spec.imageSize ** 2;
    photos.forEach((bytes, slot) => normaliseInto(this.#images, slot * size, bytes, spec.imageSize, normalisation));
    const outputs = await this.#session.run(new Map([[IMAGES, this.#images], ...this.#parameters]));
    const logits = outputs.get(LOGITS) ?? new Float32Array();
    return photos.map((_, slot) => [...logits.subarray(slot * classes, (slot + 1) * classes)]);
  }

  /** Photos of any number, in order, in batches; unreadable ones are reported by the reader and left out. */
  async *predict<P>(photos: readonly P[], reader: PhotoReader<P>): AsyncGenerator<{ photo: P; logits: number[] }[]> {
    let waiting: { photo: P; bytes: Uint8Array }[] = [];
    const flush = async (): Promise<{ photo: P; logits: number[] }[]> => {
      const logits = await this.logits(waiting.map(({ bytes }) => bytes));
      const rows = waiting.map(({ photo }, index) => ({ photo, logits: logits[index]! }));
      waiting = [];
      return rows;
    };
    for await (const { item, bytes } of decodedAhead(photos, reader)) {
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

/** Throws `adapter.tensors` where a tensor is missing or has another shape. */
export async function readAdapter(
  path: string,
  expected: ReadonlyMap<string, readonly number[]>,
): Promise<Map<string, Float32Array>> {
  const file = await readSafetensorsHeader(path);
  const parameters = new Map<string, Float32Array>();
  for (const [name, shape] of expected) {
    const entry = file.tensors.get(name);
    if (entry === undefined || !sameShape(entry.shape, shape)) {
      throw new EngineError('adapter.tensors', `${path} has no tensor ${name} of shape [${shape.join(', ')}].`, {
        data: { tensor: name },
      });
    }
    parameters.set(name, await readTensorFloat32(file, entry));
  }
  return parameters;
}

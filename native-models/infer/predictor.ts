/** A backbone with one adapter, ready to classify. */
import type { Method } from '../adapters/method.ts';
import type { PacksPredictorOptions } from './packs-predictor.ts';
import { PacksPredictor } from './packs-predictor.ts';

export interface PredictorOptions extends Omit<PacksPredictorOptions, 'adapters'> {
  readonly method: Method;
  readonly classes: number;
  /** A pack or a run's weights. */
  readonly adapterPath: string;
}

export class Predictor {
  readonly #packs: PacksPredictor;

  private constructor(packs: PacksPredictor) {
    this.#packs = packs;
  }

  /** Throws `adapter.tensors` where the adapter's tensors are not those of the method. */
  static async open({ adapterPath: path, method, classes, ...options }: PredictorOptions): Promise<Predictor> {
    return new Predictor(await PacksPredictor.open({ ...options, adapters: [{ path, method, classes }] }));
  }

  /** Up to `batch` photos as RGB bytes [S, S, 3] -> logits [C] each. */
  async logits(photos: readonly Uint8Array[]): Promise<number[][]> {
    return (await this.#packs.logits(photos)).map(([own = []]) => own);
  }

  async close(): Promise<void> {
    await this.#packs.close();
  }
}

/** A session on an ONNX file as anybody would open it: weights inside, sizes known only when it runs. */
import './silence.ts';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { EngineError } from '../errors.ts';

export interface ByteTensor {
  readonly type: 'uint8';
  readonly shape: readonly number[];
  readonly data: Uint8Array;
}

export class ModelFileSession {
  readonly #path: string;
  readonly #session: InferenceSession;

  private constructor(path: string, session: InferenceSession) {
    this.#path = path;
    this.#session = session;
  }

  /** Throws `runtime.session` with the runtime's words where it refuses the file. */
  static async open(path: string, threads: number): Promise<ModelFileSession> {
    try {
      const session = await InferenceSession.create(path, {
        executionProviders: ['cpu'],
        intraOpNumThreads: threads,
        enableMemPattern: false,
        logSeverityLevel: 3,
        // Packed weights would be a second copy for a few photos.
        extra: { session: { disable_prepacking: '1' } },
      });
      return new ModelFileSession(path, session);
    } catch (error) {
      throw new EngineError('runtime.session', `The runtime refused "${path}": ${messageOf(error)}`, { cause: error });
    }
  }

  /** The float output `output` for the one input. Throws `runtime.run`. */
  async run(input: string, { type, shape, data }: ByteTensor, output: string): Promise<Float32Array> {
    try {
      const results = await this.#session.run({ [input]: new Tensor(type, data, shape) }, [output]);
      const values = results[output]?.data;
      if (values instanceof Float32Array) return values;
    } catch (error) {
      throw new EngineError('runtime.run', `The runtime failed in "${this.#path}": ${messageOf(error)}`, {
        cause: error,
      });
    }
    throw new EngineError('runtime.run', `"${this.#path}" has no float output ${output}.`);
  }

  async release(): Promise<void> {
    await this.#session.release();
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

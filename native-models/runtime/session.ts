/**
 * Graphs as onnxruntime sessions. `run` blocks the thread it is called on and cannot be cancelled: callers work in
 * micro-batches inside a process of their own.
 */
import './silence.ts';
import './half-tensors.ts';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { EngineError } from '../errors.ts';
import { toOnnx } from '../emit/to-onnx.ts';
import { encodeModel } from '../formats/onnx.ts';
import type { Graph } from '../graph/types.ts';
import { elementCount } from '../graph/types.ts';

export interface SessionOptions {
  /** Threads of one operator; operators run one after the other. */
  readonly threads: number;
  /** The folder in which the graph's weight files lie; null for a graph without weights. */
  readonly weightsFolder: string | null;
  /** Computes every value by its own operators, so that its bits do not depend on what else is asked of the graph. */
  readonly exact?: boolean;
}

export class EngineSession {
  readonly graph: Graph;
  readonly #session: InferenceSession;

  private constructor(graph: Graph, session: InferenceSession) {
    this.graph = graph;
    this.#session = session;
  }

  /** Throws `runtime.session` with the runtime's words where it refuses the graph or cannot read the weights. */
  static async create(graph: Graph, { threads, weightsFolder, exact = false }: SessionOptions): Promise<EngineSession> {
    try {
      const session = await InferenceSession.create(encodeModel(toOnnx(graph)), {
        executionProviders: ['cpu'],
        intraOpNumThreads: threads,
        interOpNumThreads: 1,
        executionMode: 'sequential',
        graphOptimizationLevel: exact ? 'basic' : 'all',
        // Plans memory for the run as a whole otherwise, which costs more at its peak than it saves in time.
        enableMemPattern: false,
        logSeverityLevel: 3,
        extra: {
          session: {
            // Packed weights are a second copy, and a third where backward reads them transposed; with the rows of a
            // micro-batch packing on the fly costs no measurable time (ViT-B/16: 0.73 GiB instead of 0.88 at its peak).
            disable_prepacking: '1',
            ...(weightsFolder === null ? {} : { model_external_initializers_file_folder_path: weightsFolder }),
          },
        },
      });
      return new EngineSession(graph, session);
    } catch (error) {
      if (error instanceof EngineError) throw error;
      throw new EngineError('runtime.session', `The runtime refused the graph "${graph.name}": ${messageOf(error)}`, {
        data: { graph: graph.name },
        cause: error,
      });
    }
  }

  /**
   * Feeds by input name, outputs by output name; the outputs' memory belongs to the caller. Inputs in half precision are
   * bit patterns. Throws `runtime.feed`, `runtime.run`.
   */
  async run(feeds: ReadonlyMap<string, Float32Array | Uint16Array>): Promise<Map<string, Float32Array>> {
    const tensors: Record<string, Tensor> = {};
    for (const { name, shape } of this.graph.inputs) {
      const data = feeds.get(name);
      if (data?.length !== elementCount(shape)) {
        throw new EngineError(
          'runtime.feed',
          `Input ${name} of "${this.graph.name}" needs ${elementCount(shape)} values, not ${data?.length ?? 0}.`,
        );
      }
      tensors[name] =
        data instanceof Uint16Array ? new Tensor('float16', data, shape) : new Tensor('float32', data, shape);
    }
    try {
      const results = await this.#session.run(tensors);
      return new Map([...this.graph.outputs.keys()].map((name) => [name, floats(results[name], name)]));
    } catch (error) {
      throw new EngineError('runtime.run', `The runtime failed in "${this.graph.name}": ${messageOf(error)}`, {
        cause: error,
      });
    }
  }

  async release(): Promise<void> {
    await this.#session.release();
  }
}

function floats(tensor: Tensor | undefined, name: string): Float32Array {
  if (tensor === undefined || !(tensor.data instanceof Float32Array))
    throw new EngineError('runtime.run', `Output ${name} is missing.`);
  return tensor.data;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

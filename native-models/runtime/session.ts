/**
 * Graphs as onnxruntime sessions. `run` blocks the thread it is called on and cannot be cancelled: callers work in
 * micro-batches inside a process of their own.
 */
import './silence.ts';
import './half-tensors.ts';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { EngineError } from '../errors.ts';
import { toOnnx } from '../emit/to-onnx.ts';
import { encodeModel } from '../formats/onnx.ts';
import type { OnnxModel } from '../formats/onnx.ts';
import type { Graph } from '../graph/types.ts';
import { elementCount } from '../graph/types.ts';
import { channelBlock } from './channel-block.ts';
import { forProvider } from '../passes/providers/for-provider.ts';
import { missingKernels } from './kernels/kernels.ts';
import type { Fallback } from './placement.ts';
import { fallbacksIn } from './placement.ts';
import type { ProviderName } from './provider-names.ts';
import { whyUnavailable } from './providers.ts';

export interface SessionOptions {
  /** Threads of one operator; operators run one after the other. */
  readonly threads: number;
  /** The folder in which the graph's weight files lie; null for a graph without weights. */
  readonly weightsFolder: string | null;
  /**
   * Whether the runtime lays out every weight anew for its product when the session is made: an eighth faster at 2 to 4
   * photos a run, for a copy more of each weight that backward reads too. Otherwise weights stay in the mapped file.
   */
  readonly packWeights?: boolean;
  /** Whether wide products stay whole where the processor would rather have them in halves: a plain product's speed. */
  readonly asBuilt?: boolean;
  /** What computes; the CPU unless it is said. Nothing else is taken in its place. */
  readonly provider?: ProviderName;
  /** Computes every value by its own operators, so that its bits do not depend on what else is asked of the graph. */
  readonly exact?: boolean;
  /** How the file begins that the runtime writes its profile of all runs to, until `endProfile`. On the CPU only. */
  readonly profilePrefix?: string;
}

/** The runtime's words when a node would go to the CPU and was not allowed to. */
const FALLS_BACK = 'fallback to CPU EP has been explicitly disabled';

export class EngineSession {
  readonly graph: Graph;
  readonly provider: ProviderName;
  readonly #session: InferenceSession;
  /** Where the runtime profiles the first run, to tell which operators it left to the CPU; null when that is known. */
  #profiling: Profiling | null;
  #fallbacks: readonly Fallback[] = [];

  private constructor(graph: Graph, session: InferenceSession, provider: ProviderName, profiling: Profiling | null) {
    this.graph = graph;
    this.provider = provider;
    this.#session = session;
    this.#profiling = profiling;
  }

  /**
   * Throws `runtime.session` with the runtime's words where it refuses the graph or cannot read the weights, and
   * `runtime.provider` where the provider cannot be had.
   */
  static async create(graph: Graph, options: SessionOptions): Promise<EngineSession> {
    const { threads, weightsFolder, packWeights = false, asBuilt = false, exact = false } = options;
    const { provider = 'cpu', profilePrefix } = options;
    const block = provider === 'cpu' ? await channelBlock() : null;
    const onnx = toOnnx(forProvider(graph, provider, { copiesWeights: packWeights && !asBuilt }), 'fused', {
      channelBlock: block,
    });
    const model = encodeModel(onnx);
    const open = (extra: Readonly<Record<string, string>>, more: InferenceSession.SessionOptions = {}) =>
      InferenceSession.create(model, {
        executionProviders: [provider],
        intraOpNumThreads: threads,
        interOpNumThreads: 1,
        executionMode: 'sequential',
        graphOptimizationLevel: exact ? 'basic' : 'all',
        // Plans memory for the run as a whole otherwise, which costs more at its peak than it saves in time.
        enableMemPattern: false,
        logSeverityLevel: 3,
        ...more,
        extra: {
          session: {
            disable_prepacking: packWeights ? '0' : '1',
            ...(weightsFolder === null ? {} : { model_external_initializers_file_folder_path: weightsFolder }),
            ...extra,
          },
        },
      });
    try {
      if (provider === 'cpu') {
        const profiling =
          profilePrefix === undefined ? {} : { enableProfiling: true, profileFilePrefix: profilePrefix };
        return new EngineSession(graph, await open({}, profiling), provider, null);
      }
      try {
        // Where every operator runs on the provider there is nothing to look for.
        const session = await open({ disable_cpu_ep_fallback: '1' }, { logSeverityLevel: 4 });
        return new EngineSession(graph, session, provider, null);
      } catch (error) {
        if (!messageOf(error).includes(FALLS_BACK)) throw error;
      }
      const folder = mkdtempSync(join(tmpdir(), 'dtl-profile-'));
      const session = await open({}, { enableProfiling: true, profileFilePrefix: join(folder, 'profile') });
      return new EngineSession(graph, session, provider, { folder, reasons: reasonsOf(onnx, provider) });
    } catch (error) {
      if (error instanceof EngineError) throw error;
      throw refused(graph, provider, error);
    }
  }

  /** Operators that the provider left to the CPU: complete after the first run. */
  get fallbacks(): readonly Fallback[] {
    return this.#fallbacks;
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
      if (this.#profiling !== null) this.#fallbacks = this.#readProfile(this.#profiling);
      return new Map([...this.graph.outputs.keys()].map((name) => [name, floats(results[name], name)]));
    } catch (error) {
      throw new EngineError('runtime.run', `The runtime failed in "${this.graph.name}": ${messageOf(error)}`, {
        cause: error,
      });
    }
  }

  /** Writes the profile that `profilePrefix` asked for. */
  endProfile(): void {
    this.#session.endProfiling();
  }

  async release(): Promise<void> {
    await this.#session.release();
    if (this.#profiling !== null) rmSync(this.#profiling.folder, { recursive: true, force: true });
    this.#profiling = null;
  }

  #readProfile({ folder, reasons }: Profiling): readonly Fallback[] {
    this.#session.endProfiling();
    this.#profiling = null;
    try {
      const [file = ''] = readdirSync(folder);
      return fallbacksIn(readFileSync(join(folder, file), 'utf8'), this.provider, reasons);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
}

interface Profiling {
  readonly folder: string;
  readonly reasons: ReadonlyMap<string, string>;
}

/** What the table of kernels says of operators that the provider cannot compute. Core ML is in no table. */
function reasonsOf(model: OnnxModel, provider: ProviderName): ReadonlyMap<string, string> {
  if (provider === 'cpu' || provider === 'coreml') return new Map();
  return new Map(
    missingKernels(model, provider).map(({ operator, why }) => [
      operator,
      `${why[0]?.toUpperCase() ?? ''}${why.slice(1)}.`,
    ]),
  );
}

function refused(graph: Graph, provider: ProviderName, cause: unknown): EngineError {
  const message = messageOf(cause);
  const aboutProvider = /backend not found|ExecutionProvider|execution provider|WebGPU|webgpu_context|CUDA|cuda/.test(
    message,
  );
  if (provider !== 'cpu' && aboutProvider) {
    const reason = whyUnavailable(provider, message);
    return new EngineError('runtime.provider', `This cannot be computed on ${provider}. ${reason}`, {
      data: { provider, reason },
      cause,
    });
  }
  return new EngineError('runtime.session', `The runtime refused the graph "${graph.name}": ${message}`, {
    data: { graph: graph.name },
    cause,
  });
}

function floats(tensor: Tensor | undefined, name: string): Float32Array {
  if (tensor === undefined || !(tensor.data instanceof Float32Array))
    throw new EngineError('runtime.run', `Output ${name} is missing.`);
  return tensor.data;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

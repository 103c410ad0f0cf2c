/** Times a training step of a named model on random weights, with a plain product of the same run beside it. */
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { defaultDtl } from '../adapters/dtl/config.ts';
import { initialSide } from '../adapters/method.ts';
import { randomHead } from '../adapters/head.ts';
import { denseTargets } from '../data/targets.ts';
import { rowsOf } from '../data/slices.ts';
import { flopsOf } from '../graph/flops.ts';
import type { Graph } from '../graph/types.ts';
import { elementCount } from '../graph/types.ts';
import { randomValues, writeRandomWeights } from '../models/random-weights.ts';
import { model } from '../models/registry.ts';
import { featureWidth } from '../models/backbone-spec.ts';
import { quantisedWeights } from '../models/quantised-file.ts';
import { openWeightFile } from '../models/weight-file.ts';
import { EngineSession } from '../runtime/session.ts';
import { BatchSum } from './accumulate.ts';
import { TARGETS, trainingGraph } from './graphs.ts';
import { plainProducts } from './plain-products.ts';

export interface TimedStep {
  /** Holds the random weights; the caller removes it. */
  readonly directory: string;
  readonly model: string;
  readonly batch: number;
  readonly microBatch: number;
  readonly threads: number;
  readonly classes: number;
  /** Times the step behind the feature cache, its inputs given. */
  readonly cached: boolean;
  /** Of the backbone's matrices; as they are unless it is said. */
  readonly weights?: 'float32' | 'int8';
  /** `SessionOptions.profilePrefix` of the step. */
  readonly profilePrefix?: string;
}

/**
 * A session's threads go on looking for work for some 0.1 s after a run, on the cores that another session's run needs: a
 * product at once after a step takes up to half as long again.
 */
const REST_MS = 300;

/** A step and a plain product of the same sizes, ready to be run again and again. */
export class StepBench {
  readonly #run: () => Promise<void>;
  readonly #product: () => Promise<void>;
  readonly #sessions: readonly EngineSession[];
  /** Of one step, all its micro-batches together. */
  readonly stepGflop: number;
  readonly gemmGflop: number;

  private constructor(
    run: () => Promise<void>,
    product: () => Promise<void>,
    sessions: readonly EngineSession[],
    gflop: { readonly step: number; readonly gemm: number },
  ) {
    this.#run = run;
    this.#product = product;
    this.#sessions = sessions;
    this.stepGflop = gflop.step;
    this.gemmGflop = gflop.gemm;
  }

  static async open(options: TimedStep): Promise<StepBench> {
    const { batch, threads, classes, cached } = options;
    const microBatch = Math.min(options.microBatch, batch);
    const spec = model(options.model);
    const path = join(options.directory, 'random.safetensors');
    await writeRandomWeights(path, spec);
    const weights =
      options.weights === 'int8'
        ? await quantisedWeights(path, '', options.directory, {
            forBackward: true,
            checkStopped: () => Promise.resolve(),
          })
        : await openWeightFile(path);
    const method = { name: 'dtl+' as const, beta: 100, kernel: 5 as const, ...defaultDtl(spec) };
    const training = trainingGraph({ spec, weights, method, classes, batch: microBatch });
    const graph = cached && training.split ? training.split.suffix : training.graph;
    const { profilePrefix } = options;
    const session = await EngineSession.create(graph, {
      threads,
      weightsFolder: weights.folder,
      packWeights: true,
      ...(profilePrefix === undefined ? {} : { profilePrefix }),
    });
    const gemmGraph = plainProducts(spec, microBatch);
    const gemmSession = await EngineSession.create(gemmGraph, {
      threads,
      weightsFolder: null,
      packWeights: true,
      asBuilt: true,
    });
    const parameters = new Map([...initialSide(method, spec, 0), ...randomHead(classes, featureWidth(spec), 0)]);
    const inputs = randomInputs(graph, parameters);
    const gemmInputs = randomInputs(gemmGraph, new Map());
    const labels = Array.from({ length: batch }, (_, index) => (index * 7) % classes);
    const targets = denseTargets(labels, {
      classes,
      labelSmoothing: 0,
      classWeights: new Float64Array(classes).fill(1),
    });
    const run = async (): Promise<void> => {
      const sum = new BatchSum();
      for (let start = 0; start < batch; start += microBatch) {
        const count = Math.min(microBatch, batch - start);
        inputs.set(TARGETS, rowsOf(targets, classes, start, count, microBatch));
        sum.add(await session.run(inputs));
      }
    };
    const product = async (): Promise<void> => {
      await gemmSession.run(gemmInputs);
    };
    return new StepBench(run, product, [session, gemmSession], {
      step: (Math.ceil(batch / microBatch) * flopsOf(graph)) / 1e9,
      gemm: flopsOf(gemmGraph) / 1e9,
    });
  }

  /** Milliseconds of one step. */
  async step(): Promise<number> {
    await delay(REST_MS);
    return timed(this.#run);
  }

  /** Milliseconds of the plain product, after one that brings its weights back. */
  async gemm(): Promise<number> {
    await delay(REST_MS);
    await this.#product();
    return timed(this.#product);
  }

  /** Writes the profile of all steps so far. */
  endProfile(): void {
    this.#sessions[0]?.endProfile();
  }

  async close(): Promise<void> {
    for (const session of this.#sessions) await session.release();
  }
}

export interface StepBenchOptions extends TimedStep {
  readonly repeats: number;
  readonly onRepeat: (done: number, total: number) => Promise<void>;
}

export interface StepBenchResult {
  /** One entry a repeat, for the whole batch. */
  readonly stepMilliseconds: readonly number[];
  readonly gemmMilliseconds: readonly number[];
  readonly stepGflop: number;
  readonly gemmGflop: number;
}

export async function benchStep(options: StepBenchOptions): Promise<StepBenchResult> {
  const bench = await StepBench.open(options);
  const stepMilliseconds: number[] = [];
  const gemmMilliseconds: number[] = [];
  for (let repeat = 0; repeat <= options.repeats; repeat++) {
    const [step, product] = [await bench.step(), await bench.gemm()];
    // The first round warms up memory and caches.
    if (repeat > 0) {
      stepMilliseconds.push(step);
      gemmMilliseconds.push(product);
    }
    await options.onRepeat(repeat, options.repeats);
  }
  await bench.close();
  const { stepGflop, gemmGflop } = bench;
  return { stepMilliseconds, gemmMilliseconds, stepGflop, gemmGflop };
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

function randomInputs(graph: Graph, known: ReadonlyMap<string, Float32Array>): Map<string, Float32Array> {
  return new Map(
    graph.inputs.map(({ name, shape }) => [name, known.get(name) ?? randomValues(name, elementCount(shape), 1)]),
  );
}

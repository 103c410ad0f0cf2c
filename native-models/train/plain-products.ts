/** Matrix products alone: the bound of what a step can reach, and what a machine's speed is told by. */
import { flopsOf } from '../graph/flops.ts';
import { GraphBuilder } from '../graph/builder.ts';
import type { Graph, Value } from '../graph/types.ts';
import { elementCount } from '../graph/types.ts';
import type { BackboneSpec } from '../models/backbone-spec.ts';
import { blocksOf } from '../models/backbone-spec.ts';
import { randomValues } from '../models/random-weights.ts';
import { model } from '../models/registry.ts';
import { gemm } from '../ops/gemm.ts';
import { EngineSession } from '../runtime/session.ts';

/** A chain of the middle block's two largest products, rows as in the step; only the last one's result leaves the runtime. */
export function plainProducts(spec: BackboneSpec, microBatch: number): Graph {
  const b = new GraphBuilder('gemm');
  const blocks = blocksOf(spec);
  const { width, mlpWidth, grid, prefixTokens } = blocks[Math.floor(blocks.length / 2)]!;
  const weight = (name: string, rows: number, columns: number): Value =>
    b.constant(name, [rows, columns], randomValues(name, rows * columns, 1 / Math.sqrt(columns)));
  const [up, down] = [weight('up', mlpWidth, width), weight('down', width, mlpWidth)];
  let x = b.input('x', [microBatch * (prefixTokens + grid ** 2), width]);
  for (let pair = 0; pair < 4; pair++) x = gemm(b, gemm(b, x, up, { transB: 1 }), down, { transB: 1 });
  return b.finish({ y: x });
}

const RUNS = 5;

/** Floating-point operations a second in products of a usual size, on the CPU: the median of a few tenths of a second. */
export async function productRate(threads: number): Promise<number> {
  const graph = plainProducts(model('vit_small_patch16_224'), 4);
  const session = await EngineSession.create(graph, { threads, weightsFolder: null, packWeights: true, asBuilt: true });
  try {
    const inputs = new Map(graph.inputs.map(({ name, shape }) => [name, randomValues(name, elementCount(shape), 1)]));
    const seconds: number[] = [];
    for (let run = 0; run <= RUNS; run++) {
      const start = performance.now();
      await session.run(inputs);
      // The first one warms up memory and caches.
      if (run > 0) seconds.push((performance.now() - start) / 1000);
    }
    return flopsOf(graph) / seconds.sort((a, b) => a - b)[Math.floor(RUNS / 2)]!;
  } finally {
    await session.release();
  }
}

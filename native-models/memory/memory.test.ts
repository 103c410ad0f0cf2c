import { describe, expect, it } from 'vitest';
import { defaultDtl } from '../adapters/dtl/config.ts';
import { GraphBuilder } from '../graph/builder.ts';
import { executionOrder } from '../graph/execution-order.ts';
import { model } from '../models/registry.ts';
import { add } from '../ops/add.ts';
import { gemm } from '../ops/gemm.ts';
import { mul } from '../ops/mul.ts';
import { quantisedLinear } from '../ops/quantised-linear.ts';
import { reshape } from '../ops/reshape.ts';
import { softmax } from '../ops/softmax.ts';
import { transpose } from '../ops/transpose.ts';
import { Arena } from './arena.ts';
import { forecastMemory } from './forecast.ts';
import { forecastRun } from './forecast-run.ts';
import { lifetimes } from './lifetimes.ts';

const MIB = 1 << 20;

/** A matrix of 1 MiB. */
const LARGE = [512, 512];

/** Peak of what is taken and not given back, in MiB. */
function peak(moments: ReturnType<typeof lifetimes>): number {
  let [now, most] = [0, 0];
  const sum = (buffers: readonly { readonly bytes: number }[]): number =>
    buffers.reduce((total, { bytes }) => total + bytes, 0);
  for (const { taken, workspace, freed } of moments) {
    now += sum(taken);
    most = Math.max(most, now + sum(workspace));
    now -= sum(freed);
  }
  return most / MIB;
}

describe('the lifetimes of buffers', () => {
  it('of a chain of products: each holds its input and its output, and the buffers alternate', () => {
    const b = new GraphBuilder('chain');
    const w = b.input('w', LARGE);
    let x = b.input('x', LARGE);
    for (let i = 0; i < 5; i++) x = gemm(b, x, w);
    const moments = lifetimes(b.finish({ y: x }));
    expect(peak(moments)).toBe(2);
    // The output is taken anew, since it leaves the graph.
    expect(moments.map(({ taken }) => taken.length)).toEqual([1, 1, 0, 0, 1]);
  });

  it('of elementwise operators: none beside that of an input which nothing reads any more', () => {
    const b = new GraphBuilder('in place');
    const x = gemm(b, b.input('x', LARGE), b.input('w', LARGE));
    const y = softmax(b, mul(b, add(b, x, b.scalar(1)), b.scalar(2)));
    expect(peak(lifetimes(b.finish({ y })))).toBe(2);
  });

  it('of a value that is read again later: as long as that', () => {
    const b = new GraphBuilder('residual');
    const w = b.input('w', LARGE);
    const x = gemm(b, b.input('x', LARGE), w);
    const y = add(b, softmax(b, softmax(b, softmax(b, x))), x);
    expect(peak(lifetimes(b.finish({ y: softmax(b, y) })))).toBe(3);
  });

  it('of views: those of what they look at', () => {
    const b = new GraphBuilder('views');
    const x = gemm(b, b.input('x', LARGE), b.input('w', LARGE));
    const view = transpose(b, reshape(b, x, [2, 256, 512]), [0, 2, 1]);
    expect(peak(lifetimes(b.finish({ y: softmax(b, view) })))).toBe(2);
  });
});

describe('the order of execution', () => {
  it('computes what the last output needs first, and each node once and behind its inputs', () => {
    const b = new GraphBuilder('order');
    const x = b.input('x', [2]);
    const shared = mul(b, x, x);
    const first = add(b, shared, x);
    const second = mul(b, shared, shared);
    const names = executionOrder(b.finish({ first, second })).map(({ name }) => name);
    expect(names).toEqual(['Mul', 'Mul_1', 'Add']);
  });
});

describe('the arena', () => {
  it('counts pages that were written to, not regions', () => {
    const arena = new Arena();
    arena.take(5000);
    expect(arena.touchedBytes).toBe(2 * 4096);
    arena.take(3 * MIB);
    expect(arena.touchedBytes).toBe(3 * MIB + 2 * 4096);
  });

  it('gives a buffer the place of those before it, joined', () => {
    const arena = new Arena();
    const chunks = [1, 2, 3, 4].map(() => arena.take(MIB / 4));
    for (const chunk of chunks) arena.giveBack(chunk);
    arena.take(MIB);
    expect(arena.touchedBytes).toBe(MIB);
  });
});

describe('the forecast', () => {
  it('counts a mapped weight once, and a packed one for each product that reads it', () => {
    const b = new GraphBuilder('weights');
    const data = { location: 'w', offset: 0, length: MIB };
    const w = b.weight('w', LARGE, 'float32', data);
    const x = b.input('x', LARGE);
    const graph = b.finish({ y: gemm(b, gemm(b, x, w), w, { transB: 1 }) });
    expect(forecastMemory(graph, { packWeights: false })).toMatchObject({ weightBytes: MIB, feedBytes: MIB });
    expect(forecastMemory(graph, { packWeights: true }).weightBytes).toBe(2 * MIB);
  });

  it('counts a matrix in 8 bits as a quarter, its scales, and the sums that the runtime keeps beside them', () => {
    const b = new GraphBuilder('codes');
    const data = { location: 'w', offset: 0, length: 0 };
    const [codes, scales] = [b.weight('c', [512, 2, 256], 'uint8', data), b.weight('s', [512, 2], 'float32', data)];
    const graph = b.finish({ y: quantisedLinear(b, b.input('x', LARGE), { codes, scales }) });
    const scaleBytes = 512 * 2 * 4;
    expect(forecastMemory(graph, { packWeights: false }).weightBytes).toBe(MIB / 4 + scaleBytes);
    expect(forecastMemory(graph, { packWeights: true }).weightBytes).toBe(MIB / 4 + 2 * scaleBytes);
  });
});

describe('the forecast of a run', () => {
  it('counts the pooled features of all photos, once beside training and thrice for the probe', () => {
    const spec = model('vit_tiny_patch16_224');
    const choice = { microBatch: 8, packWeights: true, recompute: 'none', evaluation: 'beside' } as const;
    const dtl = { name: 'dtl+' as const, beta: 100, kernel: 5 as const, ...defaultDtl(spec) };
    const { bytes } = forecastRun({ spec, method: dtl, classes: 10, cached: true, weights: 'float32', ...choice });
    const features = (photos: number): number => 4 * 192 * photos;
    expect(bytes(1000) - bytes(0)).toBe(features(1000));
    expect(bytes(2_000_000) - bytes(1_000_000)).toBe(3 * features(1_000_000));
    const linear = forecastRun({
      spec,
      method: { name: 'linear' },
      classes: 10,
      cached: false,
      weights: 'float32',
      ...choice,
    });
    expect(linear.bytes(100) - linear.bytes(0)).toBe(2 * features(100));
  });
});

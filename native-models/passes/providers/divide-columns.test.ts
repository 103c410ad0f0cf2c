import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeSafetensorsStream } from '../../formats/safetensors.ts';
import { GraphBuilder } from '../../graph/builder.ts';
import type { Graph, Node, Value } from '../../graph/types.ts';
import { dim, elementCount } from '../../graph/types.ts';
import { verify } from '../../graph/verify.ts';
import { float32ToHalf } from '../../half.ts';
import type { BackboneSpec } from '../../models/backbone-spec.ts';
import { backboneTensors } from '../../models/backbone-spec.ts';
import { randomValues, writeRandomWeights } from '../../models/random-weights.ts';
import { model } from '../../models/registry.ts';
import type { Activation, VitSpec } from '../../models/vit-spec.ts';
import { openWeightFile } from '../../models/weight-file.ts';
import { gelu } from '../../ops/gelu.ts';
import { gemm } from '../../ops/gemm.ts';
import { matmul } from '../../ops/matmul.ts';
import { reshape } from '../../ops/reshape.ts';
import { softmax } from '../../ops/softmax.ts';
import { relativeL2 } from '../../reference/finite-differences.ts';
import { EngineSession } from '../../runtime/session.ts';
import { dtlPlus, randomParameters } from '../../testing/tiny-network.ts';
import { trainingGraph } from '../../train/graphs.ts';
import { divideColumns } from './divide-columns.ts';

const CLASSES = 3;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dtl-divide-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function wideVit(mlpWidth: number, activation: Activation = 'gelu'): VitSpec {
  return { ...model('test_vit_4x12'), mlpWidth, activation };
}

async function trainingStep(spec: VitSpec, write = writeRandomWeights): Promise<Graph> {
  const path = join(folder, `${spec.mlpWidth}-${spec.activation}-${write.name}.safetensors`);
  await write(path, spec);
  const weights = await openWeightFile(path);
  return trainingGraph({ spec, weights, method: dtlPlus(spec, { kernel: 3 }), classes: CLASSES, batch: 2 }).graph;
}

async function halfWeights(path: string, spec: BackboneSpec): Promise<void> {
  const tensors = [...backboneTensors(spec)].map(([name, shape]) => {
    const halves = float32ToHalf(randomValues(name, elementCount(shape), 0.3));
    return { name, dtype: 'float16' as const, shape, data: () => Promise.resolve(new Uint8Array(halves.buffer)) };
  });
  await writeSafetensorsStream(path, tensors, {});
}

/** What a step gives where its wide products are divided and where they are not. */
async function outputsOf(graph: Graph, spec: VitSpec, asBuilt: boolean): Promise<Map<string, Float32Array>> {
  const session = await EngineSession.create(graph, { threads: 1, weightsFolder: folder, packWeights: true, asBuilt });
  const parameters = randomParameters(dtlPlus(spec, { kernel: 3 }), spec, CLASSES);
  const feeds = graph.inputs.map(({ name, shape }) => {
    return [name, parameters.get(name) ?? randomValues(name, elementCount(shape), 1)] as const;
  });
  const outputs = await session.run(new Map(feeds));
  await session.release();
  return outputs;
}

/** Left matrices whose rows lie a multiple of a page apart. */
function paged(graph: Graph): readonly Node[] {
  return graph.nodes.filter(
    ({ op, inputs: [left], attributes }) =>
      op === 'Gemm' && attributes['transA'] === 0 && left && dim(left.shape, 1) % 1024 === 0,
  );
}

describe('a training step whose hidden rows lie a multiple of a page apart', () => {
  it.each([
    ['gelu', 1024],
    ['gelu-tanh', 1024],
    ['quick-gelu', 1024],
    ['gelu', 2048],
    ['gelu', 3072],
  ] as const)('reads none of them whole with %s of %i columns, forward and back', async (activation, mlpWidth) => {
    const graph = await trainingStep(wideVit(mlpWidth, activation));
    expect(paged(graph).length).toBeGreaterThan(2);
    expect(paged(verify(divideColumns(graph)))).toEqual([]);
  });

  it.each([
    ['float32', writeRandomWeights],
    ['half precision', halfWeights],
  ])('gives the same loss, logits and gradients from weights in %s', async (_dtype, write) => {
    for (const activation of ['gelu', 'gelu-tanh', 'quick-gelu'] as const) {
      const spec = wideVit(2048, activation);
      const graph = await trainingStep(spec, write);
      const [expected, actual] = [await outputsOf(graph, spec, true), await outputsOf(graph, spec, false)];
      expect([...actual.keys()]).toEqual([...expected.keys()]);
      for (const [name, values] of expected) expect(relativeL2(actual.get(name)!, values), name).toBeLessThan(1e-5);
    }
  });

  it('copies no activation: only the second layer of each block is split, a weight', async () => {
    const graph = await trainingStep(wideVit(1024));
    const splits = ({ nodes }: Graph) => nodes.filter(({ op }) => op === 'Split').length;
    const added = divideColumns(graph).nodes.filter(({ op, inputs: [x] }) => op === 'Split' && isWeight(x));
    expect(splits(divideColumns(graph))).toBe(splits(graph) + added.length);
    expect(added.length).toBe(4);
  });
});

function isWeight(value: Value | null | undefined): boolean {
  return value?.source.kind === 'weight';
}

function splitsOf({ nodes }: Graph, value: Value | undefined): readonly Node[] {
  return nodes.filter(({ op, inputs: [x] }) => op === 'Split' && x === value);
}

describe('a product over many wide rows that something else needs whole', () => {
  const rows = (count: number): Graph => {
    const b = new GraphBuilder('attention');
    const weight = (name: string, height: number, width: number) =>
      b.constant(name, [height, width], randomValues(name, height * width, 0.1));
    const whole = softmax(b, gemm(b, b.input('x', [count, 4]), weight('up', 1024, 4), { transB: 1 }));
    const hidden = gelu(b, gemm(b, whole, weight('wider', 2048, 1024), { transB: 1 }));
    const y = gemm(b, hidden, weight('down', 8, 2048), { transB: 1 });
    return b.finish({ whole, y, other: gemm(b, whole, weight('beside', 1024, 8)) });
  };

  it('reads halves that are split from them once, with the same result', async () => {
    const graph = rows(64);
    const divided = divideColumns(graph);
    expect(paged(divided)).toEqual([]);
    expect(splitsOf(divided, graph.outputs.get('whole'))).toHaveLength(1);
    const feeds = new Map([['x', randomValues('x', 256, 1)]]);
    const [expected, actual] = await Promise.all(
      [true, false].map(async (asBuilt) => {
        const session = await EngineSession.create(graph, {
          threads: 1,
          weightsFolder: null,
          packWeights: true,
          asBuilt,
        });
        const outputs = await session.run(feeds);
        await session.release();
        return outputs;
      }),
    );
    for (const [name, values] of expected!) expect(relativeL2(actual!.get(name)!, values), name).toBeLessThan(1e-6);
  });

  it('stays whole with few rows', () => {
    const graph = rows(63);
    expect(splitsOf(divideColumns(graph), graph.outputs.get('whole'))).toEqual([]);
  });
});

describe('hidden columns stay whole where a graph', () => {
  const b = new GraphBuilder('mlp');
  const weight = (name: string, rows: number, columns: number) =>
    b.constant(name, [rows, columns], randomValues(name, rows * columns, 0.1));
  const hidden = gelu(b, gemm(b, b.input('x', [5, 4]), weight('up', 1024, 4), { transB: 1 }));
  const y = gemm(b, hidden, weight('down', 4, 1024), { transB: 1 });

  it('gives them away', () => {
    const graph = b.finish({ y, hidden });
    expect(divideColumns(graph)).toBe(graph);
  });

  it('reads them by something that needs whole rows', () => {
    const graph = b.finish({ y, rows: softmax(b, hidden) });
    expect(divideColumns(graph)).toBe(graph);
  });

  it('cuts them into other rows', () => {
    const [left, right] = [weight('wide', 3072, 4), weight('narrow', 4, 1024)];
    const rows = reshape(b, gelu(b, gemm(b, b.input('z', [2, 4]), left, { transB: 1 })), [6, 1024]);
    const graph = b.finish({ y: gemm(b, rows, right, { transB: 1 }) });
    expect(divideColumns(graph)).toBe(graph);
  });

  it('multiplies them by other wide rows, which are no weight', () => {
    const columns = gemm(b, b.input('columns', [1024, 4]), weight('across', 1024, 4), { transB: 1 });
    const rows = gelu(b, gemm(b, b.input('rows', [5, 4]), weight('along', 1024, 4), { transB: 1 }));
    const product = matmul(b, rows, columns);
    const divided = divideColumns(b.finish({ y: gemm(b, product, weight('last', 4, 1024), { transB: 1 }) }));
    const [left, right] = verify(divided).nodes.find(({ op }) => op === 'MatMul')!.inputs;
    expect([left!.shape, right!.shape]).toEqual([
      [5, 1024],
      [1024, 512],
    ]);
  });

  it('has rows at other distances', async () => {
    const graph = await trainingStep(wideVit(1040));
    expect(divideColumns(graph)).toBe(graph);
  });
});

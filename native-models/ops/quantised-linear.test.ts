import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gradients } from '../autodiff/gradients.ts';
import { encodeSafetensors } from '../formats/safetensors.ts';
import { writeAtomic } from '../formats/write-atomic.ts';
import { GraphBuilder } from '../graph/builder.ts';
import type { Graph } from '../graph/types.ts';
import { leavesOf } from '../graph/types.ts';
import { verify } from '../graph/verify.ts';
import { quantisedWeights } from '../models/quantised-file.ts';
import { randomValues } from '../models/random-weights.ts';
import { openWeightFile } from '../models/weight-file.ts';
import type { WeightFile } from '../models/weights.ts';
import { Weights } from '../models/weights.ts';
import { linear } from '../models/layers.ts';
import { readSafetensorsHeader, readTensorBytes, readTensorFloat32 } from '../formats/safetensors.ts';
import { evaluate } from '../reference/evaluate.ts';
import { relativeL2 } from '../reference/finite-differences.ts';
import { checkGradients } from '../reference/gradient-check.ts';
import { EngineSession } from '../runtime/session.ts';
import { mul } from './mul.ts';
import { reduceSum } from './reduce-sum.ts';

const ROWS = 5;
const [OUTPUTS, INPUTS] = [96, 64];
const NAME = 'blocks.0.mlp.fc1';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'dtl-quantised-linear-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const bytesOf = (values: Float32Array): Uint8Array => new Uint8Array(values.buffer);

async function eightBits(matrix: Float32Array): Promise<WeightFile> {
  const path = join(folder, 'source.safetensors');
  const tensors = [
    { name: `${NAME}.weight`, dtype: 'float32' as const, shape: [OUTPUTS, INPUTS], data: bytesOf(matrix) },
    {
      name: `${NAME}.bias`,
      dtype: 'float32' as const,
      shape: [OUTPUTS],
      data: bytesOf(randomValues('bias', OUTPUTS, 1)),
    },
  ];
  await writeAtomic(path, encodeSafetensors(tensors, {}));
  return quantisedWeights(path, '', folder, { forBackward: true, checkStopped: () => Promise.resolve() });
}

/** x [n, K] -> y, a loss that weighs each of its values differently, and the gradient of x and of a bias that is trained. */
function product(file: WeightFile): Graph {
  const b = new GraphBuilder('product');
  const x = b.parameter('x', [ROWS, INPUTS]);
  const y = linear(b, new Weights(b, file), NAME, x, OUTPUTS);
  const weighed = mul(b, y, b.constant('r', y.shape, randomValues('r', ROWS * OUTPUTS, 1)));
  const loss = reduceSum(b, weighed, [0, 1], false);
  const gradient = gradients(b, loss, [x]).ofParameters.get(x)!;
  return verify(b.finish({ y, loss, gradient }));
}

async function storedValues(graph: Graph, file: WeightFile): Promise<Map<string, Float64Array>> {
  const stored = await readSafetensorsHeader(join(file.folder, file.file));
  const read = async (name: string): Promise<Float64Array> => {
    const entry = stored.tensors.get(name)!;
    return Float64Array.from(
      entry.dtype === 'uint8' ? await readTensorBytes(stored, entry) : await readTensorFloat32(stored, entry),
    );
  };
  const weights = leavesOf(graph.nodes).filter(({ source }) => source.kind === 'weight');
  return new Map(await Promise.all(weights.map(async ({ name }) => [name, await read(name)] as const)));
}

const x = randomValues('x', ROWS * INPUTS, 1);

describe('a product with a matrix in 8 bits', () => {
  it('has the gradient of finite differences, where rounding changes neither the matrix nor its transpose', async () => {
    const signs = randomValues('signs', OUTPUTS * INPUTS, 1).map((value) => Math.sign(value) * 0.25);
    const file = await eightBits(signs);
    const graph = product(file);
    const feeds = await storedValues(graph, file);
    const checked = checkGradients({
      graph,
      loss: 'loss',
      gradientOf: new Map([['x', 'gradient']]),
      feeds: feeds.set('x', Float64Array.from(x)),
      step: 1e-3,
    });
    const { analytic, numeric } = checked.get('x')!;
    expect(relativeL2(analytic, numeric)).toBeLessThanOrEqual(1e-6);
  });

  it('is computed by the runtime to a hundredth of what the codes say, forward and backward', async () => {
    const file = await eightBits(randomValues('matrix', OUTPUTS * INPUTS, 0.1));
    const graph = product(file);
    const expected = evaluate(graph, (await storedValues(graph, file)).set('x', Float64Array.from(x)));
    const session = await EngineSession.create(graph, { threads: 1, weightsFolder: file.folder, packWeights: true });
    const actual = await session.run(new Map([['x', x]]));
    await session.release();
    for (const name of ['y', 'gradient']) {
      // Most kernels round rows, too.
      expect(relativeL2(actual.get(name)!, expected.get(name)!.data), name).toBeLessThanOrEqual(1e-2);
    }
  });

  it('is exact where nothing needs rounding, at the largest codes that there are', async () => {
    // Kernels that add pairs of products in 16 bits would run over here, and only here.
    const signs = randomValues('signs', OUTPUTS * INPUTS, 1).map((value) => (value < 0 ? -0.25 : 0.25));
    signs.fill(0.25, 0, 8 * INPUTS);
    signs.fill(-0.25, 8 * INPUTS, 16 * INPUTS);
    const file = await eightBits(signs);
    const graph = product(file);
    const ones = new Float32Array(ROWS * INPUTS).map((_, at) => (at % (2 * INPUTS) < INPUTS ? 1 : -1));
    const expected = evaluate(graph, (await storedValues(graph, file)).set('x', Float64Array.from(ones))).get('y')!;
    const session = await EngineSession.create(graph, { threads: 1, weightsFolder: file.folder, packWeights: true });
    const actual = await session.run(new Map([['x', ones]]));
    await session.release();
    expect(relativeL2(actual.get('y')!, expected.data)).toBeLessThanOrEqual(1e-6);
  });

  it('differs from the product with the matrix as it is by two hundredths, forward and backward, whatever its scales are', async () => {
    // No two blocks of it are alike, neither along its rows nor along its columns.
    const matrix = randomValues('matrix', OUTPUTS * INPUTS, 0.1).map((value, at) => {
      const [row, column] = [Math.floor(at / INPUTS), at % INPUTS];
      return value * 2 ** ((row % 7) - (Math.floor(row / 32) + Math.floor(column / 16) + (column % 5)));
    });
    const file = await eightBits(matrix);
    const graph = product(file);
    const rounded = evaluate(graph, (await storedValues(graph, file)).set('x', Float64Array.from(x)));
    const exact = product(await openWeightFile(join(folder, 'source.safetensors')));
    const expected = evaluate(
      exact,
      new Map([
        ['x', Float64Array.from(x)],
        [`${NAME}.weight`, Float64Array.from(matrix)],
        [`${NAME}.bias`, Float64Array.from(randomValues('bias', OUTPUTS, 1))],
      ]),
    );
    for (const name of ['y', 'gradient'])
      expect(relativeL2(rounded.get(name)!.data, expected.get(name)!.data), name).toBeLessThanOrEqual(2e-2);
  });

  it('refuses codes of another size, naming the tensor', async () => {
    const file = await eightBits(randomValues('matrix', OUTPUTS * INPUTS, 0.1));
    const b = new GraphBuilder('wrong');
    const wide = b.input('x', [ROWS, 2 * INPUTS]);
    expect(() => linear(b, new Weights(b, file), NAME, wide, OUTPUTS)).toThrow(/blocks\.0\.mlp\.fc1\.weight\.codes/);
  });
});

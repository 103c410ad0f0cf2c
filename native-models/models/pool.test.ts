import { describe, expect, it } from 'vitest';
import { gradients } from '../autodiff/gradients.ts';
import { Random } from '../data/random.ts';
import { GraphBuilder } from '../graph/builder.ts';
import type { Graph, Value } from '../graph/types.ts';
import { elementCount } from '../graph/types.ts';
import { add } from '../ops/add.ts';
import { concat } from '../ops/concat.ts';
import { gelu } from '../ops/gelu.ts';
import { gemm } from '../ops/gemm.ts';
import { mul } from '../ops/mul.ts';
import { reduceMean } from '../ops/reduce-mean.ts';
import { reduceSum } from '../ops/reduce-sum.ts';
import { reshape } from '../ops/reshape.ts';
import { split } from '../ops/split.ts';
import { eliminateDeadNodes } from '../passes/eliminate-dead-nodes.ts';
import { evaluate } from '../reference/evaluate.ts';
import { relativeL2 } from '../reference/finite-differences.ts';
import { meanOverTokens } from './pool.ts';

const [batch, count, width, hidden] = [2, 5, 3, 4];

interface Tail {
  readonly graph: Graph;
  readonly products: readonly (readonly number[])[];
}

/** The end of a network: a residual MLP under stochastic depth, an adapter on all but the first token, the mean, a loss. */
function tail(pool: (b: GraphBuilder, tokens: Value) => Value, readElsewhere = false): Tail {
  const b = new GraphBuilder('tail');
  const shape = [batch, count, width];
  const x = b.parameter('x', shape);
  const [up, down] = [b.parameter('up', [hidden, width]), b.parameter('down', [width, hidden])];
  const bias = b.parameter('bias', [width]);
  const active = gelu(b, gemm(b, reshape(b, x, [batch * count, width]), up, { transB: 1 }));
  const mlp = reshape(b, gemm(b, active, down, { transB: 1, plus: bias }), shape);
  const branch = mul(b, mlp, b.input('scale', [batch, 1, 1]));
  const adapter = concat(b, [b.input('first', [batch, 1, width]), b.parameter('rest', [batch, count - 1, width])], 1);
  const tokens = add(b, add(b, x, branch), adapter);
  const other = readElsewhere ? reduceSum(b, mul(b, mlp, mlp), [0, 1, 2], false) : b.scalar(0);
  const mean = pool(b, tokens);
  const loss = add(b, reduceSum(b, mul(b, mean, mul(b, mean, mean)), [0, 1], false), other);
  const parameters = ['x', 'up', 'down', 'bias', 'rest'];
  const values = b.finish({}).inputs.filter(({ name }) => parameters.includes(name));
  const { ofParameters } = gradients(b, loss, values);
  const graph = eliminateDeadNodes(
    b.finish(
      new Map([['loss', loss], ...values.map((value): [string, Value] => [value.name, ofParameters.get(value)!])]),
    ),
  );
  const products = graph.nodes.filter(({ op }) => op === 'Gemm').map(({ outputs }) => outputs[0]!.shape);
  return { graph, products };
}

function plainMean(b: GraphBuilder, tokens: Value): Value {
  const [, patches] = split(b, tokens, 1, [1, count - 1]);
  return reduceMean(b, patches!, [1], false);
}

function computed({ graph }: Tail): Map<string, Float64Array> {
  const feeds = graph.inputs.map(({ name, shape }): [string, Float64Array] => {
    const random = new Random(1, [name]);
    return [name, Float64Array.from({ length: elementCount(shape) }, () => random.uniform() - 0.5)];
  });
  return new Map([...evaluate(graph, new Map(feeds))].map(([name, { data }]) => [name, data]));
}

describe('the mean over tokens', () => {
  it.each([false, true])('is that of all but the first, with its gradients, other readers: %s', (readElsewhere) => {
    const expected = computed(tail(plainMean, readElsewhere));
    const actual = computed(tail((b, tokens) => meanOverTokens(b, tokens, 1), readElsewhere));
    expect([...actual.keys()]).toEqual([...expected.keys()]);
    // The weights of the mean are float32.
    for (const [name, data] of expected) expect(relativeL2(actual.get(name)!, data), name).toBeLessThan(1e-7);
  });

  it('is taken before the last product, forward and backward', () => {
    const isRows = (shape: readonly number[]): boolean => shape[0] === batch * count && shape[1] === width;
    // Plain: the product itself, and the adjoint of x through the first one.
    expect(tail(plainMean).products.filter(isRows)).toHaveLength(2);
    const early = tail((b, tokens) => meanOverTokens(b, tokens, 1)).products;
    expect(early.filter(isRows)).toHaveLength(1);
    expect(early).toContainEqual([batch, width]);
  });

  it('leaves alone what something else reads as well', () => {
    const { products } = tail((b, tokens) => meanOverTokens(b, tokens, 1), true);
    expect(products.filter((shape) => shape[0] === batch * count && shape[1] === width)).toHaveLength(2);
  });
});

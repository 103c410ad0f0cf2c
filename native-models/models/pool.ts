/**
 * The mean over tokens, taken as early as linear maps allow: the mean of products is the product of the mean. What is
 * linear in the tokens and read by nothing else is computed on one row a photo instead of one a token. In the last block
 * that is the second product of the MLP, forward and backward.
 */
import type { GraphBuilder } from '../graph/builder.ts';
import type { Node, Value } from '../graph/types.ts';
import { dim, sameShape } from '../graph/types.ts';
import { add } from '../ops/add.ts';
import { gemm } from '../ops/gemm.ts';
import { matmul } from '../ops/matmul.ts';
import { mul } from '../ops/mul.ts';
import { operator } from '../ops/index.ts';
import { reshape } from '../ops/reshape.ts';

interface Pooling {
  readonly b: GraphBuilder;
  /** How many nodes read a value, before the mean is built. */
  readonly readers: ReadonlyMap<Value, number>;
}

/** tokens [B, T, d], not read by anything yet -> [B, d]: the mean over tokens `first`, `first` + 1, ... */
export function meanOverTokens(b: GraphBuilder, tokens: Value, first: number): Value {
  const readers = new Map<Value, number>();
  for (const { inputs } of b.nodes)
    for (const input of inputs) if (input !== null) readers.set(input, (readers.get(input) ?? 0) + 1);
  return pooled({ b, readers }, tokens, first, 0);
}

/** `known` readers lead to the mean; a value that others read too is computed for all tokens anyway. */
function pooled(context: Pooling, x: Value, first: number, known: 0 | 1): Value {
  const early = isReadBy(context, x, known) ? throughProducer(context, x, first) : null;
  return early ?? weightedSum(context.b, x, first);
}

function isReadBy({ readers }: Pooling, value: Value, known: 0 | 1): boolean {
  return (readers.get(value) ?? 0) === known;
}

/** The mean of a value from what it was made of, or null where its producer is none of those that are worth it. */
function throughProducer(context: Pooling, x: Value, first: number): Value | null {
  const { b } = context;
  if (x.source.kind !== 'node') return null;
  const { op, inputs, attributes } = x.source.node;
  const [left, right] = inputs;
  if (!left) return null;
  const batch = dim(x.shape, 0);
  switch (op) {
    case 'Add':
      return right && sameShape(left.shape, right.shape)
        ? add(b, pooled(context, left, first, 1), pooled(context, right, first, 1))
        : null;
    case 'Mul':
      // A residual branch under stochastic depth: one factor a photo.
      return right && sameShape(right.shape, [batch, 1, 1])
        ? mul(b, pooled(context, left, first, 1), reshape(b, right, [batch, 1]))
        : null;
    case 'Concat':
      return right && inputs.length === 2 && attributes['axis'] === 1 && dim(left.shape, 1) <= first
        ? pooled(context, right, first - dim(left.shape, 1), 1)
        : null;
    case 'Reshape':
      return left.source.kind === 'node' && isReadBy(context, left, 1)
        ? throughProduct(context, left.source.node, [batch, dim(x.shape, 1)], first)
        : null;
    default:
      return null;
  }
}

/** Rows [B T, k] W + bias, seen as [B, T, d]. The weights of a mean add up to one, so the bias stays as it is. */
function throughProduct({ b }: Pooling, node: Node, [batch, count]: [number, number], first: number): Value | null {
  const isProduct = node.op === 'Gemm' ? node.attributes['transA'] === 0 : node.op === 'QuantisedLinear';
  const [rows, weight, ...others] = node.inputs;
  const bias = others.at(-1);
  if (!isProduct || !rows || !weight) return null;
  if (dim(rows.shape, 0) !== batch * count || (bias && bias.shape.length !== 1)) return null;
  const mean = weightedSum(b, reshape(b, rows, [batch, count, dim(rows.shape, 1)]), first);
  if (node.op !== 'Gemm') return b.one(operator(node.op), [mean, weight, ...others], node.attributes);
  const transB = node.attributes['transB'] === 1 ? 1 : 0;
  return gemm(b, mean, weight, { transB, ...(bias ? { plus: bias } : {}) });
}

/** As a product, so that neither the tokens that do not count are cut off nor the adjoint is put together again. */
function weightedSum(b: GraphBuilder, x: Value, first: number): Value {
  const [batch, count, width] = [dim(x.shape, 0), dim(x.shape, 1), dim(x.shape, 2)];
  const weights = b.sharedConstant(`mean/${batch}/${count}/${first}`, [batch, 1, count], () =>
    Float32Array.from({ length: batch * count }, (_, at) => (at % count < first ? 0 : 1 / (count - first))),
  );
  return reshape(b, matmul(b, weights, x), [batch, width]);
}

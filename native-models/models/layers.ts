/** What the vision transformers are made of, over weights under timm's names. */
import type { GraphBuilder } from '../graph/builder.ts';
import type { Shape, Value } from '../graph/types.ts';
import { dim } from '../graph/types.ts';
import { add } from '../ops/add.ts';
import { fastGelu } from '../ops/fast-gelu.ts';
import { gelu } from '../ops/gelu.ts';
import { gemm } from '../ops/gemm.ts';
import { layerNorm } from '../ops/layer-norm.ts';
import { mul } from '../ops/mul.ts';
import { quantisedLinear } from '../ops/quantised-linear.ts';
import { quickGelu } from '../ops/quick-gelu.ts';
import { reshape } from '../ops/reshape.ts';
import { transpose } from '../ops/transpose.ts';
import type { BranchScale } from './hooks.ts';
import type { Activation } from './vit-spec.ts';
import type { Weights } from './weights.ts';

/** x + branch, the branch scaled where stochastic depth asks for it. */
export function residual(b: GraphBuilder, x: Value, branch: Value, number: number, branchScale: BranchScale): Value {
  const scale = branchScale(number);
  return add(b, x, scale === null ? branch : mul(b, branch, scale));
}

/** Layer normalisation over the last axis. */
export function norm(b: GraphBuilder, weights: Weights, name: string, x: Value, epsilon: number): Value {
  const shape = [dim(x.shape, -1)];
  return layerNorm(b, x, weights.get(`${name}.weight`, { shape }), weights.get(`${name}.bias`, { shape }), epsilon);
}

/** x W^T + bias on rows [n, in]; `part` takes a range of the weight's rows (first, count). */
export function linear(
  b: GraphBuilder,
  weights: Weights,
  name: string,
  x: Value,
  outputs: number,
  part?: readonly [number, number],
): Value {
  const rowsOf = part === undefined ? {} : { rows: part };
  const request = { shape: [outputs, dim(x.shape, 1)], ...rowsOf };
  const plus = weights.get(`${name}.bias`, { shape: [outputs], ...rowsOf });
  const quantised = weights.quantised(`${name}.weight`, request);
  return quantised === null
    ? gemm(b, x, weights.get(`${name}.weight`, request), { transB: 1, plus })
    : quantisedLinear(b, x, quantised, plus);
}

/** rows [n, d] -> queries, keys and values, each viewed as `shape`: products over row ranges of the fused weight, nothing is cut. */
export function queryKeyValue(
  b: GraphBuilder,
  weights: Weights,
  name: string,
  x: Value,
  shape: Shape,
): [Value, Value, Value] {
  const width = dim(x.shape, 1);
  const part = (index: number): Value =>
    reshape(b, linear(b, weights, name, x, 3 * width, [index * width, width]), shape);
  return [part(0), part(1), part(2)];
}

const activations: Readonly<Record<Activation, (b: GraphBuilder, x: Value) => Value>> = {
  gelu,
  'gelu-tanh': fastGelu,
  'quick-gelu': quickGelu,
};

/** rows [n, d] -> rows [n, d] through one hidden layer. */
export function mlp(
  b: GraphBuilder,
  weights: Weights,
  name: string,
  x: Value,
  hidden: number,
  activation: Activation = 'gelu',
): Value {
  const active = activations[activation](b, linear(b, weights, `${name}.fc1`, x, hidden));
  return linear(b, weights, `${name}.fc2`, active, dim(x.shape, 1));
}

/** images [B, 3, H, W] -> patches [B, N, d], row by row. */
export function patchEmbedding(
  b: GraphBuilder,
  weights: Weights,
  images: Value,
  {
    patchSize: p,
    width: d,
    patchBias = true,
  }: { readonly patchSize: number; readonly width: number; readonly patchBias?: boolean },
): Value {
  const [batch, rows, columns] = [dim(images.shape, 0), dim(images.shape, 2) / p, dim(images.shape, 3) / p];
  // A convolution whose stride is its kernel is a product over patches, which every provider runs at full speed.
  const pixels = transpose(b, reshape(b, images, [batch, 3, rows, p, columns, p]), [0, 2, 4, 1, 3, 5]);
  const patches = reshape(b, pixels, [batch * rows * columns, 3 * p * p]);
  const kernel = weights.get('patch_embed.proj.weight', { shape: [d, 3, p, p], view: [d, 3 * p * p] });
  const bias = patchBias ? { plus: weights.get('patch_embed.proj.bias', { shape: [d] }) } : {};
  return reshape(b, gemm(b, patches, kernel, { transB: 1, ...bias }), [batch, rows * columns, d]);
}

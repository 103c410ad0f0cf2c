/**
 * The Vision Transformer's forward graph: pre-norm blocks, exact GELU, biased query/key/value, class token first.
 * Side networks hang themselves in before and after each block; this file knows none of them.
 */
import type { GraphBuilder } from '../graph/builder.ts';
import type { Value } from '../graph/types.ts';
import { dim } from '../graph/types.ts';
import { add } from '../ops/add.ts';
import { attention } from '../ops/attention.ts';
import { concat } from '../ops/concat.ts';
import { expand } from '../ops/expand.ts';
import { gelu } from '../ops/gelu.ts';
import { gemm } from '../ops/gemm.ts';
import { layerNorm } from '../ops/layer-norm.ts';
import { mul } from '../ops/mul.ts';
import { reduceMean } from '../ops/reduce-mean.ts';
import { reshape } from '../ops/reshape.ts';
import { split } from '../ops/split.ts';
import { transpose } from '../ops/transpose.ts';
import type { VitSpec } from './vit-spec.ts';
import { gridSize, tokenCount } from './vit-spec.ts';
import type { Weights } from './weights.ts';

export interface BlockHooks {
  /** Sees the input of block `index`, [B, 1+N, d]. */
  before(index: number, tokens: Value): void;
  /** May replace the output of block `index`. */
  after(index: number, tokens: Value): Value;
}

export const noHooks: BlockHooks = { before: () => undefined, after: (_, tokens) => tokens };

/**
 * A factor [B, 1, 1] for one residual branch, or null to leave it as it is. Branch 2i is the attention of block i,
 * 2i + 1 its MLP (stochastic depth, Huang et al. 2016).
 */
export type BranchScale = (branch: number) => Value | null;

export interface VitInputs {
  readonly spec: VitSpec;
  readonly weights: Weights;
  /** Normalised photos [B, 3, H, W]. */
  readonly images: Value;
  readonly hooks?: BlockHooks;
  readonly branchScale?: BranchScale;
}

/** images [B, 3, H, W] -> tokens [B, 1+N, d], before the final norm. */
export function vitTokens(
  b: GraphBuilder,
  { spec, weights, images, hooks = noHooks, branchScale = () => null }: VitInputs,
): Value {
  let tokens = b.scope('embed', () => embed(b, spec, weights, images));
  for (let index = 0; index < spec.depth; index++) {
    tokens = b.scope(`blocks.${index}`, () => {
      hooks.before(index, tokens);
      return hooks.after(index, block(b, spec, weights, index, tokens, branchScale));
    });
  }
  return tokens;
}

/** tokens [B, 1+N, d] -> features [B, d]: the mean over the patch tokens, then the final norm; no class token (DTL). */
export function pooledFeatures(b: GraphBuilder, spec: VitSpec, weights: Weights, tokens: Value): Value {
  return b.scope('pool', () => {
    const [, patches] = split(b, tokens, 1, [1, tokenCount(spec) - 1]);
    const mean = reduceMean(b, patches ?? tokens, [1], false);
    return norm(b, spec, weights, 'norm', mean);
  });
}

/** Patches through one product, the class token before them, positions added: [B, 1+N, d]. */
function embed(b: GraphBuilder, spec: VitSpec, weights: Weights, images: Value): Value {
  const { patchSize: p, width: d } = spec;
  const batch = dim(images.shape, 0);
  const grid = gridSize(spec);
  // A convolution whose stride is its kernel is a product over patches, which every provider runs at full speed.
  const patches = reshape(b, transpose(b, reshape(b, images, [batch, 3, grid, p, grid, p]), [0, 2, 4, 1, 3, 5]), [
    batch * grid * grid,
    3 * p * p,
  ]);
  const kernel = weights.get('patch_embed.proj.weight', { shape: [d, 3, p, p], view: [d, 3 * p * p] });
  const embedded = gemm(b, patches, kernel, { transB: 1, plus: weights.get('patch_embed.proj.bias', { shape: [d] }) });
  const classToken = expand(b, weights.get('cls_token', { shape: [1, 1, d] }), [batch, 1, d]);
  const tokens = concat(b, [classToken, reshape(b, embedded, [batch, grid * grid, d])], 1);
  return add(b, tokens, weights.get('pos_embed', { shape: [1, tokenCount(spec), d] }));
}

function block(
  b: GraphBuilder,
  spec: VitSpec,
  weights: Weights,
  index: number,
  tokens: Value,
  branchScale: BranchScale,
): Value {
  const { width: d, mlpWidth } = spec;
  const name = `blocks.${index}`;
  const rows: readonly [number, number] = [dim(tokens.shape, 0) * dim(tokens.shape, 1), d];
  const residual = (x: Value, branch: Value, number: number): Value => {
    const scale = branchScale(number);
    return add(b, x, scale === null ? branch : mul(b, branch, scale));
  };
  const linear = (x: Value, layer: string, outputs: number, part?: readonly [number, number]): Value => {
    const inputs = dim(x.shape, 1);
    const rowsOf = part === undefined ? {} : { rows: part };
    return gemm(b, x, weights.get(`${name}.${layer}.weight`, { shape: [outputs, inputs], ...rowsOf }), {
      transB: 1,
      plus: weights.get(`${name}.${layer}.bias`, { shape: [outputs], ...rowsOf }),
    });
  };
  const attended = b.scope('attn', () => {
    const x = reshape(b, norm(b, spec, weights, `${name}.norm1`, tokens), rows);
    // Three products over row ranges of the fused weight: no tensor of 3 d is made and cut.
    const [q, k, v] = [0, 1, 2].map((part) =>
      reshape(b, linear(x, 'attn.qkv', 3 * d, [part * d, d]), tokens.shape),
    ) as [Value, Value, Value];
    const mixed = attention(b, q, k, v, spec.heads);
    return residual(tokens, reshape(b, linear(reshape(b, mixed, rows), 'attn.proj', d), tokens.shape), 2 * index);
  });
  return b.scope('mlp', () => {
    const x = reshape(b, norm(b, spec, weights, `${name}.norm2`, attended), rows);
    const hidden = gelu(b, linear(x, 'mlp.fc1', mlpWidth));
    return residual(attended, reshape(b, linear(hidden, 'mlp.fc2', d), tokens.shape), 2 * index + 1);
  });
}

function norm(b: GraphBuilder, spec: VitSpec, weights: Weights, name: string, x: Value): Value {
  const shape = [spec.width];
  return layerNorm(
    b,
    x,
    weights.get(`${name}.weight`, { shape }),
    weights.get(`${name}.bias`, { shape }),
    spec.layerNormEps,
  );
}

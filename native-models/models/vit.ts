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
import { reduceMean } from '../ops/reduce-mean.ts';
import { reshape } from '../ops/reshape.ts';
import { split } from '../ops/split.ts';
import type { BlockHooks, BranchScale } from './hooks.ts';
import { noHooks } from './hooks.ts';
import { linear, mlp, norm, patchEmbedding, queryKeyValue, residual } from './layers.ts';
import type { VitSpec } from './vit-spec.ts';
import { tokenCount } from './vit-spec.ts';
import type { Weights } from './weights.ts';

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
export function vitFeatures(b: GraphBuilder, spec: VitSpec, weights: Weights, tokens: Value): Value {
  return b.scope('pool', () => {
    const [, patches] = split(b, tokens, 1, [1, tokenCount(spec) - 1]);
    const mean = reduceMean(b, patches ?? tokens, [1], false);
    return norm(b, weights, 'norm', mean, spec.layerNormEps);
  });
}

/** Patches, the class token before them, positions added: [B, 1+N, d]. */
function embed(b: GraphBuilder, spec: VitSpec, weights: Weights, images: Value): Value {
  const { width: d } = spec;
  const patches = patchEmbedding(b, weights, images, spec);
  const classToken = expand(b, weights.get('cls_token', { shape: [1, 1, d] }), [dim(images.shape, 0), 1, d]);
  const tokens = concat(b, [classToken, patches], 1);
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
  const name = `blocks.${index}`;
  const rows: readonly [number, number] = [dim(tokens.shape, 0) * dim(tokens.shape, 1), spec.width];
  const attended = b.scope('attn', () => {
    const x = reshape(b, norm(b, weights, `${name}.norm1`, tokens, spec.layerNormEps), rows);
    const [q, k, v] = queryKeyValue(b, weights, `${name}.attn.qkv`, x, tokens.shape);
    const mixed = reshape(b, attention(b, q, k, v, spec.heads), rows);
    const out = linear(b, weights, `${name}.attn.proj`, mixed, spec.width);
    return residual(b, tokens, reshape(b, out, tokens.shape), 2 * index, branchScale);
  });
  return b.scope('mlp', () => {
    const x = reshape(b, norm(b, weights, `${name}.norm2`, attended, spec.layerNormEps), rows);
    const out = mlp(b, weights, `${name}.mlp`, x, spec.mlpWidth);
    return residual(b, attended, reshape(b, out, tokens.shape), 2 * index + 1, branchScale);
  });
}

/**
 * The forward graph of the Vision Transformers: pre-norm blocks, biased query/key/value, prefix tokens before the patches.
 * Side networks hang themselves in before and after each block; this file knows none of them.
 */
import type { GraphBuilder } from '../graph/builder.ts';
import type { Value } from '../graph/types.ts';
import { dim } from '../graph/types.ts';
import { add } from '../ops/add.ts';
import { attention } from '../ops/attention.ts';
import { concat } from '../ops/concat.ts';
import { expand } from '../ops/expand.ts';
import { mul } from '../ops/mul.ts';
import { reshape } from '../ops/reshape.ts';
import type { BlockHooks, BranchScale } from './hooks.ts';
import { noHooks } from './hooks.ts';
import { linear, mlp, norm, patchEmbedding, queryKeyValue, residual } from './layers.ts';
import { meanOverTokens } from './pool.ts';
import type { VitSpec } from './vit-spec.ts';
import { positionCount, prefixTokens } from './vit-spec.ts';
import type { Weights } from './weights.ts';

export interface VitInputs {
  readonly spec: VitSpec;
  readonly weights: Weights;
  /** Normalised photos [B, 3, H, W]. */
  readonly images: Value;
  readonly hooks?: BlockHooks;
  readonly branchScale?: BranchScale;
}

/** images [B, 3, H, W] -> tokens [B, T, d], prefix tokens first, before the final norm. */
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

/**
 * tokens [B, T, d] -> features [B, d]: the mean over the patch tokens, then the final norm; no prefix token (DTL). It also
 * stands in for the attention pooling of SigLIP, whose head is trained with the network and has nothing to say of others.
 */
export function vitFeatures(b: GraphBuilder, spec: VitSpec, weights: Weights, tokens: Value): Value {
  return b.scope('pool', () => {
    return norm(b, weights, spec.finalNorm, meanOverTokens(b, tokens, prefixTokens(spec)), spec.layerNormEps);
  });
}

/** Patches, prefix tokens before them, positions added: [B, T, d]. */
function embed(b: GraphBuilder, spec: VitSpec, weights: Weights, images: Value): Value {
  const { width: d } = spec;
  const position = weights.get('pos_embed', { shape: [1, positionCount(spec), d] });
  const patches = patchEmbedding(b, weights, images, spec);
  const repeated = (name: string, count: number): Value =>
    expand(b, weights.get(name, { shape: [1, count, d] }), [dim(images.shape, 0), count, d]);
  const prefix = [
    ...(spec.classToken ? [repeated('cls_token', 1)] : []),
    ...(spec.distillationToken ? [repeated('dist_token', 1)] : []),
    ...(spec.registers > 0 ? [repeated('reg_token', spec.registers)] : []),
  ];
  const placed = spec.positions === 'patches' ? add(b, patches, position) : patches;
  const joined = prefix.length === 0 ? placed : concat(b, [...prefix, placed], 1);
  const tokens = spec.positions === 'all' ? add(b, joined, position) : joined;
  return spec.preNorm ? norm(b, weights, 'norm_pre', tokens, spec.layerNormEps) : tokens;
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
    const branch = scaled(b, spec, weights, `${name}.ls1`, reshape(b, out, tokens.shape));
    return residual(b, tokens, branch, 2 * index, branchScale);
  });
  return b.scope('mlp', () => {
    const x = reshape(b, norm(b, weights, `${name}.norm2`, attended, spec.layerNormEps), rows);
    const out = mlp(b, weights, `${name}.mlp`, x, spec.mlpWidth, spec.activation);
    const branch = scaled(b, spec, weights, `${name}.ls2`, reshape(b, out, tokens.shape));
    return residual(b, attended, branch, 2 * index + 1, branchScale);
  });
}

/** The branch by its learned factor a channel, where the network has LayerScale. */
function scaled(b: GraphBuilder, spec: VitSpec, weights: Weights, name: string, branch: Value): Value {
  return spec.layerScale ? mul(b, branch, weights.get(`${name}.gamma`, { shape: [spec.width] })) : branch;
}

/**
 * The Swin Transformer's forward graph: pre-norm blocks whose attention stays inside windows, moved by half a window in
 * every second block, and patches merged by fours between stages. Tokens keep the order of the grid's rows between
 * blocks, so whoever hangs in between blocks sees a plain grid. This file knows no side network.
 */
import type { GraphBuilder } from '../graph/builder.ts';
import type { Value } from '../graph/types.ts';
import { dim } from '../graph/types.ts';
import { add } from '../ops/add.ts';
import { attention } from '../ops/attention.ts';
import { gather, inverseOf } from '../ops/gather.ts';
import { gemm } from '../ops/gemm.ts';
import { reduceMean } from '../ops/reduce-mean.ts';
import { reshape } from '../ops/reshape.ts';
import { transpose } from '../ops/transpose.ts';
import type { BlockHooks, BranchScale } from './hooks.ts';
import { noHooks } from './hooks.ts';
import { linear, mlp, norm, patchEmbedding, queryKeyValue, residual } from './layers.ts';
import type { SwinSpec, SwinStage } from './swin-spec.ts';
import { mergingAt, mergingName, swinStages } from './swin-spec.ts';
import { mergedFours, positionsFirst, relativePositions, shiftMask, windowsFirst } from './swin-windows.ts';
import type { Weights } from './weights.ts';

export interface SwinInputs {
  readonly spec: SwinSpec;
  readonly weights: Weights;
  /** Normalised photos [B, 3, H, W]. */
  readonly images: Value;
  readonly hooks?: BlockHooks;
  readonly branchScale?: BranchScale;
}

/** images [B, 3, H, W] -> tokens [B, N, d] of the last stage, before the final norm. */
export function swinTokens(
  b: GraphBuilder,
  { spec, weights, images, hooks = noHooks, branchScale = () => null }: SwinInputs,
): Value {
  let tokens = b.scope('embed', () =>
    norm(b, weights, 'patch_embed.norm', patchEmbedding(b, weights, images, spec), spec.layerNormEps),
  );
  for (const stage of swinStages(spec)) {
    if (stage.stage > 0) tokens = b.scope(`merge.${stage.stage}`, () => merge(b, spec, weights, stage, tokens));
    for (let i = 0; i < stage.depth; i++) {
      const index = stage.firstBlock + i;
      tokens = b.scope(`blocks.${index}`, () => {
        hooks.before(index, tokens);
        return hooks.after(index, block(b, spec, weights, stage, i, tokens, branchScale));
      });
    }
  }
  return tokens;
}

/** tokens [B, N, d] -> all of them through the final norm: [B, N, d]. */
export function swinNorm(b: GraphBuilder, spec: SwinSpec, weights: Weights, tokens: Value): Value {
  return norm(b, weights, 'norm', tokens, spec.layerNormEps);
}

/** tokens [B, N, d] -> features [B, d]: the final norm, then the mean. */
export function swinFeatures(b: GraphBuilder, spec: SwinSpec, weights: Weights, tokens: Value): Value {
  return b.scope('pool', () => reduceMean(b, swinNorm(b, spec, weights, tokens), [1], false));
}

/** Four neighbours side by side, normalised, and down to twice the width: [B, N, d] -> [B, N / 4, 2 d]. */
function merge(b: GraphBuilder, spec: SwinSpec, weights: Weights, { stage, width }: SwinStage, tokens: Value): Value {
  const [batch, count] = [dim(tokens.shape, 0), dim(tokens.shape, 1)];
  const name = mergingName(
    stage,
    mergingAt((tensor) => weights.has(tensor)),
  );
  const fours = reshape(b, gather(b, tokens, 1, mergedFours(Math.sqrt(count))), [(batch * count) / 4, 2 * width]);
  const reduction = weights.get(`${name}.reduction.weight`, { shape: [width, 2 * width] });
  const merged = gemm(b, norm(b, weights, `${name}.norm`, fours, spec.layerNormEps), reduction, { transB: 1 });
  return reshape(b, merged, [batch, count / 4, width]);
}

function block(
  b: GraphBuilder,
  spec: SwinSpec,
  weights: Weights,
  stage: SwinStage,
  i: number,
  tokens: Value,
  branchScale: BranchScale,
): Value {
  const name = `layers.${stage.stage}.blocks.${i}`;
  const index = stage.firstBlock + i;
  const rows: readonly [number, number] = [dim(tokens.shape, 0) * dim(tokens.shape, 1), stage.width];
  const attended = b.scope('attn', () => {
    const windows = windowing(b, weights, name, stage, i % 2 === 1 && stage.shift > 0);
    const normalised = norm(b, weights, `${name}.norm1`, tokens, spec.layerNormEps);
    const x = reshape(b, gather(b, normalised, 1, windows.order), rows);
    const [q, k, v] = queryKeyValue(b, weights, `${name}.attn.qkv`, x, windows.shapeOf(dim(tokens.shape, 0)));
    const mixed = attention(b, q, k, v, windows.heads, windows.bias);
    const projected = linear(b, weights, `${name}.attn.proj`, reshape(b, mixed, rows), stage.width);
    const back = gather(b, reshape(b, projected, tokens.shape), 1, inverseOf(windows.order));
    return residual(b, tokens, back, 2 * index, branchScale);
  });
  return b.scope('mlp', () => {
    const x = reshape(b, norm(b, weights, `${name}.norm2`, attended, spec.layerNormEps), rows);
    const out = mlp(b, weights, `${name}.mlp`, x, stage.mlpWidth);
    return residual(b, attended, reshape(b, out, tokens.shape), 2 * index + 1, branchScale);
  });
}

interface Windowing {
  readonly order: readonly number[];
  /** What attention takes: sequences of one window's positions. */
  readonly shapeOf: (batch: number) => readonly [number, number, number];
  readonly heads: number;
  /** [1, heads, positions, positions], made of frozen values alone: the runtime computes it once, with the session. */
  readonly bias: Value;
}

/**
 * Plain windows all share one bias, so they stand in the batch. Shifted windows differ in their masks, and the bias of
 * attention repeats only over the whole batch: they stand side by side in the width, as if each were more heads.
 */
function windowing(b: GraphBuilder, weights: Weights, name: string, stage: SwinStage, shifted: boolean): Windowing {
  const { grid, window, heads, width } = stage;
  const size = window ** 2;
  const count = (grid / window) ** 2;
  const table = weights.get(`${name}.attn.relative_position_bias_table`, { shape: [(2 * window - 1) ** 2, heads] });
  const pairs = transpose(b, gather(b, table, 0, relativePositions(window)), [1, 0]);
  const bias = reshape(b, pairs, [1, heads, size, size]);
  if (!shifted) {
    const order = windowsFirst({ grid, window, shift: 0 });
    return { order, shapeOf: (batch) => [batch * count, size, width], heads, bias };
  }
  const layout = { grid, window, shift: stage.shift };
  const mask = b.sharedConstant(`shift_mask/${grid}/${window}`, [count, 1, size, size], () => shiftMask(layout));
  return {
    order: positionsFirst(layout),
    shapeOf: (batch) => [batch, size, count * width],
    heads: count * heads,
    bias: reshape(b, add(b, bias, mask), [1, count * heads, size, size]),
  };
}

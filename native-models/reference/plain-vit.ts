/**
 * DTL on a ViT written out as plain loops over one photo in float64, straight from the paper's equations and without
 * the graph, its operators or its shortcuts: an independent answer to compare graphs with.
 */
import type { DtlConfig } from '../adapters/dtl/config.ts';
import { downName, upName } from '../adapters/dtl/config.ts';
import type { VitSpec } from '../models/vit-spec.ts';
import { prefixTokens } from '../models/vit-spec.ts';
import type { PlainInputs, Rows, Tensors } from './plain-layers.ts';
import {
  addRows,
  attend,
  depthwise,
  gated,
  get,
  headLogits,
  layer,
  meanOf,
  mlpBranch,
  normalised,
  patches,
  product,
} from './plain-layers.ts';

/** Logits [C] of one photo. */
export function plainVitLogits(inputs: PlainInputs<VitSpec>): number[] {
  const { spec, config, weights, parameters, branchScale = () => 1 } = inputs;
  let x = embed(inputs);
  let h: Rows = x.map((row) => row.map(() => 0));
  for (let i = 0; i < spec.depth; i++) {
    if (config.extract.includes(i) && parameters.has(downName(i))) {
      const low = product(x, get(parameters, downName(i)), null, config.rank);
      h = addRows(h, product(low, get(parameters, upName(i)), null, spec.width));
    }
    const attention = scaled(spec, weights, `blocks.${i}.ls1`, attentionBranch(spec, weights, i, x));
    x = addRows(x, attention, branchScale(2 * i));
    const mlp = mlpBranch(weights, `blocks.${i}`, x, spec.layerNormEps, spec.activation);
    x = addRows(x, scaled(spec, weights, `blocks.${i}.ls2`, mlp), branchScale(2 * i + 1));
    if (config.adapt.includes(i)) x = addRows(x, fused(spec, config, parameters, h));
  }
  const [feature] = normalised(weights, spec.finalNorm, [meanOf(x.slice(prefixTokens(spec)))], spec.layerNormEps);
  return headLogits(parameters, feature!);
}

function embed({ spec, weights, image }: PlainInputs<VitSpec>): Rows {
  const position = get(weights, 'pos_embed');
  const { width: d } = spec;
  const learned = (name: string, count: number): Rows =>
    Array.from({ length: count }, (_, token) =>
      Array.from({ length: d }, (_unused, c) => get(weights, name)[token * d + c]!),
    );
  const tokens = [
    ...(spec.classToken ? learned('cls_token', 1) : []),
    ...(spec.distillationToken ? learned('dist_token', 1) : []),
    ...learned('reg_token', spec.registers),
    ...patches({ weights, image }, spec.imageSize, spec.patchSize),
  ];
  const without = spec.positions === 'patches' ? prefixTokens(spec) : 0;
  const placed = tokens.map((row, token) =>
    token < without ? row : row.map((v, c) => v + position[(token - without) * d + c]!),
  );
  return spec.preNorm ? normalised(weights, 'norm_pre', placed, spec.layerNormEps) : placed;
}

/** LayerScale: a factor a channel, where the network has it. */
function scaled(spec: VitSpec, weights: Tensors, name: string, branch: Rows): Rows {
  if (!spec.layerScale) return branch;
  const gamma = get(weights, `${name}.gamma`);
  return branch.map((row) => row.map((v, c) => v * gamma[c]!));
}

function attentionBranch(spec: VitSpec, weights: Tensors, i: number, x: Rows): Rows {
  const y = normalised(weights, `blocks.${i}.norm1`, x, spec.layerNormEps);
  const mixed = attend(layer(weights, `blocks.${i}.attn.qkv`, y), spec.heads, () => 0);
  return layer(weights, `blocks.${i}.attn.proj`, mixed);
}

/** [ a_prefix ; dwconv(a_patches) ] */
function fused(spec: VitSpec, { kernel, beta }: DtlConfig, parameters: Tensors, h: Rows): Rows {
  const a = gated(h, beta);
  if (kernel === 0) return a;
  const prefix = prefixTokens(spec);
  return [...a.slice(0, prefix), ...depthwise(a.slice(prefix), get(parameters, 'dtl.conv'), kernel)];
}

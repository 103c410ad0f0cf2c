/**
 * DTL on a ViT written out as plain loops over one photo in float64, straight from the paper's equations and without
 * the graph, its operators or its shortcuts: an independent answer to compare graphs with.
 */
import type { DtlConfig } from '../adapters/dtl/config.ts';
import { downName, upName } from '../adapters/dtl/config.ts';
import type { VitSpec } from '../models/vit-spec.ts';
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
    x = addRows(x, attentionBranch(spec, weights, i, x), branchScale(2 * i));
    x = addRows(x, mlpBranch(weights, `blocks.${i}`, x, spec.layerNormEps), branchScale(2 * i + 1));
    if (config.adapt.includes(i)) x = addRows(x, fused(config, parameters, h));
  }
  const [feature] = normalised(weights, 'norm', [meanOf(x.slice(1))], spec.layerNormEps);
  return headLogits(parameters, feature!);
}

function embed({ spec, weights, image }: PlainInputs<VitSpec>): Rows {
  const position = get(weights, 'pos_embed');
  const tokens = [
    Array.from(get(weights, 'cls_token')),
    ...patches({ weights, image }, spec.imageSize, spec.patchSize),
  ];
  return tokens.map((row, token) => row.map((v, c) => v + position[token * spec.width + c]!));
}

function attentionBranch(spec: VitSpec, weights: Tensors, i: number, x: Rows): Rows {
  const y = normalised(weights, `blocks.${i}.norm1`, x, spec.layerNormEps);
  const mixed = attend(layer(weights, `blocks.${i}.attn.qkv`, y), spec.heads, () => 0);
  return layer(weights, `blocks.${i}.attn.proj`, mixed);
}

/** [ a_cls ; dwconv(a_patches) ] */
function fused({ kernel, beta }: DtlConfig, parameters: Tensors, h: Rows): Rows {
  const a = gated(h, beta);
  return kernel === 0 ? a : [a[0]!, ...depthwise(a.slice(1), get(parameters, 'dtl.conv'), kernel)];
}

/**
 * DTL on a Swin Transformer as plain loops over one photo in float64. Where the graph reorders tokens and masks scores,
 * this asks of each pair of tokens whether they share a window and whether they are neighbours in the photo.
 */
import { downName, upName } from '../adapters/dtl/config.ts';
import type { SwinSpec } from '../models/swin-spec.ts';
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
export function plainSwinLogits(inputs: PlainInputs<SwinSpec>): number[] {
  const { spec, config, weights, parameters, image, branchScale = () => 1 } = inputs;
  const { kernel, rank, beta } = config;
  let x = normalised(
    weights,
    'patch_embed.norm',
    patches({ weights, image }, spec.imageSize, spec.patchSize),
    spec.layerNormEps,
  );
  let i = 0;
  for (const [stage, depth] of spec.depths.entries()) {
    if (stage > 0) x = merged(spec, weights, stage, x);
    let h: Rows = x.map((row) => row.map(() => 0));
    for (let inStage = 0; inStage < depth; inStage++, i++) {
      if (config.extract.includes(i) && parameters.has(downName(i))) {
        const low = product(x, get(parameters, downName(i)), null, rank);
        h = addRows(h, product(low, get(parameters, upName(i)), null, x[0]!.length));
      }
      const name = `layers.${stage}.blocks.${inStage}`;
      const attention = windowAttention(spec, weights, name, spec.heads[stage]!, inStage % 2 === 1, x);
      x = addRows(x, attention, branchScale(2 * i));
      x = addRows(x, mlpBranch(weights, name, x, spec.layerNormEps), branchScale(2 * i + 1));
      if (!config.adapt.includes(i)) continue;
      const a = gated(h, beta);
      x = addRows(x, kernel === 0 ? a : depthwise(a, get(parameters, `stages.${stage}.dtl.conv`), kernel));
    }
  }
  return headLogits(parameters, meanOf(normalised(weights, 'norm', x, spec.layerNormEps)));
}

/** The four tokens of a 2 x 2 square side by side, columns outside, rows inside; the name is that of today's timm. */
function merged(spec: SwinSpec, weights: Tensors, stage: number, x: Rows): Rows {
  const grid = Math.sqrt(x.length);
  const fours: Rows = [];
  for (let row = 0; row < grid; row += 2) {
    for (let column = 0; column < grid; column += 2) {
      const at = row * grid + column;
      fours.push([...x[at]!, ...x[at + grid]!, ...x[at + 1]!, ...x[at + grid + 1]!]);
    }
  }
  const y = normalised(weights, `layers.${stage}.downsample.norm`, fours, spec.layerNormEps);
  return product(y, get(weights, `layers.${stage}.downsample.reduction.weight`), null, 2 * x[0]!.length);
}

function windowAttention(
  spec: SwinSpec,
  weights: Tensors,
  name: string,
  heads: number,
  everySecond: boolean,
  x: Rows,
): Rows {
  const grid = Math.sqrt(x.length);
  const window = Math.min(spec.windowSize, grid);
  const shift = everySecond && grid > window ? Math.floor(window / 2) : 0;
  const table = get(weights, `${name}.attn.relative_position_bias_table`);
  const qkv = layer(weights, `${name}.attn.qkv`, normalised(weights, `${name}.norm1`, x, spec.layerNormEps));
  // Where a token stands once the grid is rolled: [row, column].
  const rolled = (token: number): readonly [number, number] => [
    (Math.floor(token / grid) - shift + grid) % grid,
    ((token % grid) - shift + grid) % grid,
  ];
  const windowOf = (token: number): string => String(rolled(token).map((at) => Math.floor(at / window)));
  const groups = new Map<string, number[]>();
  for (let token = 0; token < x.length; token++) {
    groups.set(windowOf(token), [...(groups.get(windowOf(token)) ?? []), token]);
  }
  const mixed: Rows = [];
  for (const tokens of groups.values()) {
    const attended = attend(
      tokens.map((token) => qkv[token]!),
      heads,
      (head, queryAt, keyAt) => {
        const [query, key] = [tokens[queryAt]!, tokens[keyAt]!];
        const rows = rolled(query)[0] - rolled(key)[0];
        const columns = rolled(query)[1] - rolled(key)[1];
        const trueRows = Math.floor(query / grid) - Math.floor(key / grid);
        const trueColumns = (query % grid) - (key % grid);
        const position = (rows + window - 1) * (2 * window - 1) + columns + window - 1;
        const hidden = rows === trueRows && columns === trueColumns ? 0 : -100;
        return table[position * heads + head]! + hidden;
      },
    );
    tokens.forEach((token, at) => (mixed[token] = attended[at]!));
  }
  return layer(weights, `${name}.attn.proj`, mixed);
}

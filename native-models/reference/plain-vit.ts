/**
 * DTL on a ViT written out as plain loops over one photo in float64, straight from the paper's equations and without
 * the graph, its operators or its shortcuts: an independent answer to compare graphs with.
 */
import type { DtlConfig } from '../adapters/dtl/config.ts';
import { convName, downName, upName } from '../adapters/dtl/config.ts';
import { HEAD_BIAS, HEAD_WEIGHT } from '../adapters/head.ts';
import type { VitSpec } from '../models/vit-spec.ts';
import { gridSize, tokenCount } from '../models/vit-spec.ts';
import { erf } from './erf.ts';

type Rows = number[][];
type Tensors = ReadonlyMap<string, ArrayLike<number>>;

export interface PlainInputs {
  readonly spec: VitSpec;
  readonly config: DtlConfig;
  readonly weights: Tensors;
  readonly parameters: Tensors;
  /** One normalised photo, [3, H, W]. */
  readonly image: ArrayLike<number>;
  /** Factor of each residual branch; 1 where absent. */
  readonly branchScale?: (branch: number) => number;
}

/** Logits [C] of one photo. */
export function plainLogits(inputs: PlainInputs): number[] {
  const { spec, config, weights, parameters, branchScale = () => 1 } = inputs;
  let x = embed(inputs);
  let h: Rows = x.map((row) => row.map(() => 0));
  for (let i = 0; i < spec.depth; i++) {
    if (config.extract.includes(i) && parameters.has(downName(i))) {
      const low = linear(x, get(parameters, downName(i)), null, config.rank);
      const high = linear(low, get(parameters, upName(i)), null, spec.width);
      h = addRows(h, high, 1);
    }
    const [a, m] = [branchScale(2 * i), branchScale(2 * i + 1)];
    x = addRows(x, attentionBranch(spec, weights, i, x), a);
    x = addRows(x, mlpBranch(spec, weights, i, x), m);
    if (config.adapt.includes(i)) x = addRows(x, fused(spec, config, parameters, h), 1);
  }
  const mean = x[0]!.map((_, c) => x.slice(1).reduce((sum, row) => sum + row[c]!, 0) / (x.length - 1));
  const [feature] = norm(spec, weights, 'norm', [mean]);
  const bias = get(parameters, HEAD_BIAS);
  return linear([feature!], get(parameters, HEAD_WEIGHT), bias, bias.length)[0]!;
}

function get(tensors: Tensors, name: string): ArrayLike<number> {
  const tensor = tensors.get(name);
  if (tensor === undefined) throw new RangeError(`${name} is missing.`);
  return tensor;
}

function addRows(x: Rows, y: Rows, factor: number): Rows {
  return x.map((row, t) => row.map((v, c) => v + factor * y[t]![c]!));
}

/** x W^T + b with W [outputs, inputs]. */
function linear(x: Rows, w: ArrayLike<number>, bias: ArrayLike<number> | null, outputs: number): Rows {
  return x.map((row) =>
    Array.from({ length: outputs }, (_, o) =>
      row.reduce((sum, v, c) => sum + v * w[o * row.length + c]!, bias?.[o] ?? 0),
    ),
  );
}

function norm(spec: VitSpec, weights: Tensors, name: string, x: Rows): Rows {
  const [scale, bias] = [get(weights, `${name}.weight`), get(weights, `${name}.bias`)];
  return x.map((row) => {
    const mean = row.reduce((sum, v) => sum + v, 0) / row.length;
    const variance = row.reduce((sum, v) => sum + (v - mean) ** 2, 0) / row.length;
    return row.map((v, c) => ((v - mean) / Math.sqrt(variance + spec.layerNormEps)) * scale[c]! + bias[c]!);
  });
}

function embed({ spec, weights, image }: PlainInputs): Rows {
  const { patchSize: p, width: d, imageSize: s } = spec;
  const [w, bias, position, classToken] = [
    'patch_embed.proj.weight',
    'patch_embed.proj.bias',
    'pos_embed',
    'cls_token',
  ].map((name) => get(weights, name)) as [ArrayLike<number>, ArrayLike<number>, ArrayLike<number>, ArrayLike<number>];
  const grid = gridSize(spec);
  return Array.from({ length: tokenCount(spec) }, (_, token) =>
    Array.from({ length: d }, (_unused, o) => {
      if (token === 0) return classToken[o]! + position[o]!;
      const [row, column] = [Math.floor((token - 1) / grid), (token - 1) % grid];
      let sum = bias[o]! + position[token * d + o]!;
      for (let c = 0; c < 3; c++) {
        for (let y = 0; y < p; y++) {
          for (let z = 0; z < p; z++) {
            sum += w[((o * 3 + c) * p + y) * p + z]! * image[(c * s + row * p + y) * s + column * p + z]!;
          }
        }
      }
      return sum;
    }),
  );
}

function attentionBranch(spec: VitSpec, weights: Tensors, i: number, x: Rows): Rows {
  const { width: d, heads } = spec;
  const size = d / heads;
  const y = norm(spec, weights, `blocks.${i}.norm1`, x);
  const qkv = linear(y, get(weights, `blocks.${i}.attn.qkv.weight`), get(weights, `blocks.${i}.attn.qkv.bias`), 3 * d);
  const mixed = qkv.map((query) =>
    Array.from({ length: d }, (_, c) => {
      const head = Math.floor(c / size);
      const scores = qkv.map((key) => {
        let dot = 0;
        for (let k = head * size; k < (head + 1) * size; k++) dot += query[k]! * key[d + k]!;
        return Math.exp(dot / Math.sqrt(size));
      });
      const total = scores.reduce((sum, v) => sum + v, 0);
      return qkv.reduce((sum, value, t) => sum + (scores[t]! / total) * value[2 * d + c]!, 0);
    }),
  );
  return linear(mixed, get(weights, `blocks.${i}.attn.proj.weight`), get(weights, `blocks.${i}.attn.proj.bias`), d);
}

function mlpBranch(spec: VitSpec, weights: Tensors, i: number, x: Rows): Rows {
  const y = norm(spec, weights, `blocks.${i}.norm2`, x);
  const hidden = linear(
    y,
    get(weights, `blocks.${i}.mlp.fc1.weight`),
    get(weights, `blocks.${i}.mlp.fc1.bias`),
    spec.mlpWidth,
  );
  const active = hidden.map((row) => row.map((v) => 0.5 * v * (1 + erf(v / Math.SQRT2))));
  return linear(
    active,
    get(weights, `blocks.${i}.mlp.fc2.weight`),
    get(weights, `blocks.${i}.mlp.fc2.bias`),
    spec.width,
  );
}

/** [ a_cls ; dwconv(a_patches) ], an even kernel reaching one further below and right. */
function fused(spec: VitSpec, { kernel: k, beta }: DtlConfig, parameters: Tensors, h: Rows): Rows {
  const a = h.map((row) => row.map((v) => v / (1 + Math.exp(-beta * v))));
  if (k === 0) return a;
  const g = get(parameters, convName(0, spec));
  const grid = gridSize(spec);
  const before = Math.floor((k - 1) / 2);
  return a.map((row, token) => {
    if (token === 0) return row;
    const [y, z] = [Math.floor((token - 1) / grid), (token - 1) % grid];
    return row.map((_, c) => {
      let sum = 0;
      for (let i = 0; i < k; i++) {
        for (let j = 0; j < k; j++) {
          const [r, s] = [y + i - before, z + j - before];
          if (r >= 0 && r < grid && s >= 0 && s < grid) sum += g[(c * k + i) * k + j]! * a[1 + r * grid + s]![c]!;
        }
      }
      return sum;
    });
  });
}

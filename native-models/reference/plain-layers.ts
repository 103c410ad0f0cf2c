/** What the plain-loop networks share: rows of numbers, one photo, float64. */
import type { DtlConfig } from '../adapters/dtl/config.ts';
import { HEAD_BIAS, HEAD_WEIGHT } from '../adapters/head.ts';
import type { Activation } from '../models/vit-spec.ts';
import { erf } from './erf.ts';

export type Rows = number[][];
export type Tensors = ReadonlyMap<string, ArrayLike<number>>;

export interface PlainInputs<Spec> {
  readonly spec: Spec;
  readonly config: DtlConfig;
  readonly weights: Tensors;
  readonly parameters: Tensors;
  /** One normalised photo, [3, H, W]. */
  readonly image: ArrayLike<number>;
  /** Factor of each residual branch; 1 where absent. */
  readonly branchScale?: (branch: number) => number;
}

export function get(tensors: Tensors, name: string): ArrayLike<number> {
  const tensor = tensors.get(name);
  if (tensor === undefined) throw new RangeError(`${name} is missing.`);
  return tensor;
}

export function addRows(x: Rows, y: Rows, factor = 1): Rows {
  return x.map((row, t) => row.map((v, c) => v + factor * y[t]![c]!));
}

/** x W^T + b with W [outputs, inputs]. */
export function product(x: Rows, w: ArrayLike<number>, bias: ArrayLike<number> | null, outputs: number): Rows {
  return x.map((row) =>
    Array.from({ length: outputs }, (_, o) =>
      row.reduce((sum, v, c) => sum + v * w[o * row.length + c]!, bias?.[o] ?? 0),
    ),
  );
}

/** As `product`, with the weight and bias of a layer. */
export function layer(weights: Tensors, name: string, x: Rows): Rows {
  const bias = get(weights, `${name}.bias`);
  return product(x, get(weights, `${name}.weight`), bias, bias.length);
}

export function normalised(weights: Tensors, name: string, x: Rows, epsilon: number): Rows {
  const [scale, bias] = [get(weights, `${name}.weight`), get(weights, `${name}.bias`)];
  return x.map((row) => {
    const mean = row.reduce((sum, v) => sum + v, 0) / row.length;
    const variance = row.reduce((sum, v) => sum + (v - mean) ** 2, 0) / row.length;
    return row.map((v, c) => ((v - mean) / Math.sqrt(variance + epsilon)) * scale[c]! + bias[c]!);
  });
}

/** Patches [N, d] of a square photo, row by row. */
export function patches(
  { weights, image }: { weights: Tensors; image: ArrayLike<number> },
  side: number,
  p: number,
): Rows {
  const w = get(weights, 'patch_embed.proj.weight');
  const bias = weights.get('patch_embed.proj.bias');
  const grid = side / p;
  return Array.from({ length: grid * grid }, (_, token) =>
    Array.from({ length: w.length / (3 * p * p) }, (_unused, o) => {
      const [row, column] = [Math.floor(token / grid), token % grid];
      let sum = bias?.[o] ?? 0;
      for (let c = 0; c < 3; c++) {
        for (let y = 0; y < p; y++) {
          for (let z = 0; z < p; z++) {
            sum += w[((o * 3 + c) * p + y) * p + z]! * image[(c * side + row * p + y) * side + column * p + z]!;
          }
        }
      }
      return sum;
    }),
  );
}

const activations: Readonly<Record<Activation, (v: number) => number>> = {
  gelu: (v) => 0.5 * v * (1 + erf(v / Math.SQRT2)),
  'gelu-tanh': (v) => 0.5 * v * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (v + 0.044715 * v ** 3))),
  'quick-gelu': (v) => v / (1 + Math.exp(-1.702 * v)),
};

/** The MLP branch of a block, before its residual. */
export function mlpBranch(
  weights: Tensors,
  block: string,
  x: Rows,
  epsilon: number,
  activation: Activation = 'gelu',
): Rows {
  const hidden = layer(weights, `${block}.mlp.fc1`, normalised(weights, `${block}.norm2`, x, epsilon));
  const active = hidden.map((row) => row.map(activations[activation]));
  return layer(weights, `${block}.mlp.fc2`, active);
}

/**
 * Attention of every token over all of them; `plus` is added to the score of a head, query and key.
 * qkv [T, 3 d] -> [T, d]
 */
export function attend(qkv: Rows, heads: number, plus: (head: number, query: number, key: number) => number): Rows {
  const d = qkv[0]!.length / 3;
  const size = d / heads;
  return qkv.map((row, query) =>
    Array.from({ length: d }, (_, c) => {
      const head = Math.floor(c / size);
      const powers = qkv.map((other, key) => {
        let dot = 0;
        for (let k = head * size; k < (head + 1) * size; k++) dot += row[k]! * other[d + k]!;
        return Math.exp(dot / Math.sqrt(size) + plus(head, query, key));
      });
      const total = powers.reduce((sum, v) => sum + v, 0);
      return qkv.reduce((sum, value, t) => sum + (powers[t]! / total) * value[2 * d + c]!, 0);
    }),
  );
}

/** h sigmoid(beta h) */
export function gated(h: Rows, beta: number): Rows {
  return h.map((row) => row.map((v) => v / (1 + Math.exp(-beta * v))));
}

/** One plane of k x k a channel over a square of tokens; an even kernel reaches one further below and right. */
export function depthwise(a: Rows, g: ArrayLike<number>, k: number): Rows {
  const grid = Math.sqrt(a.length);
  const before = Math.floor((k - 1) / 2);
  return a.map((row, token) => {
    const [y, z] = [Math.floor(token / grid), token % grid];
    return row.map((_, c) => {
      let sum = 0;
      for (let i = 0; i < k; i++) {
        for (let j = 0; j < k; j++) {
          const [r, s] = [y + i - before, z + j - before];
          if (r >= 0 && r < grid && s >= 0 && s < grid) sum += g[(c * k + i) * k + j]! * a[r * grid + s]![c]!;
        }
      }
      return sum;
    });
  });
}

export function meanOf(x: Rows): number[] {
  return x[0]!.map((_, c) => x.reduce((sum, row) => sum + row[c]!, 0) / x.length);
}

/** Logits [C] of one photo's features. */
export function headLogits(parameters: Tensors, feature: number[]): number[] {
  const bias = get(parameters, HEAD_BIAS);
  return product([feature], get(parameters, HEAD_WEIGHT), bias, bias.length)[0]!;
}

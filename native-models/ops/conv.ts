import type { GraphBuilder } from '../graph/builder.ts';
import type { Attributes, Value } from '../graph/types.ts';
import { dim } from '../graph/types.ts';
import { defineOp, int, ints, required, shapeError } from './define.ts';
import { gemm } from './gemm.ts';
import { reshape } from './reshape.ts';
import { transpose } from './transpose.ts';

interface ConvAttributes extends Attributes {
  readonly groups: number;
  /** Rows above, columns left, rows below, columns right. */
  readonly pads: readonly [number, number, number, number];
}

/**
 * Cross-correlation of [B, C, H, W] with [O, C/groups, k, k] at stride 1. The gradient is defined for the depthwise
 * case (groups = C = O), the only one that a side network trains: with respect to the photos it is the correlation with
 * the kernel turned by 180 degrees, with respect to the kernel a correlation in which the batch plays the channels.
 */
export const convOp = defineOp<ConvAttributes>({
  name: 'Conv',
  infer: (inputs, { groups, pads }) => {
    const x = required(inputs, 0, 'Conv');
    const w = required(inputs, 1, 'Conv');
    const fits = x.shape.length === 4 && w.shape.length === 4 && dim(x.shape, 1) === dim(w.shape, 1) * groups;
    const height = dim(x.shape, 2) + pads[0] + pads[2] - dim(w.shape, 2) + 1;
    const width = dim(x.shape, 3) + pads[1] + pads[3] - dim(w.shape, 3) + 1;
    if (!fits || height < 1 || width < 1) throw shapeError('Conv', `${groups} groups do not fit`, x.shape, w.shape);
    return [{ dtype: x.dtype, shape: [dim(x.shape, 0), dim(w.shape, 0), height, width] }];
  },
  emit: ({ inputs, outputs, attributes: { groups, pads } }) => [
    { opType: 'Conv', inputs, outputs, attributes: { group: int(groups), pads: ints(pads) } },
  ],
  gradient: ({ b, dy, input, needs, attributes: { groups, pads } }) => {
    const [x, w] = [input(0), input(1)];
    if (dim(w.shape, 1) !== 1 || dim(w.shape, 0) !== groups) {
      throw shapeError('Conv', 'the gradient is defined for depthwise kernels only', x.shape, w.shape);
    }
    return [needs(0) ? gradientOfInput(b, dy, w, pads) : null, needs(1) ? gradientOfKernel(b, dy, x, w, pads) : null];
  },
  cases: [3, 4, 5].map((k) => ({
    title: `depthwise ${k}x${k}`,
    shapes: [
      [2, 3, 6, 5],
      [3, 1, k, k],
    ],
    attributes: { groups: 3, pads: samePads(k) },
    differentiable: [0, 1],
  })),
});

function gradientOfInput(b: GraphBuilder, dy: Value, w: Value, pads: ConvAttributes['pads']): Value {
  const [channels, k] = [dim(w.shape, 0), dim(w.shape, 2)];
  // A product with the reversing permutation is exact, and every provider has Gemm; not all slice backwards.
  const reversal = new Float32Array(k * k * k * k);
  for (let i = 0; i < k * k; i++) reversal[i * k * k + (k * k - 1 - i)] = 1;
  const turned = gemm(b, reshape(b, w, [channels, k * k]), b.constant('reversal', [k * k, k * k], reversal));
  const [top, left, bottom, right] = pads;
  return conv(b, dy, reshape(b, turned, w.shape), channels, [k - 1 - top, k - 1 - left, k - 1 - bottom, k - 1 - right]);
}

function gradientOfKernel(b: GraphBuilder, dy: Value, x: Value, w: Value, pads: ConvAttributes['pads']): Value {
  const channels = dim(w.shape, 0);
  const [batch, height, width] = [dim(x.shape, 0), dim(x.shape, 2), dim(x.shape, 3)];
  const photos = reshape(b, transpose(b, x, [1, 0, 2, 3]), [1, channels * batch, height, width]);
  const kernel = transpose(b, dy, [1, 0, 2, 3]);
  return reshape(b, conv(b, photos, kernel, channels, pads), w.shape);
}

/** Padding that keeps the size; an even kernel gets its extra row and column below and right (PyTorch's `same`). */
export function samePads(k: number): [number, number, number, number] {
  const before = Math.floor((k - 1) / 2);
  const after = k - 1 - before;
  return [before, before, after, after];
}

export function conv(b: GraphBuilder, x: Value, w: Value, groups: number, pads: ConvAttributes['pads']): Value {
  return b.one(convOp, [x, w], { groups, pads });
}

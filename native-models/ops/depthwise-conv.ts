import type { GraphBuilder } from '../graph/builder.ts';
import type { Shape, Value } from '../graph/types.ts';
import { dim } from '../graph/types.ts';
import type { EmitContext, EmittedNode } from './define.ts';
import { BLOCKED, defineOp, int, required, shapeError } from './define.ts';
import type { DepthwiseAttributes } from './depthwise-emit.ts';
import { blockOf, convolved, toBlocks, transposed } from './depthwise-emit.ts';
import { depthwiseKernelGradient } from './depthwise-kernel-gradient.ts';
import { gemm } from './gemm.ts';
import { reshape } from './reshape.ts';

/**
 * Correlation of each channel of [B, H, W, C] with its own kernel, [C, 1, k, k], at stride 1. Channels stand last, as
 * tokens have them. With respect to the photos the gradient is the correlation with the kernel turned by 180 degrees.
 *
 * Where the runtime has channel-blocked kernels (x86), they are named directly: they take channels-last tokens without
 * transposing, and a block of channels at a time. The standard operator computes channel by channel, 4 to 6 times slower.
 */
export const depthwiseConvOp = defineOp<DepthwiseAttributes>({
  name: 'DepthwiseConv',
  infer: (inputs, { pads }) => {
    const x = required(inputs, 0, 'DepthwiseConv');
    const w = required(inputs, 1, 'DepthwiseConv');
    const fits = x.shape.length === 4 && w.shape.length === 4 && dim(x.shape, 3) === dim(w.shape, 0);
    const height = dim(x.shape, 1) + pads[0] + pads[2] - dim(w.shape, 2) + 1;
    const width = dim(x.shape, 2) + pads[1] + pads[3] - dim(w.shape, 3) + 1;
    if (!fits || dim(w.shape, 1) !== 1 || height < 1 || width < 1)
      throw shapeError('DepthwiseConv', 'photos and kernels do not fit', x.shape, w.shape);
    return [{ dtype: x.dtype, shape: [dim(x.shape, 0), height, width, dim(x.shape, 3)] }];
  },
  emit: (context) => (blockOf(context) === null ? emitStandard(context) : emitBlocked(context)),
  gradient: ({ b, dy, input, needs, attributes: { pads } }) => {
    const [x, w] = [input(0), input(1)];
    return [
      needs(0) ? gradientOfInput(b, dy, w, pads) : null,
      needs(1) ? depthwiseKernelGradient(b, x, dy, pads) : null,
    ];
  },
  cases: [3, 4, 5].flatMap((k) =>
    // Channels that come out even in blocks of the runtime, and such that do not.
    [3, 16].map((channels) => ({
      title: `${k}x${k}, ${channels} channels`,
      shapes: [
        [2, ...(channels === 3 ? [6, 5] : [4, 3]), channels],
        [channels, 1, k, k],
      ],
      attributes: { pads: samePads(k) },
      differentiable: [0, 1],
    })),
  ),
});

function emitStandard({ node, inputs, outputs, attributes, temporary }: EmitContext<DepthwiseAttributes>) {
  const [planes, mixed] = [temporary('planes'), temporary('mixed')];
  const channels = dim(node.inputs[0]?.shape ?? [], 3);
  return [
    transposed(inputs[0] ?? '', planes, [0, 3, 1, 2]),
    convolved([planes, inputs[1] ?? ''], mixed, channels, attributes.pads),
    transposed(mixed, outputs[0] ?? '', [0, 2, 3, 1]),
  ];
}

function emitBlocked(context: EmitContext<DepthwiseAttributes>): readonly EmittedNode[] {
  const { node, inputs, outputs, attributes, integers, temporary } = context;
  const block = blockOf(context) ?? 1;
  const kernel: Shape = node.inputs[1]?.shape ?? [];
  const channels = dim(kernel, 0);
  const [rows, turned, weights, blocked, mixed] = ['rows', 'turned', 'weights', 'blocked', 'mixed'].map(temporary) as [
    string,
    string,
    string,
    string,
    string,
  ];
  const positions = dim(kernel, 2) * dim(kernel, 3);
  return [
    { opType: 'Reshape', inputs: [inputs[1] ?? '', integers([channels / block, block, positions])], outputs: [rows] },
    transposed(rows, turned, [0, 2, 1]),
    { opType: 'Reshape', inputs: [turned, integers(kernel)], outputs: [weights] },
    toBlocks(inputs[0] ?? '', blocked),
    { ...convolved([blocked, weights], mixed, channels, attributes.pads), domain: BLOCKED },
    {
      opType: 'ReorderOutput',
      domain: BLOCKED,
      inputs: [mixed],
      outputs,
      attributes: { channels: int(channels), channels_last: int(1) },
    },
  ];
}

function gradientOfInput(b: GraphBuilder, dy: Value, w: Value, pads: DepthwiseAttributes['pads']): Value {
  const [channels, k] = [dim(w.shape, 0), dim(w.shape, 2)];
  // A product with the reversing permutation is exact, and every provider has Gemm; not all slice backwards.
  const reversal = b.sharedConstant(`reversal/${k * k}`, [k * k, k * k], () => {
    const permutation = new Float32Array(k * k * k * k);
    for (let i = 0; i < k * k; i++) permutation[i * k * k + (k * k - 1 - i)] = 1;
    return permutation;
  });
  const turned = gemm(b, reshape(b, w, [channels, k * k]), reversal);
  const [top, left, bottom, right] = pads;
  return depthwiseConv(b, dy, reshape(b, turned, w.shape), [k - 1 - top, k - 1 - left, k - 1 - bottom, k - 1 - right]);
}

/** Padding that keeps the size; an even kernel gets its extra row and column below and right (PyTorch's `same`). */
export function samePads(k: number): [number, number, number, number] {
  const before = Math.floor((k - 1) / 2);
  const after = k - 1 - before;
  return [before, before, after, after];
}

export function depthwiseConv(b: GraphBuilder, x: Value, w: Value, pads: DepthwiseAttributes['pads']): Value {
  return b.one(depthwiseConvOp, [x, w], { pads });
}

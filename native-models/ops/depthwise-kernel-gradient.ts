import type { GraphBuilder } from '../graph/builder.ts';
import type { Value } from '../graph/types.ts';
import { dim } from '../graph/types.ts';
import type { EmitContext, EmittedNode } from './define.ts';
import { BLOCKED, defineOp, int, required, shapeError } from './define.ts';
import type { DepthwiseAttributes } from './depthwise-emit.ts';
import { blockOf, convolved, toBlocks, transposed } from './depthwise-emit.ts';

/**
 * Gradient of a depthwise correlation with respect to its kernels: photos [B, H, W, C] and the adjoint of the output,
 * [B, H', W', C] -> [C, 1, k, k]. It is itself a correlation of the photos with the adjoint as kernel. In channel blocks
 * each photo's channels are channels of one long picture, since both tensors have the blocks in the same places.
 */
export const depthwiseKernelGradientOp = defineOp<DepthwiseAttributes>({
  name: 'DepthwiseKernelGradient',
  infer: (inputs, { pads }) => {
    const x = required(inputs, 0, 'DepthwiseKernelGradient');
    const dy = required(inputs, 1, 'DepthwiseKernelGradient');
    const height = dim(x.shape, 1) + pads[0] + pads[2] - dim(dy.shape, 1) + 1;
    const width = dim(x.shape, 2) + pads[1] + pads[3] - dim(dy.shape, 2) + 1;
    const fits = dim(x.shape, 0) === dim(dy.shape, 0) && dim(x.shape, 3) === dim(dy.shape, 3);
    if (!fits || height < 1 || width < 1)
      throw shapeError('DepthwiseKernelGradient', 'photos and adjoint do not fit', x.shape, dy.shape);
    return [{ dtype: x.dtype, shape: [dim(x.shape, 3), 1, height, width] }];
  },
  emit: (context) => (blockOf(context) === null ? emitStandard(context) : emitBlocked(context)),
  gradient: null,
  cases: [3, 16].map((channels) => ({
    title: `3x4, ${channels} channels`,
    shapes: [
      [2, 6, 5, channels],
      [2, 6, 4, channels],
    ],
    attributes: { pads: [1, 1, 1, 1] },
    differentiable: [],
  })),
});

/** The batch plays the channels: [1, C B, H, W] with kernels [C, B, H', W']. */
function emitStandard({ node, inputs, outputs, attributes, integers, temporary }: EmitContext<DepthwiseAttributes>) {
  const [batch, height, width, channels] = shapeOf(node.inputs[0]);
  const [planes, kernel, photos, mixed] = ['planes', 'kernel', 'photos', 'mixed'].map(temporary) as Four;
  return [
    transposed(inputs[0] ?? '', planes, [3, 0, 1, 2]),
    transposed(inputs[1] ?? '', kernel, [3, 0, 1, 2]),
    { opType: 'Reshape', inputs: [planes, integers([1, channels * batch, height, width])], outputs: [photos] },
    convolved([photos, kernel], mixed, channels, attributes.pads),
    { opType: 'Reshape', inputs: [mixed, integers(node.outputs[0]?.shape ?? [])], outputs },
  ];
}

function emitBlocked(context: EmitContext<DepthwiseAttributes>): readonly EmittedNode[] {
  const { node, inputs, outputs, attributes, integers, temporary } = context;
  const [batch, height, width, channels] = shapeOf(node.inputs[0]);
  const [, dyHeight, dyWidth] = shapeOf(node.inputs[1]);
  const [xBlocks, dyBlocks, photos, kernel] = ['xBlocks', 'dyBlocks', 'photos', 'kernel'].map(temporary) as Four;
  const [mixed, planes, each] = ['mixed', 'planes', 'each'].map(temporary) as [string, string, string];
  const together = batch * channels;
  return [
    toBlocks(inputs[0] ?? '', xBlocks),
    toBlocks(inputs[1] ?? '', dyBlocks),
    { opType: 'Reshape', inputs: [xBlocks, integers([1, together, height, width])], outputs: [photos] },
    { opType: 'Reshape', inputs: [dyBlocks, integers([together, 1, dyHeight, dyWidth])], outputs: [kernel] },
    { ...convolved([photos, kernel], mixed, together, attributes.pads), domain: BLOCKED },
    {
      opType: 'ReorderOutput',
      domain: BLOCKED,
      inputs: [mixed],
      outputs: [planes],
      attributes: { channels: int(together) },
    },
    {
      opType: 'Reshape',
      inputs: [planes, integers([batch, ...(node.outputs[0]?.shape ?? [])])],
      outputs: [each],
    },
    { opType: 'ReduceSum', inputs: [each, integers([0])], outputs, attributes: { keepdims: int(0) } },
  ];
}

type Four = [string, string, string, string];

function shapeOf(value: Value | null | undefined): [number, number, number, number] {
  const shape = value?.shape ?? [];
  return [dim(shape, 0), dim(shape, 1), dim(shape, 2), dim(shape, 3)];
}

export function depthwiseKernelGradient(
  b: GraphBuilder,
  x: Value,
  dy: Value,
  pads: DepthwiseAttributes['pads'],
): Value {
  return b.one(depthwiseKernelGradientOp, [x, dy], { pads });
}

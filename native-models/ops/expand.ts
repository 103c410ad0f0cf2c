import type { GraphBuilder } from '../graph/builder.ts';
import type { Attributes, Shape, Value } from '../graph/types.ts';
import { sameShape } from '../graph/types.ts';
import { broadcastShape, sumTo } from './broadcast.ts';
import { defineOp, required, shapeError } from './define.ts';

interface ExpandAttributes extends Attributes {
  readonly shape: Shape;
}

/** Repeats axes of size 1 up to `shape`; the adjoint is summed over them. */
export const expandOp = defineOp<ExpandAttributes>({
  name: 'Expand',
  infer: (inputs, { shape }) => {
    const x = required(inputs, 0, 'Expand');
    if (!sameShape(broadcastShape('Expand', x.shape, shape), shape))
      throw shapeError('Expand', 'cannot reach', x.shape, shape);
    return [{ dtype: x.dtype, shape }];
  },
  emit: ({ inputs, outputs, attributes, integers }) => [
    { opType: 'Expand', inputs: [...inputs, integers(attributes.shape)], outputs },
  ],
  gradient: ({ b, dy, input }) => [sumTo(b, dy, input(0).shape)],
  cases: [
    { title: 'row to matrix', shapes: [[1, 3]], attributes: { shape: [4, 3] }, differentiable: [0] },
    { title: 'new leading axis', shapes: [[2, 1]], attributes: { shape: [3, 2, 4] }, differentiable: [0] },
  ],
});

export function expand(b: GraphBuilder, x: Value, shape: Shape): Value {
  return sameShape(x.shape, shape) ? x : b.one(expandOp, [x], { shape });
}

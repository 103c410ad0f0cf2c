import type { GraphBuilder } from '../graph/builder.ts';
import type { Attributes, Shape, Value } from '../graph/types.ts';
import { elementCount, sameShape } from '../graph/types.ts';
import { defineOp, required, shapeError } from './define.ts';

interface ReshapeAttributes extends Attributes {
  readonly shape: Shape;
}

/** The same values in the same order under another shape. */
export const reshapeOp = defineOp<ReshapeAttributes>({
  name: 'Reshape',
  infer: (inputs, { shape }) => {
    const x = required(inputs, 0, 'Reshape');
    if (elementCount(x.shape) !== elementCount(shape)) throw shapeError('Reshape', 'sizes differ', x.shape, shape);
    return [{ dtype: x.dtype, shape }];
  },
  emit: ({ inputs, outputs, attributes, integers }) => [
    { opType: 'Reshape', inputs: [...inputs, integers(attributes.shape)], outputs },
  ],
  gradient: ({ b, dy, input }) => [reshape(b, dy, input(0).shape)],
  cases: [
    { title: '2 axes to 3', shapes: [[4, 6]], attributes: { shape: [2, 2, 6] }, differentiable: [0] },
    { title: 'to a scalar', shapes: [[1, 1]], attributes: { shape: [] }, differentiable: [0] },
  ],
});

export function reshape(b: GraphBuilder, x: Value, shape: Shape): Value {
  return sameShape(x.shape, shape) ? x : b.one(reshapeOp, [x], { shape });
}

import type { GraphBuilder } from '../graph/builder.ts';
import type { Attributes, Value } from '../graph/types.ts';
import { dim, elementCount } from '../graph/types.ts';
import { concat } from './concat.ts';
import { defineOp, int, required, shapeError } from './define.ts';

interface SplitAttributes extends Attributes {
  readonly axis: number;
  readonly sizes: readonly number[];
}

/** Cuts a tensor along `axis` into parts of the given sizes; a part without an adjoint counts as zeros. */
export const splitOp = defineOp<SplitAttributes>({
  name: 'Split',
  infer: (inputs, { axis, sizes }) => {
    const { dtype, shape } = required(inputs, 0, 'Split');
    const total = sizes.reduce((sum, size) => sum + size, 0);
    if (dim(shape, axis) !== total) throw shapeError('Split', `parts of axis ${axis} add up to ${total}`, shape);
    return sizes.map((size) => ({ dtype, shape: shape.map((whole, i) => (i === axis ? size : whole)) }));
  },
  emit: ({ inputs, outputs, attributes, integers }) => [
    {
      opType: 'Split',
      inputs: [...inputs, integers(attributes.sizes)],
      outputs,
      attributes: { axis: int(attributes.axis) },
    },
  ],
  gradient: ({ b, dys, node, attributes }) => {
    const parts = node.outputs.map(
      (output, index) => dys[index] ?? b.constant('zeros', output.shape, new Float32Array(elementCount(output.shape))),
    );
    return [concat(b, parts, attributes.axis)];
  },
  cases: [
    {
      title: 'class token and patches',
      shapes: [[2, 5, 3]],
      attributes: { axis: 1, sizes: [1, 4] },
      differentiable: [0],
    },
    { title: 'three columns', shapes: [[2, 6]], attributes: { axis: 1, sizes: [1, 2, 3] }, differentiable: [0] },
  ],
});

export function split(b: GraphBuilder, x: Value, axis: number, sizes: readonly number[]): readonly Value[] {
  return sizes.length === 1 ? [x] : b.apply(splitOp, [x], { axis, sizes });
}

import type { GraphBuilder } from '../graph/builder.ts';
import type { Attributes, Value } from '../graph/types.ts';
import { dim } from '../graph/types.ts';
import { defineOp, ints, required, shapeError } from './define.ts';

interface TransposeAttributes extends Attributes {
  readonly permutation: readonly number[];
}

/** Axis `i` of the output is axis `permutation[i]` of the input. */
export const transposeOp = defineOp<TransposeAttributes>({
  name: 'Transpose',
  infer: (inputs, { permutation }) => {
    const { dtype, shape } = required(inputs, 0, 'Transpose');
    const isPermutation = permutation.length === shape.length && new Set(permutation).size === shape.length;
    if (!isPermutation) throw shapeError('Transpose', `(${permutation.join(', ')}) does not permute`, shape);
    return [{ dtype, shape: permutation.map((axis) => dim(shape, axis)) }];
  },
  emit: ({ inputs, outputs, attributes }) => [
    { opType: 'Transpose', inputs, outputs, attributes: { perm: ints(attributes.permutation) } },
  ],
  gradient: ({ b, dy, attributes }) => {
    const inverse = attributes.permutation.map((_, axis) => attributes.permutation.indexOf(axis));
    return [transpose(b, dy, inverse)];
  },
  cases: [
    { title: 'matrix', shapes: [[3, 4]], attributes: { permutation: [1, 0] }, differentiable: [0] },
    {
      title: 'cycle of 4 axes',
      shapes: [[2, 3, 4, 5]],
      attributes: { permutation: [2, 0, 3, 1] },
      differentiable: [0],
    },
  ],
});

export function transpose(b: GraphBuilder, x: Value, permutation: readonly number[]): Value {
  return b.one(transposeOp, [x], { permutation });
}

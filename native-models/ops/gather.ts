import type { GraphBuilder } from '../graph/builder.ts';
import type { Attributes, Value } from '../graph/types.ts';
import { dim } from '../graph/types.ts';
import { defineOp, int, required, shapeError } from './define.ts';

interface GatherAttributes extends Attributes {
  readonly axis: number;
  readonly indices: readonly number[];
}

/**
 * Slices along `axis` in the order of `indices`, each as often as it is named. The gradient is defined where the
 * indices are a permutation, the only case on a path to a trainable tensor: there it is the inverse permutation.
 */
export const gatherOp = defineOp<GatherAttributes>({
  name: 'Gather',
  infer: (inputs, { axis, indices }) => {
    const { dtype, shape } = required(inputs, 0, 'Gather');
    const size = dim(shape, axis);
    const outside = indices.find((index) => !Number.isInteger(index) || index < 0 || index >= size);
    if (outside !== undefined) throw shapeError('Gather', `axis ${axis} has no index ${outside}`, shape);
    return [{ dtype, shape: shape.map((whole, i) => (i === axis ? indices.length : whole)) }];
  },
  emit: ({ inputs, outputs, attributes, integers }) => [
    {
      opType: 'Gather',
      inputs: [...inputs, integers(attributes.indices)],
      outputs,
      attributes: { axis: int(attributes.axis) },
    },
  ],
  gradient: ({ b, dy, input, attributes: { axis, indices } }) => {
    const size = dim(input(0).shape, axis);
    if (indices.length !== size || new Set(indices).size !== size) {
      throw shapeError('Gather', 'the gradient is defined for permutations only', input(0).shape, dy.shape);
    }
    return [gather(b, dy, axis, inverseOf(indices))];
  },
  cases: [
    {
      title: 'a permutation of the middle axis',
      shapes: [[2, 4, 3]],
      attributes: { axis: 1, indices: [2, 0, 3, 1] },
      differentiable: [0],
    },
    {
      title: 'rows, some twice and some not at all',
      shapes: [[4, 3]],
      attributes: { axis: 0, indices: [3, 0, 0, 1, 3] },
      differentiable: [],
    },
  ],
});

export function inverseOf(permutation: readonly number[]): readonly number[] {
  const inverse = new Array<number>(permutation.length);
  permutation.forEach((from, to) => (inverse[from] = to));
  return inverse;
}

/** A permutation that changes nothing adds no node. */
export function gather(b: GraphBuilder, x: Value, axis: number, indices: readonly number[]): Value {
  const isIdentity = indices.length === dim(x.shape, axis) && indices.every((index, at) => index === at);
  return isIdentity ? x : b.one(gatherOp, [x], { axis, indices });
}

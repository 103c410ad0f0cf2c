import type { GraphBuilder } from '../graph/builder.ts';
import type { Value } from '../graph/types.ts';
import { dim, sameShape } from '../graph/types.ts';
import { defineOp, emitAs, required, shapeError } from './define.ts';
import { transpose } from './transpose.ts';

/** Batched product [..., m, k] [..., k, n] -> [..., m, n] over equal leading axes. */
export const matmulOp = defineOp({
  name: 'MatMul',
  infer: (inputs) => {
    const a = required(inputs, 0, 'MatMul');
    const b = required(inputs, 1, 'MatMul');
    const batch = a.shape.slice(0, -2);
    if (!sameShape(batch, b.shape.slice(0, -2)) || dim(a.shape, -1) !== dim(b.shape, -2)) {
      throw shapeError('MatMul', 'shapes do not fit', a.shape, b.shape);
    }
    return [{ dtype: a.dtype, shape: [...batch, dim(a.shape, -2), dim(b.shape, -1)] }];
  },
  emit: emitAs('MatMul'),
  gradient: ({ b, dy, input, needs }) => [
    needs(0) ? matmul(b, dy, swapLast(b, input(1))) : null,
    needs(1) ? matmul(b, swapLast(b, input(0)), dy) : null,
  ],
  cases: [
    {
      title: 'matrices',
      shapes: [
        [3, 4],
        [4, 2],
      ],
      attributes: {},
      differentiable: [0, 1],
    },
    {
      title: 'batched',
      shapes: [
        [2, 3, 2, 4],
        [2, 3, 4, 5],
      ],
      attributes: {},
      differentiable: [0, 1],
    },
  ],
});

export function matmul(b: GraphBuilder, x: Value, y: Value): Value {
  return b.one(matmulOp, [x, y], {});
}

/** Transposes the last two axes; the runtime fuses it into the product that reads it. */
export function swapLast(b: GraphBuilder, x: Value): Value {
  const rank = x.shape.length;
  return transpose(b, x, [...Array.from({ length: rank - 2 }, (_, axis) => axis), rank - 1, rank - 2]);
}

import type { GraphBuilder } from '../graph/builder.ts';
import type { Attributes, Value } from '../graph/types.ts';
import { dim } from '../graph/types.ts';
import { broadcastShape, sumTo } from './broadcast.ts';
import type { GradientContext } from './define.ts';
import { defineOp, int, required, shapeError } from './define.ts';

interface GemmAttributes extends Attributes {
  readonly transA: 0 | 1;
  readonly transB: 0 | 1;
}

/** op(A) op(B) + C on matrices; C is optional and broadcasts. */
export const gemmOp = defineOp<GemmAttributes>({
  name: 'Gemm',
  infer: (inputs, { transA, transB }) => {
    const a = required(inputs, 0, 'Gemm');
    const b = required(inputs, 1, 'Gemm');
    const [rows, inner] = transA === 1 ? [1, 0] : [0, 1];
    const [innerB, columns] = transB === 1 ? [1, 0] : [0, 1];
    if (a.shape.length !== 2 || b.shape.length !== 2 || dim(a.shape, inner) !== dim(b.shape, innerB)) {
      throw shapeError('Gemm', 'matrices do not fit', a.shape, b.shape);
    }
    const shape = [dim(a.shape, rows), dim(b.shape, columns)];
    const c = inputs[2];
    if (c) broadcastShape('Gemm', shape, c.shape);
    return [{ dtype: a.dtype, shape }];
  },
  emit: ({ inputs, outputs, attributes: { transA, transB } }) => [
    {
      opType: 'Gemm',
      inputs: inputs[2] === '' ? inputs.slice(0, 2) : inputs,
      outputs,
      attributes: { transA: int(transA), transB: int(transB) },
    },
  ],
  gradient: (context) => {
    const { b, dy, needs, input } = context;
    return [
      needs(0) ? gradientOfA(context) : null,
      needs(1) ? gradientOfB(context) : null,
      ...(context.node.inputs.length > 2 ? [needs(2) ? sumTo(b, dy, input(2).shape) : null] : []),
    ];
  },
  cases: ([0, 1] as const).flatMap((transA) =>
    ([0, 1] as const).map((transB) => ({
      title: `transA ${transA}, transB ${transB}`,
      shapes: [transA === 1 ? [3, 2] : [2, 3], transB === 1 ? [4, 3] : [3, 4], [4]],
      attributes: { transA, transB },
      differentiable: [0, 1, 2],
    })),
  ),
});

function gradientOfA({ b, dy, input, attributes: { transA, transB } }: GradientContext<GemmAttributes>): Value {
  const other = input(1);
  return transA === 1
    ? gemm(b, other, dy, { transA: transB, transB: 1 })
    : gemm(b, dy, other, { transB: transB === 1 ? 0 : 1 });
}

function gradientOfB({ b, dy, input, attributes: { transA, transB } }: GradientContext<GemmAttributes>): Value {
  const other = input(0);
  return transB === 1
    ? gemm(b, dy, other, { transA: 1, transB: transA })
    : gemm(b, other, dy, { transA: transA === 1 ? 0 : 1 });
}

export interface GemmOptions {
  readonly transA?: 0 | 1;
  readonly transB?: 0 | 1;
  readonly plus?: Value;
}

export function gemm(b: GraphBuilder, x: Value, y: Value, { transA = 0, transB = 0, plus }: GemmOptions = {}): Value {
  return b.one(gemmOp, plus === undefined ? [x, y] : [x, y, plus], { transA, transB });
}

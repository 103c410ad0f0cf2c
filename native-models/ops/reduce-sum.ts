import type { GraphBuilder } from '../graph/builder.ts';
import type { Value } from '../graph/types.ts';
import { defineOp } from './define.ts';
import { expand } from './expand.ts';
import type { ReduceAttributes } from './reduce.ts';
import { emitReduce, inferReduce, keptShape, reduceCases } from './reduce.ts';
import { reshape } from './reshape.ts';

/** Sum over `axes`; the adjoint is repeated along them. */
export const reduceSumOp = defineOp<ReduceAttributes>({
  name: 'ReduceSum',
  infer: inferReduce('ReduceSum'),
  emit: emitReduce('ReduceSum'),
  gradient: ({ b, dy, input, attributes }) => {
    const x = input(0);
    return [expand(b, reshape(b, dy, keptShape(x.shape, attributes.axes)), x.shape)];
  },
  cases: reduceCases,
});

export function reduceSum(b: GraphBuilder, x: Value, axes: readonly number[], keepDims: boolean): Value {
  return b.one(reduceSumOp, [x], { axes, keepDims: keepDims ? 1 : 0 });
}

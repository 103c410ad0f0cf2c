import type { GraphBuilder } from '../graph/builder.ts';
import type { Value } from '../graph/types.ts';
import { dim } from '../graph/types.ts';
import { defineOp } from './define.ts';
import { expand } from './expand.ts';
import { mul } from './mul.ts';
import type { ReduceAttributes } from './reduce.ts';
import { emitReduce, inferReduce, keptShape, reduceCases } from './reduce.ts';
import { reshape } from './reshape.ts';

/** Mean over `axes`; the adjoint is divided by their size before it is repeated, while it is small. */
export const reduceMeanOp = defineOp<ReduceAttributes>({
  name: 'ReduceMean',
  infer: inferReduce('ReduceMean'),
  emit: emitReduce('ReduceMean'),
  gradient: ({ b, dy, input, attributes }) => {
    const x = input(0);
    const size = attributes.axes.reduce((product, axis) => product * dim(x.shape, axis), 1);
    const share = mul(b, dy, b.scalar(1 / size));
    return [expand(b, reshape(b, share, keptShape(x.shape, attributes.axes)), x.shape)];
  },
  cases: reduceCases,
});

export function reduceMean(b: GraphBuilder, x: Value, axes: readonly number[], keepDims: boolean): Value {
  return b.one(reduceMeanOp, [x], { axes, keepDims: keepDims ? 1 : 0 });
}

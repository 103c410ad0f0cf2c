import type { GraphBuilder } from '../graph/builder.ts';
import type { Value } from '../graph/types.ts';
import { defineOp, emitAs, int } from './define.ts';
import { mul } from './mul.ts';
import { reduceSum } from './reduce-sum.ts';
import { sub } from './sub.ts';
import { inferSame, unaryCases } from './unary.ts';

/** Softmax over the last axis: dx = y (dy - sum(dy y)). */
export const softmaxOp = defineOp({
  name: 'Softmax',
  infer: inferSame('Softmax'),
  emit: emitAs('Softmax', { axis: int(-1) }),
  gradient: ({ b, dy, output }) => {
    const y = output(0);
    const inner = reduceSum(b, mul(b, dy, y), [y.shape.length - 1], true);
    return [mul(b, y, sub(b, dy, inner))];
  },
  cases: unaryCases(-3, 3),
});

export function softmax(b: GraphBuilder, x: Value): Value {
  return b.one(softmaxOp, [x], {});
}

import type { GraphBuilder } from '../graph/builder.ts';
import type { Value } from '../graph/types.ts';
import { defineOp, emitAs } from './define.ts';
import { inferSame, unaryCases } from './unary.ts';

/** y = -x. */
export const negOp = defineOp({
  name: 'Neg',
  infer: inferSame('Neg'),
  emit: emitAs('Neg'),
  gradient: ({ b, dy }) => [neg(b, dy)],
  cases: unaryCases(-2, 2),
});

export function neg(b: GraphBuilder, x: Value): Value {
  return b.one(negOp, [x], {});
}

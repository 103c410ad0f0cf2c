import type { GraphBuilder } from '../graph/builder.ts';
import type { Value } from '../graph/types.ts';
import { defineOp, emitAs } from './define.ts';
import { mul } from './mul.ts';
import { inferSame, unaryCases } from './unary.ts';

/** y = e^x. */
export const expOp = defineOp({
  name: 'Exp',
  infer: inferSame('Exp'),
  emit: emitAs('Exp'),
  gradient: ({ b, dy, output }) => [mul(b, dy, output(0))],
  cases: unaryCases(-2, 2),
});

export function exp(b: GraphBuilder, x: Value): Value {
  return b.one(expOp, [x], {});
}

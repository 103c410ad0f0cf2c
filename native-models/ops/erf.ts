import type { GraphBuilder } from '../graph/builder.ts';
import type { Value } from '../graph/types.ts';
import { defineOp, emitAs } from './define.ts';
import { exp } from './exp.ts';
import { mul } from './mul.ts';
import { neg } from './neg.ts';
import { inferSame, unaryCases } from './unary.ts';

/** y = erf(x), with derivative 2/sqrt(pi) e^(-x^2). */
export const erfOp = defineOp({
  name: 'Erf',
  infer: inferSame('Erf'),
  emit: emitAs('Erf'),
  gradient: ({ b, dy, input }) => [
    mul(b, dy, mul(b, b.scalar(2 / Math.sqrt(Math.PI)), exp(b, neg(b, mul(b, input(0), input(0)))))),
  ],
  cases: unaryCases(-2, 2),
});

export function erf(b: GraphBuilder, x: Value): Value {
  return b.one(erfOp, [x], {});
}

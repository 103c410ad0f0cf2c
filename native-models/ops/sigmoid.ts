import type { GraphBuilder } from '../graph/builder.ts';
import type { Value } from '../graph/types.ts';
import { defineOp, emitAs } from './define.ts';
import { mul } from './mul.ts';
import { sub } from './sub.ts';
import { inferSame, unaryCases } from './unary.ts';

/** y = 1 / (1 + e^-x), with derivative y (1 - y). */
export const sigmoidOp = defineOp({
  name: 'Sigmoid',
  infer: inferSame('Sigmoid'),
  emit: emitAs('Sigmoid'),
  gradient: ({ b, dy, output }) => [mul(b, dy, mul(b, output(0), sub(b, b.scalar(1), output(0))))],
  cases: unaryCases(-4, 4),
});

export function sigmoid(b: GraphBuilder, x: Value): Value {
  return b.one(sigmoidOp, [x], {});
}

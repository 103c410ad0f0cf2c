import type { GraphBuilder } from '../graph/builder.ts';
import type { Value } from '../graph/types.ts';
import { defineOp } from './define.ts';
import { mul } from './mul.ts';
import { inferSame, unaryCases } from './unary.ts';

/** y = 1 / sqrt(x) for x > 0, with derivative -y^3 / 2. */
export const rsqrtOp = defineOp({
  name: 'Rsqrt',
  infer: inferSame('Rsqrt'),
  emit: ({ inputs, outputs, temporary }) => [
    { opType: 'Sqrt', inputs, outputs: [temporary('root')] },
    { opType: 'Reciprocal', inputs: [temporary('root')], outputs },
  ],
  gradient: ({ b, dy, output }) => {
    const y = output(0);
    return [mul(b, dy, mul(b, mul(b, mul(b, y, y), y), b.scalar(-0.5)))];
  },
  cases: unaryCases(0.5, 2),
});

export function rsqrt(b: GraphBuilder, x: Value): Value {
  return b.one(rsqrtOp, [x], {});
}

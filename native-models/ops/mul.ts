import type { GraphBuilder } from '../graph/builder.ts';
import type { Value } from '../graph/types.ts';
import { broadcastCases, inferBroadcast, sumTo } from './broadcast.ts';
import { defineOp, emitAs } from './define.ts';

/** x y, elementwise with broadcasting. */
export const mulOp = defineOp({
  name: 'Mul',
  infer: inferBroadcast('Mul'),
  emit: emitAs('Mul'),
  gradient: ({ b, dy, input, needs }) => [
    needs(0) ? sumTo(b, mul(b, dy, input(1)), input(0).shape) : null,
    needs(1) ? sumTo(b, mul(b, dy, input(0)), input(1).shape) : null,
  ],
  cases: broadcastCases,
});

export function mul(b: GraphBuilder, x: Value, y: Value): Value {
  return b.one(mulOp, [x, y], {});
}

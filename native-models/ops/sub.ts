import type { GraphBuilder } from '../graph/builder.ts';
import type { Value } from '../graph/types.ts';
import { broadcastCases, inferBroadcast, sumTo } from './broadcast.ts';
import { defineOp, emitAs } from './define.ts';
import { neg } from './neg.ts';

/** x - y with broadcasting. */
export const subOp = defineOp({
  name: 'Sub',
  infer: inferBroadcast('Sub'),
  emit: emitAs('Sub'),
  gradient: ({ b, dy, input, needs }) => [
    needs(0) ? sumTo(b, dy, input(0).shape) : null,
    needs(1) ? sumTo(b, neg(b, dy), input(1).shape) : null,
  ],
  cases: broadcastCases,
});

export function sub(b: GraphBuilder, x: Value, y: Value): Value {
  return b.one(subOp, [x, y], {});
}

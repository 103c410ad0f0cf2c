import type { GraphBuilder } from '../graph/builder.ts';
import type { Value } from '../graph/types.ts';
import { broadcastCases, inferBroadcast, sumTo } from './broadcast.ts';
import { defineOp, emitAs } from './define.ts';

/** x + y with broadcasting. */
export const addOp = defineOp({
  name: 'Add',
  infer: inferBroadcast('Add'),
  emit: emitAs('Add'),
  gradient: ({ b, dy, input, needs }) => [
    needs(0) ? sumTo(b, dy, input(0).shape) : null,
    needs(1) ? sumTo(b, dy, input(1).shape) : null,
  ],
  cases: broadcastCases,
});

export function add(b: GraphBuilder, x: Value, y: Value): Value {
  return b.one(addOp, [x, y], {});
}

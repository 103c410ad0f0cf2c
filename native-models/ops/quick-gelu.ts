import type { GraphBuilder } from '../graph/builder.ts';
import type { Value } from '../graph/types.ts';
import { add } from './add.ts';
import { defineOp, emitAs } from './define.ts';
import { mul } from './mul.ts';
import { sigmoid } from './sigmoid.ts';
import { sub } from './sub.ts';
import { inferSame, unaryCases } from './unary.ts';

const SLOPE = 1.702;

/**
 * QuickGELU, x s with s = sigmoid(1.702 x), which CLIP was trained with. The contrib operator's own default is that slope.
 * The gradient, s + 1.702 x s (1 - s), is recomputed from x.
 */
export const quickGeluOp = defineOp({
  name: 'QuickGelu',
  infer: inferSame('QuickGelu'),
  emit: emitAs('QuickGelu', {}, 'com.microsoft'),
  emitStandard: ({ inputs: [x = ''], outputs, scalar, temporary }) => [
    { opType: 'Mul', inputs: [x, scalar(SLOPE)], outputs: [temporary('scaled')] },
    { opType: 'Sigmoid', inputs: [temporary('scaled')], outputs: [temporary('gate')] },
    { opType: 'Mul', inputs: [x, temporary('gate')], outputs },
  ],
  gradient: ({ b, dy, input }) => {
    const x = input(0);
    const scaled = mul(b, x, b.scalar(SLOPE));
    const s = sigmoid(b, scaled);
    const slope = mul(b, s, add(b, mul(b, scaled, sub(b, b.scalar(1), s)), b.scalar(1)));
    return [mul(b, dy, slope)];
  },
  cases: unaryCases(-3, 3),
});

export function quickGelu(b: GraphBuilder, x: Value): Value {
  return b.one(quickGeluOp, [x], {});
}

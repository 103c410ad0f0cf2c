import type { GraphBuilder } from '../graph/builder.ts';
import type { Value } from '../graph/types.ts';
import { add } from './add.ts';
import { defineOp, emitAs } from './define.ts';
import { mul } from './mul.ts';
import { sigmoid } from './sigmoid.ts';
import { sub } from './sub.ts';
import { inferSame, unaryCases } from './unary.ts';

/** 2 sqrt(2 / pi) and 0.044715: GELU's argument of the tanh, doubled, is FIRST (x + CUBE x^3). */
const FIRST = 2 * Math.sqrt(2 / Math.PI);
const CUBE = 0.044715;

/**
 * GELU by its tanh approximation, x (1 + tanh u) / 2 with u = sqrt(2 / pi) (x + 0.044715 x^3) (Hendrycks and Gimpel 2016).
 * The contrib operator has a kernel wherever we run; ONNX's own Gelu with approximation has none on DirectML.
 *
 * Since (1 + tanh u) / 2 = sigmoid(2 u) = s, the gradient is s + x s (1 - s) (2 u)', recomputed from x.
 */
export const fastGeluOp = defineOp({
  name: 'FastGelu',
  infer: inferSame('FastGelu'),
  emit: emitAs('FastGelu', {}, 'com.microsoft'),
  emitStandard: ({ inputs: [x = ''], outputs, scalar, temporary }) => [
    { opType: 'Mul', inputs: [x, x], outputs: [temporary('square')] },
    { opType: 'Mul', inputs: [temporary('square'), scalar(CUBE)], outputs: [temporary('part')] },
    { opType: 'Add', inputs: [temporary('part'), scalar(1)], outputs: [temporary('factor')] },
    { opType: 'Mul', inputs: [x, scalar(FIRST)], outputs: [temporary('scaled')] },
    { opType: 'Mul', inputs: [temporary('scaled'), temporary('factor')], outputs: [temporary('inner')] },
    { opType: 'Sigmoid', inputs: [temporary('inner')], outputs: [temporary('gate')] },
    { opType: 'Mul', inputs: [x, temporary('gate')], outputs },
  ],
  gradient: ({ b, dy, input }) => {
    const x = input(0);
    const square = mul(b, x, x);
    const one = b.scalar(1);
    const inner = mul(b, mul(b, x, b.scalar(FIRST)), add(b, mul(b, square, b.scalar(CUBE)), one));
    const s = sigmoid(b, inner);
    const rise = mul(b, add(b, mul(b, square, b.scalar(3 * CUBE)), one), b.scalar(FIRST));
    const slope = mul(b, s, add(b, mul(b, mul(b, x, sub(b, one, s)), rise), one));
    return [mul(b, dy, slope)];
  },
  cases: unaryCases(-3, 3),
});

export function fastGelu(b: GraphBuilder, x: Value): Value {
  return b.one(fastGeluOp, [x], {});
}

import type { GraphBuilder } from '../graph/builder.ts';
import type { Value } from '../graph/types.ts';
import { add } from './add.ts';
import { defineOp, emitAs } from './define.ts';
import { erf } from './erf.ts';
import { exp } from './exp.ts';
import { mul } from './mul.ts';
import { inferSame, unaryCases } from './unary.ts';

/**
 * Exact GELU, x Phi(x). Written as the contrib operator because it is the one that CPU, CUDA, DirectML and WebGPU all
 * have. The gradient, Phi(x) + x phi(x), is recomputed from x so that nothing beside x is kept.
 */
export const geluOp = defineOp({
  name: 'Gelu',
  infer: inferSame('Gelu'),
  emit: emitAs('Gelu', {}, 'com.microsoft'),
  // The order in which PyTorch's exporter writes it, which runtimes recognise and fuse.
  emitStandard: ({ inputs: [x = ''], outputs, scalar, temporary }) => [
    { opType: 'Div', inputs: [x, scalar(Math.SQRT2)], outputs: [temporary('scaled')] },
    { opType: 'Erf', inputs: [temporary('scaled')], outputs: [temporary('erf')] },
    { opType: 'Add', inputs: [temporary('erf'), scalar(1)], outputs: [temporary('twice-phi')] },
    { opType: 'Mul', inputs: [x, temporary('twice-phi')], outputs: [temporary('twice')] },
    { opType: 'Mul', inputs: [temporary('twice'), scalar(0.5)], outputs },
  ],
  gradient: ({ b, dy, input }) => {
    const x = input(0);
    const cumulative = add(b, mul(b, erf(b, mul(b, x, b.scalar(Math.SQRT1_2))), b.scalar(0.5)), b.scalar(0.5));
    const density = exp(b, mul(b, mul(b, x, x), b.scalar(-0.5)));
    const slope = add(b, cumulative, mul(b, mul(b, x, density), b.scalar(1 / Math.sqrt(2 * Math.PI))));
    return [mul(b, dy, slope)];
  },
  cases: unaryCases(-3, 3),
});

export function gelu(b: GraphBuilder, x: Value): Value {
  return b.one(geluOp, [x], {});
}

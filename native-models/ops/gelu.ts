import type { GraphBuilder } from '../graph/builder.ts';
import type { Value } from '../graph/types.ts';
import { add } from './add.ts';
import { defineOp, emitAs } from './define.ts';
import { erf } from './erf.ts';
import { exp } from './exp.ts';
import { mul } from './mul.ts';
import { sub } from './sub.ts';
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
    const scaled = mul(b, input(0), b.scalar(Math.SQRT1_2));
    const cumulative = add(b, mul(b, erf(b, scaled), b.scalar(0.5)), b.scalar(0.5));
    // x phi(x) = u e^(-u^2) / sqrt(pi) of u = x / sqrt(2); the factor is part of the exponent, which saves a pass over all values.
    const exponent = sub(b, b.scalar(-0.5 * Math.log(Math.PI)), mul(b, scaled, scaled));
    return [mul(b, dy, add(b, cumulative, mul(b, scaled, exp(b, exponent))))];
  },
  cases: unaryCases(-3, 3),
});

export function gelu(b: GraphBuilder, x: Value): Value {
  return b.one(geluOp, [x], {});
}

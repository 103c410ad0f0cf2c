import type { GraphBuilder } from '../graph/builder.ts';
import type { Value } from '../graph/types.ts';
import { defineOp } from './define.ts';
import { emitLayerNorm, layerNormOp } from './layer-norm.ts';
import type { LayerNormAttributes } from './layer-norm.ts';

/** Layer normalisation without its statistics. Passes put it in after differentiation, so it has no gradient. */
export const layerNormOutputOp = defineOp<LayerNormAttributes>({
  name: 'LayerNormalizationOutput',
  infer: (inputs, attributes) => layerNormOp.infer(inputs, attributes).slice(0, 1),
  emit: emitLayerNorm,
  gradient: null,
  cases: layerNormOp.cases.map((opCase) => ({ ...opCase, differentiable: [] })),
});

export function layerNormOutput(b: GraphBuilder, x: Value, scale: Value, bias: Value, epsilon: number): Value {
  return b.one(layerNormOutputOp, [x, scale, bias], { epsilon });
}

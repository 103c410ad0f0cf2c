import type { GraphBuilder } from '../graph/builder.ts';
import type { Attributes, Value } from '../graph/types.ts';
import { dim } from '../graph/types.ts';
import { sumTo } from './broadcast.ts';
import type { EmitContext, EmittedNode } from './define.ts';
import { defineOp, float, int, required, shapeError } from './define.ts';
import { mul } from './mul.ts';
import { reduceMean } from './reduce-mean.ts';
import { sub } from './sub.ts';

export interface LayerNormAttributes extends Attributes {
  readonly epsilon: number;
}

/**
 * Layer normalisation over the last axis, with the mean and the inverse standard deviation as further outputs, so that
 * the gradient reads them instead of computing them again:
 * dx = s (g - mean(g) - n mean(g n)) with g = dy weight, n = (x - mean) s.
 */
export const layerNormOp = defineOp<LayerNormAttributes>({
  name: 'LayerNormalization',
  infer: (inputs) => {
    const x = required(inputs, 0, 'LayerNormalization');
    const scale = required(inputs, 1, 'LayerNormalization');
    if (dim(x.shape, -1) !== dim(scale.shape, 0))
      throw shapeError('LayerNormalization', 'widths differ', x.shape, scale.shape);
    const statistics = { dtype: x.dtype, shape: [...x.shape.slice(0, -1), 1] };
    return [{ dtype: x.dtype, shape: x.shape }, statistics, statistics];
  },
  emit: emitLayerNorm,
  gradient: ({ b, dy, input, output, needs }) => {
    const x = input(0);
    const last = x.shape.length - 1;
    const normalised = mul(b, sub(b, x, output(1)), output(2));
    const gradientOfInput = (): Value => {
      const g = mul(b, dy, input(1));
      const alongMean = sub(b, g, reduceMean(b, g, [last], true));
      const alongNorm = mul(b, normalised, reduceMean(b, mul(b, g, normalised), [last], true));
      return mul(b, sub(b, alongMean, alongNorm), output(2));
    };
    return [
      needs(0) ? gradientOfInput() : null,
      needs(1) ? sumTo(b, mul(b, dy, normalised), input(1).shape) : null,
      needs(2) ? sumTo(b, dy, input(2).shape) : null,
    ];
  },
  cases: [
    { title: 'tokens', shapes: [[2, 3, 6], [6], [6]], attributes: { epsilon: 1e-6 }, differentiable: [0, 1, 2] },
    { title: 'rows', shapes: [[4, 5], [5], [5]], attributes: { epsilon: 1e-5 }, differentiable: [0] },
  ],
});

/** As many of the outputs as the operator has; the runtime computes no others. */
export function emitLayerNorm({
  inputs,
  outputs,
  attributes,
}: EmitContext<LayerNormAttributes>): readonly EmittedNode[] {
  return [
    {
      opType: 'LayerNormalization',
      inputs,
      outputs,
      attributes: { axis: int(-1), epsilon: float(attributes.epsilon) },
    },
  ];
}

export function layerNorm(b: GraphBuilder, x: Value, scale: Value, bias: Value, epsilon: number): Value {
  return b.one(layerNormOp, [x, scale, bias], { epsilon });
}

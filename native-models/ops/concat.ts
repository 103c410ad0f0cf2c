import { EngineError } from '../errors.ts';
import type { GraphBuilder } from '../graph/builder.ts';
import type { Attributes, Value } from '../graph/types.ts';
import { dim, sameShape } from '../graph/types.ts';
import { defineOp, int, required, shapeError } from './define.ts';
import { split } from './split.ts';

interface ConcatAttributes extends Attributes {
  readonly axis: number;
}

/** Joins tensors along `axis`; the adjoint is cut at the same places. */
export const concatOp = defineOp<ConcatAttributes>({
  name: 'Concat',
  infer: (inputs, { axis }) => {
    const first = required(inputs, 0, 'Concat');
    let total = 0;
    inputs.forEach((_, index) => {
      const { shape } = required(inputs, index, 'Concat');
      const others = shape.map((size, i) => (i === axis ? 0 : size));
      if (
        !sameShape(
          others,
          first.shape.map((size, i) => (i === axis ? 0 : size)),
        )
      ) {
        throw shapeError('Concat', `sizes differ outside axis ${axis}`, first.shape, shape);
      }
      total += dim(shape, axis);
    });
    return [{ dtype: first.dtype, shape: first.shape.map((size, i) => (i === axis ? total : size)) }];
  },
  emit: ({ inputs, outputs, attributes }) => [
    { opType: 'Concat', inputs, outputs, attributes: { axis: int(attributes.axis) } },
  ],
  gradient: ({ b, dy, node, input, needs, attributes }) => {
    const sizes = node.inputs.map((_, index) => dim(input(index).shape, attributes.axis));
    const parts = split(b, dy, attributes.axis, sizes);
    return parts.map((part, index) => (needs(index) ? part : null));
  },
  cases: [
    {
      title: 'rows',
      shapes: [
        [2, 3],
        [1, 3],
      ],
      attributes: { axis: 0 },
      differentiable: [0, 1],
    },
    {
      title: 'three along the middle',
      shapes: [
        [2, 1, 3],
        [2, 4, 3],
        [2, 2, 3],
      ],
      attributes: { axis: 1 },
      differentiable: [0, 2],
    },
  ],
});

export function concat(b: GraphBuilder, parts: readonly Value[], axis: number): Value {
  const [only] = parts;
  if (only === undefined) throw new EngineError('graph.shape', 'Concat needs at least one input.');
  return parts.length === 1 ? only : b.one(concatOp, parts, { axis });
}

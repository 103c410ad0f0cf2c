/** Shapes and cases of the reductions. Axes are given as an attribute and written as the opset-18 input. */
import type { Attributes, Shape, TensorType } from '../graph/types.ts';
import type { EmitContext, EmittedNode, OpCase } from './define.ts';
import { int, required, shapeError } from './define.ts';

export interface ReduceAttributes extends Attributes {
  readonly axes: readonly number[];
  readonly keepDims: 0 | 1;
}

export function inferReduce(op: string) {
  return (inputs: readonly (TensorType | null)[], { axes, keepDims }: ReduceAttributes): readonly TensorType[] => {
    const { dtype, shape } = required(inputs, 0, op);
    if (axes.some((axis) => axis < 0 || axis >= shape.length))
      throw shapeError(op, `axes ${axes.join(', ')} of`, shape);
    const reduced = keepDims === 1 ? keptShape(shape, axes) : shape.filter((_, axis) => !axes.includes(axis));
    return [{ dtype, shape: reduced }];
  };
}

/** The shape with the reduced axes kept as 1, which broadcasts against the input. */
export function keptShape(shape: Shape, axes: readonly number[]): Shape {
  return shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
}

export function emitReduce(opType: string) {
  return ({ inputs, outputs, attributes, integers }: EmitContext<ReduceAttributes>): readonly EmittedNode[] => [
    {
      opType,
      inputs: [...inputs, integers(attributes.axes)],
      outputs,
      attributes: { keepdims: int(attributes.keepDims) },
    },
  ];
}

export const reduceCases: readonly OpCase[] = [
  { title: 'last axis kept', shapes: [[3, 4]], attributes: { axes: [1], keepDims: 1 }, differentiable: [0] },
  { title: 'middle axis dropped', shapes: [[2, 5, 3]], attributes: { axes: [1], keepDims: 0 }, differentiable: [0] },
  { title: 'all axes dropped', shapes: [[2, 3]], attributes: { axes: [0, 1], keepDims: 0 }, differentiable: [0] },
];

/** Float64 tensors for the slow evaluator: clear loops, no speed. */
import type { Attributes, Shape } from '../graph/types.ts';
import { elementCount } from '../graph/types.ts';

export interface Tensor64 {
  readonly shape: Shape;
  readonly data: Float64Array;
}

/** Inputs (null where omitted), attributes and output shapes -> outputs. */
export type Kernel = (
  inputs: readonly (Tensor64 | null)[],
  attributes: Attributes,
  outputShapes: readonly Shape[],
) => readonly Tensor64[];

export function zeros(shape: Shape): Tensor64 {
  return { shape, data: new Float64Array(elementCount(shape)) };
}

export function given(inputs: readonly (Tensor64 | null)[], index: number): Tensor64 {
  const input = inputs[index];
  if (!input) throw new RangeError(`Input ${index} is missing.`);
  return input;
}

export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length).fill(1);
  for (let axis = shape.length - 2; axis >= 0; axis--) strides[axis] = strides[axis + 1]! * shape[axis + 1]!;
  return strides;
}

/** Calls `visit(index, flat)` for every multi-index of `shape` in row-major order; `index` is reused. */
export function eachIndex(shape: Shape, visit: (index: readonly number[], flat: number) => void): void {
  const index = new Array<number>(shape.length).fill(0);
  const count = elementCount(shape);
  for (let flat = 0; flat < count; flat++) {
    visit(index, flat);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis]!++;
      if (index[axis]! < shape[axis]!) break;
      index[axis] = 0;
    }
  }
}

/** The flat position in a tensor of `shape` that broadcasting reads for a multi-index of a wider shape. */
export function broadcastPosition(shape: Shape, index: readonly number[]): number {
  const strides = stridesOf(shape);
  const offset = index.length - shape.length;
  return shape.reduce((flat, size, axis) => flat + (size === 1 ? 0 : index[axis + offset]! * strides[axis]!), 0);
}

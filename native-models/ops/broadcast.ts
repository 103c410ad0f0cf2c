/** Multidirectional broadcasting, and its transpose: summing an adjoint back to the shape it was broadcast from. */
import type { GraphBuilder } from '../graph/builder.ts';
import type { Attributes, Shape, TensorType, Value } from '../graph/types.ts';
import { sameShape } from '../graph/types.ts';
import type { OpCase } from './define.ts';
import { required, shapeError } from './define.ts';
import { reduceSum } from './reduce-sum.ts';
import { reshape } from './reshape.ts';

export function broadcastShape(op: string, a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const left = a[axis - rank + a.length] ?? 1;
    const right = b[axis - rank + b.length] ?? 1;
    if (left !== right && left !== 1 && right !== 1) throw shapeError(op, 'shapes do not broadcast', a, b);
    return Math.max(left, right);
  });
}

export function inferBroadcast(op: string) {
  return (inputs: readonly (TensorType | null)[]): readonly TensorType[] => {
    const a = required(inputs, 0, op);
    const b = required(inputs, 1, op);
    return [{ dtype: a.dtype, shape: broadcastShape(op, a.shape, b.shape) }];
  };
}

/** Sums `dy` over the axes along which a tensor of `shape` was repeated. */
export function sumTo(b: GraphBuilder, dy: Value, shape: Shape): Value {
  if (sameShape(dy.shape, shape)) return dy;
  const extra = dy.shape.length - shape.length;
  const axes = dy.shape
    .map((_, axis) => axis)
    .filter((axis) => axis < extra || (shape[axis - extra] === 1 && dy.shape[axis] !== 1));
  const summed = axes.length === 0 ? dy : reduceSum(b, dy, axes, true);
  return sameShape(summed.shape, shape) ? summed : reshape(b, summed, shape);
}

export const broadcastCases: readonly OpCase[] = [
  [
    [2, 3],
    [2, 3],
  ],
  [[2, 3, 4], [4]],
  [
    [2, 3, 4],
    [2, 1, 1],
  ],
  [[3], []],
].map(([a, b]) => ({
  title: `[${String(a)}] with [${String(b)}]`,
  shapes: [a ?? [], b ?? []],
  attributes: {} satisfies Attributes,
  range: [0.5, 2] as const,
  differentiable: [0, 1],
}));

/** What all elementwise operators of one input share. */
import type { TensorType } from '../graph/types.ts';
import type { OpCase } from './define.ts';
import { required } from './define.ts';

export function inferSame(op: string) {
  return (inputs: readonly (TensorType | null)[]): readonly TensorType[] => {
    const { dtype, shape } = required(inputs, 0, op);
    return [{ dtype, shape }];
  };
}

export function unaryCases(low: number, high: number): readonly OpCase[] {
  return [[5], [2, 3, 4]].map((shape) => ({
    title: `[${String(shape)}]`,
    shapes: [shape],
    attributes: {},
    range: [low, high] as const,
    differentiable: [0],
  }));
}

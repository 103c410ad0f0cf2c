import type { Kernel } from '../tensor.ts';
import { broadcastPosition, eachIndex, given, stridesOf, zeros } from '../tensor.ts';

const reshape: Kernel = (inputs, _attributes, [shape = []]) => [{ shape, data: given(inputs, 0).data }];

const transpose: Kernel = (inputs, attributes, [shape = []]) => {
  const x = given(inputs, 0);
  const permutation = attributes['permutation'] as readonly number[];
  const strides = stridesOf(x.shape);
  const out = zeros(shape);
  eachIndex(shape, (index, flat) => {
    out.data[flat] = x.data[index.reduce((sum, at, axis) => sum + at * strides[permutation[axis]!]!, 0)]!;
  });
  return [out];
};

const expand: Kernel = (inputs, _attributes, [shape = []]) => {
  const x = given(inputs, 0);
  const out = zeros(shape);
  eachIndex(shape, (index, flat) => {
    out.data[flat] = x.data[broadcastPosition(x.shape, index)]!;
  });
  return [out];
};

const concat: Kernel = (inputs, attributes, [shape = []]) => {
  const axis = attributes['axis'] as number;
  const out = zeros(shape);
  const strides = stridesOf(shape);
  let start = 0;
  inputs.forEach((_, i) => {
    const part = given(inputs, i);
    eachIndex(part.shape, (index, flat) => {
      const at = index.reduce((sum, position, k) => sum + (position + (k === axis ? start : 0)) * strides[k]!, 0);
      out.data[at] = part.data[flat]!;
    });
    start += part.shape[axis]!;
  });
  return [out];
};

const split: Kernel = (inputs, attributes, shapes) => {
  const x = given(inputs, 0);
  const axis = attributes['axis'] as number;
  const strides = stridesOf(x.shape);
  let start = 0;
  return shapes.map((shape) => {
    const out = zeros(shape);
    eachIndex(shape, (index, flat) => {
      const at = index.reduce((sum, position, k) => sum + (position + (k === axis ? start : 0)) * strides[k]!, 0);
      out.data[flat] = x.data[at]!;
    });
    start += shape[axis]!;
    return out;
  });
};

const gather: Kernel = (inputs, attributes, [shape = []]) => {
  const x = given(inputs, 0);
  const axis = attributes['axis'] as number;
  const indices = attributes['indices'] as readonly number[];
  const strides = stridesOf(x.shape);
  const out = zeros(shape);
  eachIndex(shape, (index, flat) => {
    out.data[flat] = x.data[index.reduce((sum, at, k) => sum + (k === axis ? indices[at]! : at) * strides[k]!, 0)]!;
  });
  return [out];
};

const reduce =
  (finish: (sum: number, count: number) => number): Kernel =>
  (inputs, attributes, [shape = []]) => {
    const x = given(inputs, 0);
    const axes = attributes['axes'] as readonly number[];
    const kept = x.shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
    const out = zeros(shape);
    eachIndex(x.shape, (index, flat) => {
      out.data[broadcastPosition(kept, index)]! += x.data[flat]!;
    });
    const count = x.data.length / out.data.length;
    return [{ shape, data: out.data.map((sum) => finish(sum, count)) }];
  };

export const shapeKernels: Readonly<Record<string, Kernel>> = {
  Reshape: reshape,
  Transpose: transpose,
  Expand: expand,
  Concat: concat,
  Split: split,
  Gather: gather,
  ReduceSum: reduce((sum) => sum),
  ReduceMean: reduce((sum, count) => sum / count),
};

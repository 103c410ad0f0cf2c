import { erf } from '../erf.ts';
import type { Kernel } from '../tensor.ts';
import { broadcastPosition, eachIndex, given, zeros } from '../tensor.ts';

const unary =
  (f: (x: number) => number): Kernel =>
  (inputs) => {
    const x = given(inputs, 0);
    return [{ shape: x.shape, data: x.data.map(f) }];
  };

const binary =
  (f: (x: number, y: number) => number): Kernel =>
  (inputs, _attributes, [shape = []]) => {
    const [x, y] = [given(inputs, 0), given(inputs, 1)];
    const out = zeros(shape);
    eachIndex(shape, (index, flat) => {
      out.data[flat] = f(x.data[broadcastPosition(x.shape, index)]!, y.data[broadcastPosition(y.shape, index)]!);
    });
    return [out];
  };

export const elementwiseKernels: Readonly<Record<string, Kernel>> = {
  Add: binary((x, y) => x + y),
  Sub: binary((x, y) => x - y),
  Mul: binary((x, y) => x * y),
  Neg: unary((x) => -x),
  Exp: unary(Math.exp),
  Erf: unary(erf),
  Rsqrt: unary((x) => 1 / Math.sqrt(x)),
  Sigmoid: unary((x) => 1 / (1 + Math.exp(-x))),
  Gelu: unary((x) => 0.5 * x * (1 + erf(x / Math.SQRT2))),
  FastGelu: unary((x) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)))),
  QuickGelu: unary((x) => x / (1 + Math.exp(-1.702 * x))),
  Cast: unary((x) => x),
};

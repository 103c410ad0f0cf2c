/**
 * Evaluates a graph in float64 with plain loops: the yardstick for the runtime and the ground for finite differences.
 * For tests; nothing that a user waits for runs here.
 */
import { EngineError } from '../errors.ts';
import type { Graph, Value } from '../graph/types.ts';
import { elementwiseKernels } from './kernels/elementwise.ts';
import { networkKernels } from './kernels/network.ts';
import { shapeKernels } from './kernels/shape.ts';
import type { Kernel, Tensor64 } from './tensor.ts';

export const referenceKernels: ReadonlyMap<string, Kernel> = new Map(
  Object.entries({ ...elementwiseKernels, ...shapeKernels, ...networkKernels }),
);

/** `feeds` names inputs, parameters and weights; returns every named output. */
export function evaluate(graph: Graph, feeds: ReadonlyMap<string, Float64Array>): Map<string, Tensor64> {
  const values = new Map<Value, Tensor64>();
  const read = (value: Value): Tensor64 => {
    const known = values.get(value);
    if (known !== undefined) return known;
    if (value.source.kind === 'constant') return { shape: value.shape, data: Float64Array.from(value.source.data) };
    const data = feeds.get(value.name);
    if (data === undefined) throw new EngineError('reference.feed', `Nothing was given for ${value.name}.`);
    return { shape: value.shape, data };
  };
  for (const node of graph.nodes) {
    const kernel = referenceKernels.get(node.op);
    if (kernel === undefined) throw new EngineError('reference.kernel', `${node.op} has no float64 kernel.`);
    const inputs = node.inputs.map((input) => (input === null ? null : read(input)));
    const outputs = kernel(
      inputs,
      node.attributes,
      node.outputs.map((output) => output.shape),
    );
    node.outputs.forEach((value, index) => {
      const output = outputs[index];
      if (output === undefined) throw new EngineError('reference.kernel', `${node.op} gave too few outputs.`);
      values.set(value, output);
    });
  }
  return new Map([...graph.outputs].map(([name, value]) => [name, read(value)]));
}

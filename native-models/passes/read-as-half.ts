/** Some inputs of a graph arrive in half precision; the first thing that is done with them is to widen them. */
import type { Graph, Node, Value } from '../graph/types.ts';
import { withInputs } from './share-equal-nodes.ts';

/** The named inputs become float16 under the same names. */
export function readAsHalf(graph: Graph, names: ReadonlySet<string>): Graph {
  const replaced = new Map<Value, Value>();
  const casts: Node[] = [];
  const inputs = graph.inputs.map((input) => {
    if (!names.has(input.name)) return input;
    const half: Value = { ...input, dtype: 'float16' };
    const outputs: Value[] = [];
    const name = `${input.name}/float32`;
    const node: Node = { op: 'Cast', name, inputs: [half], outputs, attributes: { to: 'float32' } };
    const wide: Value = { ...input, name, source: { kind: 'node', node, index: 0 } };
    outputs.push(wide);
    casts.push(node);
    replaced.set(input, wide);
    return half;
  });
  const nodes = graph.nodes.map((node) => {
    const read = node.inputs.map((input) => (input === null ? null : (replaced.get(input) ?? input)));
    return read.every((input, index) => input === node.inputs[index]) ? node : withInputs(node, read, replaced);
  });
  const outputs = new Map([...graph.outputs].map(([name, value]) => [name, replaced.get(value) ?? value]));
  return { ...graph, nodes: [...casts, ...nodes], inputs, outputs };
}

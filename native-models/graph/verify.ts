/**
 * Checks a finished graph between passes: every value is made before it is read, names are unique, and each node's
 * output types are those that its operator infers. A pass that breaks the graph is found here, not in the runtime.
 */
import { EngineError } from '../errors.ts';
import { operator } from '../ops/index.ts';
import type { Graph, Node, Value } from './types.ts';
import { leavesOf, sameShape } from './types.ts';

/** Throws `graph.invalid` naming the graph, the node and what is wrong; returns the graph for chaining. */
export function verify(graph: Graph): Graph {
  const known = new Set<Value>([...graph.inputs, ...leavesOf(graph.nodes)]);
  const names = new Set<string>();
  const claim = (name: string): void => {
    if (names.has(name)) throw invalid(graph, name, 'the name is used twice');
    names.add(name);
  };
  for (const value of known) claim(value.name);
  for (const node of graph.nodes) {
    for (const input of node.inputs) {
      if (input !== null && !known.has(input))
        throw invalid(graph, node.name, `${input.name} is read before it is made`);
    }
    checkTypes(graph, node);
    for (const output of node.outputs) {
      claim(output.name);
      known.add(output);
    }
  }
  for (const [name, value] of graph.outputs) {
    if (!known.has(value)) throw invalid(graph, name, `output ${value.name} is not made`);
  }
  return graph;
}

function checkTypes(graph: Graph, node: Node): void {
  const inferred = operator(node.op).infer(node.inputs, node.attributes);
  const agree =
    inferred.length === node.outputs.length &&
    inferred.every((type, index) => {
      const output = node.outputs[index];
      return output?.dtype === type.dtype && sameShape(output.shape, type.shape);
    });
  if (!agree) throw invalid(graph, node.name, 'its outputs are not what the operator infers');
}

function invalid(graph: Graph, where: string, why: string): EngineError {
  return new EngineError('graph.invalid', `Graph ${graph.name}, at ${where}: ${why}.`, {
    data: { graph: graph.name, node: where },
  });
}

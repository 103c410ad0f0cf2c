/**
 * Common subexpressions: a node that computes what an earlier one already does is replaced by it. Two networks built
 * over the same photos (an adapted and a plain one, several packs) then share their frozen prefix.
 */
import type { Graph, Node, Value } from '../graph/types.ts';

export function shareEqualNodes(graph: Graph): Graph {
  const ids = new Map<Value | string, number>();
  const idOf = (value: Value): number => {
    const known = scalarKey(value) ?? value;
    const id = ids.get(known) ?? ids.size;
    ids.set(known, id);
    return id;
  };
  const replaced = new Map<Value, Value>();
  const known = new Map<string, Node>();
  const nodes: Node[] = [];
  for (const node of graph.nodes) {
    const inputs = node.inputs.map((input) => (input === null ? null : (replaced.get(input) ?? input)));
    const key = JSON.stringify([node.op, inputs.map((input) => (input === null ? -1 : idOf(input))), node.attributes]);
    const twin = known.get(key);
    if (twin !== undefined) {
      node.outputs.forEach((output, index) => replaced.set(output, twin.outputs[index]!));
      continue;
    }
    const kept = inputs.every((input, index) => input === node.inputs[index])
      ? node
      : withInputs(node, inputs, replaced);
    known.set(key, kept);
    nodes.push(kept);
  }
  const outputs = new Map([...graph.outputs].map(([name, value]) => [name, replaced.get(value) ?? value]));
  return { ...graph, nodes, outputs };
}

/** Scalars are the same where their numbers are; larger constants where they are one and the same. */
function scalarKey({ shape, source }: Value): string | null {
  return source.kind === 'constant' && shape.length === 0 ? `scalar ${String(source.data[0])}` : null;
}

/** A copy of the node that reads `inputs`; its outputs are noted in `replaced` for the nodes after it. */
export function withInputs(node: Node, inputs: readonly (Value | null)[], replaced: Map<Value, Value>): Node {
  const outputs: Value[] = [];
  const copy: Node = { ...node, inputs, outputs };
  node.outputs.forEach((output, index) => {
    const again: Value = { ...output, source: { kind: 'node', node: copy, index } };
    replaced.set(output, again);
    outputs.push(again);
  });
  return copy;
}

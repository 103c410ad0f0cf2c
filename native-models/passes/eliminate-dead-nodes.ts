/** Keeps the nodes that some output depends on; inputs stay declared as they were. */
import type { Graph, Value } from '../graph/types.ts';

export function eliminateDeadNodes(graph: Graph): Graph {
  const live = new Set<Value>(graph.outputs.values());
  const kept = [...graph.nodes].reverse().filter((node) => {
    if (!node.outputs.some((output) => live.has(output))) return false;
    for (const input of node.inputs) if (input !== null) live.add(input);
    return true;
  });
  return { ...graph, nodes: kept.reverse() };
}

/** As above, and inputs that nothing reads any more are dropped too. */
export function pruneUnusedInputs(graph: Graph): Graph {
  const pruned = eliminateDeadNodes(graph);
  const read = new Set<Value | null>([...pruned.nodes.flatMap((node) => node.inputs), ...pruned.outputs.values()]);
  return { ...pruned, inputs: pruned.inputs.filter((input) => read.has(input)) };
}

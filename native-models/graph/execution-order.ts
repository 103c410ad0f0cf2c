/**
 * The order in which the runtime computes a graph. It does not follow the list of nodes: it walks back from the last
 * node that nothing reads, later inputs first, and computes each node behind everything it needs (its default order).
 */
import type { Graph, Node } from './types.ts';

export function executionOrder(graph: Graph): readonly Node[] {
  const position = new Map(graph.nodes.map((node, index) => [node, index]));
  const read = new Set<Node>();
  for (const { inputs } of graph.nodes)
    for (const input of inputs) if (input?.source.kind === 'node') read.add(input.source.node);
  const order: Node[] = [];
  const visited = new Set<Node>();
  const stack: { readonly node: Node; readonly entered: boolean }[] = graph.nodes
    .filter((node) => !read.has(node))
    .map((node) => ({ node, entered: false }));
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    const { node, entered } = top;
    if (entered) {
      order.push(node);
    } else if (!visited.has(node)) {
      visited.add(node);
      stack.push({ node, entered: true });
      const producers = node.inputs.flatMap((input) => (input?.source.kind === 'node' ? [input.source.node] : []));
      producers.sort((a, b) => (position.get(a) ?? 0) - (position.get(b) ?? 0));
      for (const producer of producers) if (!visited.has(producer)) stack.push({ node: producer, entered: false });
    }
  }
  return order;
}

/** Puts other nodes in the place of some; whatever read the old outputs reads the new ones. */
import { GraphBuilder } from '../graph/builder.ts';
import type { Graph, Node, Value } from '../graph/types.ts';
import { withInputs } from './share-equal-nodes.ts';

export interface Site {
  /** Builds the new nodes under the old node's name. Constants are to be made by `constant`: its scalars are another graph's. */
  readonly b: GraphBuilder;
  /** The node as the graph has it, and as it is after what was rewritten before it. */
  readonly old: Node;
  readonly node: Node;
  /** Input that has to be there. */
  readonly input: (index: number) => Value;
  /** Whether some node or output of the graph reads this output. */
  readonly isRead: (index: number) => boolean;
}

/**
 * `wanted` is an operator's name, or asked of the graph's own nodes. `rewrite` returns a value for each output of the node
 * (null for one that nothing reads).
 */
export function rewriteNodes(
  graph: Graph,
  wanted: string | ((node: Node) => boolean),
  rewrite: (site: Site) => readonly (Value | null)[],
): Graph {
  const isWanted = typeof wanted === 'string' ? ({ op }: Node) => op === wanted : wanted;
  const read = new Set<Value | null>([...graph.nodes.flatMap(({ inputs }) => inputs), ...graph.outputs.values()]);
  const replaced = new Map<Value, Value>();
  const nodes = graph.nodes.flatMap((old): readonly Node[] => {
    const inputs = old.inputs.map((input) => (input === null ? null : (replaced.get(input) ?? input)));
    const node = inputs.every((input, index) => input === old.inputs[index]) ? old : withInputs(old, inputs, replaced);
    if (!isWanted(old)) return [node];
    const b = new GraphBuilder(graph.name);
    const values = b.scope(node.name, () =>
      rewrite({
        b,
        old,
        node,
        input: (index) => {
          const value = inputs[index];
          if (value === null || value === undefined) throw new RangeError(`${node.name} has no input ${index}.`);
          return value;
        },
        isRead: (index) => read.has(old.outputs[index] ?? null),
      }),
    );
    old.outputs.forEach((output, index) => {
      const value = values[index];
      if (value) replaced.set(output, value);
    });
    return b.nodes;
  });
  const outputs = new Map([...graph.outputs].map(([name, value]) => [name, replaced.get(value) ?? value]));
  return { ...graph, nodes, outputs };
}

/**
 * Cuts a training graph into what depends on no trainable parameter (and on none of the inputs that change from step
 * to step, such as drop-path draws) and the rest. The values that cross the cut are constants of a photo: they can be
 * computed once and kept. Which they are follows from the graph; no layer is named.
 */
import { dependents } from '../autodiff/dependence.ts';
import type { Graph, Node, Value } from '../graph/types.ts';
import { pruneUnusedInputs } from './eliminate-dead-nodes.ts';
import { withInputs } from './share-equal-nodes.ts';

export interface FrozenPrefixSplit {
  /** Photos -> frontier, one output a frontier value, under its name. */
  readonly prefix: Graph;
  /** Frontier, parameters, targets -> the outputs of the whole graph. */
  readonly suffix: Graph;
  /** Cached values in order of computation; each holds one photo after the other. */
  readonly frontier: readonly Value[];
}

/** `perPhoto` are the inputs that the prefix may read; `varying` are parameters and inputs drawn anew at each step. */
export function splitFrozenPrefix(
  graph: Graph,
  perPhoto: readonly Value[],
  varying: readonly Value[],
): FrozenPrefixSplit {
  const moving = dependents(graph.nodes, varying);
  const fromPhoto = dependents(graph.nodes, perPhoto);
  const isFrozen = (value: Value): boolean => fromPhoto.has(value) && !moving.has(value);
  const movingNodes = graph.nodes.filter((node) => node.outputs.some((output) => moving.has(output)));
  // Views of one tensor (reshapes) are followed back to it, so that it is kept once and not once a view.
  const views = new Set<Node>();
  const frontier = new Set<Value>();
  const cross = (value: Value): void => {
    if (!isFrozen(value)) return;
    if (value.source.kind === 'node' && value.source.node.op === 'Reshape') {
      views.add(value.source.node);
      const [viewed] = value.source.node.inputs;
      if (viewed) cross(viewed);
      return;
    }
    frontier.add(value);
  };
  for (const node of movingNodes) for (const input of node.inputs) if (input !== null) cross(input);
  for (const output of graph.outputs.values()) cross(output);
  const ordered = inOrderOfComputation(graph, frontier);
  const suffixNodes = graph.nodes.filter((node) => views.has(node) || !node.outputs.some((output) => isFrozen(output)));
  return cut(graph, ordered, suffixNodes);
}

function inOrderOfComputation(graph: Graph, wanted: ReadonlySet<Value>): readonly Value[] {
  const all = [...graph.inputs, ...graph.nodes.flatMap((node) => node.outputs)];
  return all.filter((value) => wanted.has(value));
}

/** The frontier values become inputs of the suffix: its nodes are rebuilt to read them. */
function cut(graph: Graph, frontier: readonly Value[], suffixNodes: readonly Node[]): FrozenPrefixSplit {
  const prefix = pruneUnusedInputs({
    ...graph,
    name: `${graph.name}/prefix`,
    outputs: new Map(frontier.map((value) => [value.name, value])),
  });
  const replaced = new Map<Value, Value>();
  const cached = frontier.map((value): Value => {
    if (value.source.kind === 'input') return value;
    const input: Value = { ...value, source: { kind: 'input' } };
    replaced.set(value, input);
    return input;
  });
  const nodes = suffixNodes.map((node) =>
    withInputs(
      node,
      node.inputs.map((input) => (input === null ? null : (replaced.get(input) ?? input))),
      replaced,
    ),
  );
  const outputs = new Map([...graph.outputs].map(([name, value]) => [name, replaced.get(value) ?? value]));
  const suffix = pruneUnusedInputs({
    name: `${graph.name}/suffix`,
    nodes,
    inputs: [...cached, ...graph.inputs.filter((input) => !cached.includes(input))],
    outputs,
  });
  return { prefix, suffix, frontier };
}

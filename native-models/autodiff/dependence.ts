/** Which values depend on which: the one analysis behind the backward pass and the feature cache. */
import type { Node, Value } from '../graph/types.ts';

/** All values that can change when one of `roots` changes, `roots` included. */
export function dependents(nodes: readonly Node[], roots: Iterable<Value>): ReadonlySet<Value> {
  const reached = new Set<Value>(roots);
  for (const node of nodes) {
    if (node.inputs.some((input) => input !== null && reached.has(input))) {
      for (const output of node.outputs) reached.add(output);
    }
  }
  return reached;
}

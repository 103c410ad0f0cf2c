/**
 * Keeps the probabilities of attention for the backward pass instead of computing them there once more: [B, heads, T, T]
 * numbers a block for a fifth of its attention's time. The forward becomes what the backward pass computes anyway, so the
 * two share it.
 */
import type { Graph, Value } from '../graph/types.ts';
import { decomposeAttention } from './providers/decompose-attention.ts';
import { shareEqualNodes } from './share-equal-nodes.ts';

/** `differentiated` holds the values of `graph` that have an adjoint: attention over others stays fused. */
export function keepProbabilities(graph: Graph, differentiated: ReadonlySet<Value>): Graph {
  const wanted = ({ inputs }: Graph['nodes'][number]): boolean =>
    inputs.some((input) => input !== null && differentiated.has(input));
  return shareEqualNodes(decomposeAttention(graph, wanted));
}

/**
 * Attention as products and a softmax, for providers whose fused operator is missing or cannot be trusted. It keeps the
 * [B, heads, T, T] probabilities for as long as they are read, which the fused operator does not.
 */
import type { Graph, Node } from '../../graph/types.ts';
import { add } from '../../ops/add.ts';
import { attentionScale, mergeHeads, splitHeads } from '../../ops/attention.ts';
import { matmul, swapLast } from '../../ops/matmul.ts';
import { mul } from '../../ops/mul.ts';
import { softmax } from '../../ops/softmax.ts';
import { rewriteNodes } from '../rewrite-nodes.ts';

/** `wanted` is asked of the graph's own nodes. */
export function decomposeAttention(graph: Graph, wanted: (node: Node) => boolean = () => true): Graph {
  const isWanted = (node: Node): boolean => node.op === 'MultiHeadAttention' && wanted(node);
  return rewriteNodes(graph, isWanted, ({ b, node, input }) => {
    const heads = Number(node.attributes['heads']);
    const bias = node.inputs.length > 3 ? input(3) : undefined;
    const scale = b.constant('scale', [], Float32Array.of(attentionScale(input(0).shape, heads)));
    const q = mul(b, splitHeads(b, input(0), heads), scale);
    const products = matmul(b, q, swapLast(b, splitHeads(b, input(1), heads)));
    const scores = bias === undefined ? products : add(b, products, bias);
    return [mergeHeads(b, matmul(b, softmax(b, scores), splitHeads(b, input(2), heads)))];
  });
}

/** Floating-point operations of a graph's products, two for each multiply-add; elementwise work is not counted. */
import type { Graph, Node } from './types.ts';
import { dim, elementCount } from './types.ts';

export function flopsOf(graph: Graph): number {
  return graph.nodes.reduce((sum, node) => sum + nodeFlops(node), 0);
}

function nodeFlops(node: Node): number {
  const [x, y] = node.inputs;
  const out = node.outputs[0];
  if (!x || !y || out === undefined) return 0;
  switch (node.op) {
    case 'Gemm':
      return 2 * elementCount(out.shape) * dim(x.shape, node.attributes['transA'] === 1 ? 0 : 1);
    case 'MatMul':
    case 'QuantisedLinear':
      return 2 * elementCount(out.shape) * dim(x.shape, -1);
    case 'MultiHeadAttention':
      return 4 * elementCount(out.shape) * dim(x.shape, 1);
    case 'DepthwiseConv':
      return 2 * elementCount(out.shape) * elementCount(y.shape.slice(1));
    case 'DepthwiseKernelGradient':
      return 2 * elementCount(out.shape.slice(1)) * elementCount(y.shape);
    default:
      return 0;
  }
}

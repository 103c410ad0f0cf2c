/**
 * LayerNormalization with one output, its mean and inverse standard deviation computed beside it where something reads
 * them: DirectML has the operator with one output only and leaves any other to the CPU.
 */
import type { Graph } from '../../graph/types.ts';
import { add } from '../../ops/add.ts';
import { layerNormOutput } from '../../ops/layer-norm-output.ts';
import { mul } from '../../ops/mul.ts';
import { reduceMean } from '../../ops/reduce-mean.ts';
import { rsqrt } from '../../ops/rsqrt.ts';
import { sub } from '../../ops/sub.ts';
import { rewriteNodes } from '../rewrite-nodes.ts';

export function separateStatistics(graph: Graph): Graph {
  return rewriteNodes(graph, 'LayerNormalization', ({ b, node, input, isRead }) => {
    const x = input(0);
    const epsilon = Number(node.attributes['epsilon']);
    const y = isRead(0) ? layerNormOutput(b, x, input(1), input(2), epsilon) : null;
    if (!isRead(1) && !isRead(2)) return [y, null, null];
    const last = [x.shape.length - 1];
    const mean = reduceMean(b, x, last, true);
    if (!isRead(2)) return [y, mean, null];
    const centred = sub(b, x, mean);
    const variance = reduceMean(b, mul(b, centred, centred), last, true);
    return [y, mean, rsqrt(b, add(b, variance, b.constant('epsilon', [], Float32Array.of(epsilon))))];
  });
}

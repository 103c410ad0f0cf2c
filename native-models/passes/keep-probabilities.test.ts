import { expect, it } from 'vitest';
import { Random } from '../data/random.ts';
import type { Graph } from '../graph/types.ts';
import { elementCount, leavesOf } from '../graph/types.ts';
import { evaluate } from '../reference/evaluate.ts';
import { relativeL2 } from '../reference/finite-differences.ts';
import { dtlPlus, tinyBackbone } from '../testing/tiny-network.ts';
import { trainingGraph } from '../train/graphs.ts';

function computed(graph: Graph): Map<string, Float64Array> {
  const frozen = leavesOf(graph.nodes).filter(({ source }) => source.kind === 'weight');
  const feeds = [...graph.inputs, ...frozen].map(({ name, shape }): [string, Float64Array] => {
    const random = new Random(1, [name]);
    return [name, Float64Array.from({ length: elementCount(shape) }, () => random.uniform() - 0.5)];
  });
  return new Map([...evaluate(graph, new Map(feeds))].map(([name, { data }]) => [name, data]));
}

it.each([() => tinyBackbone('test_vit_4x12'), () => tinyBackbone('test_swin_2_2')])(
  'a step that keeps the probabilities of attention gives the gradients of one that computes them again',
  async (open) => {
    const backbone = await open();
    const { spec, weights } = backbone;
    const build = (keep: boolean): Graph =>
      trainingGraph({ spec, weights, method: dtlPlus(spec, { kernel: 3 }), classes: 3, batch: 2 }, 0, false, keep)
        .graph;
    const [kept, again] = [build(true), build(false)];
    const count = ({ nodes }: Graph, op: string): number => nodes.filter((node) => node.op === op).length;
    // As many softmaxes, since the forward uses those of the backward pass; the fused operator is left where nothing is differentiated.
    expect(count(kept, 'Softmax')).toBe(count(again, 'Softmax'));
    expect(count(kept, 'MultiHeadAttention')).toBe(count(again, 'MultiHeadAttention') - (count(kept, 'Softmax') - 1));
    const [actual, expected] = [computed(kept), computed(again)];
    for (const [output, data] of expected) expect(relativeL2(actual.get(output)!, data), output).toBeLessThan(1e-6);
    await backbone.remove();
  },
);

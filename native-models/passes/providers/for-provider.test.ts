import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Random } from '../../data/random.ts';
import type { Graph } from '../../graph/types.ts';
import { elementCount, leavesOf } from '../../graph/types.ts';
import type { BackboneSpec } from '../../models/backbone-spec.ts';
import { evaluate } from '../../reference/evaluate.ts';
import { relativeL2 } from '../../reference/finite-differences.ts';
import { PROVIDERS } from '../../runtime/provider-names.ts';
import type { TinyBackbone } from '../../testing/tiny-network.ts';
import { dtlPlus, tinyBackbone } from '../../testing/tiny-network.ts';
import { forwardGraph, trainingGraph } from '../../train/graphs.ts';
import { forProvider } from './for-provider.ts';

let backbones: readonly TinyBackbone<BackboneSpec>[];
beforeAll(async () => {
  backbones = await Promise.all([tinyBackbone('test_vit_2x8'), tinyBackbone('test_swin_2_2')]);
});
afterAll(() => Promise.all(backbones.map((backbone) => backbone.remove())));

/** In float64 on random values, so that nothing but a wrong rewrite, or the rounding of its constants, makes a difference. */
function computed(graph: Graph): Map<string, Float64Array> {
  const feeds = new Map(
    [...graph.inputs, ...leavesOf(graph.nodes).filter(({ source }) => source.kind === 'weight')].map(
      ({ name, shape }) => {
        const random = new Random(1, [name]);
        return [name, Float64Array.from({ length: elementCount(shape) }, () => random.uniform() - 0.5)];
      },
    ),
  );
  return new Map([...evaluate(graph, feeds)].map(([name, { data }]) => [name, data]));
}

describe.each(PROVIDERS)('a graph rewritten for %s', (provider) => {
  it('gives the same loss, logits and gradients', () => {
    for (const { spec, weights } of backbones) {
      const { graph } = trainingGraph({ spec, weights, method: dtlPlus(spec, { kernel: 3 }), classes: 3, batch: 2 });
      const [expected, actual] = [computed(graph), computed(forProvider(graph, provider))];
      expect([...actual.keys()]).toEqual([...expected.keys()]);
      for (const [name, data] of expected) expect(relativeL2(actual.get(name)!, data), name).toBeLessThan(1e-6);
    }
  });

  it('keeps its inputs, outputs and their shapes', () => {
    for (const { spec, weights } of backbones) {
      const { graph } = forwardGraph({ spec, weights, method: dtlPlus(spec, { kernel: 3 }), classes: 3, batch: 2 });
      const rewritten = forProvider(graph, provider);
      expect(rewritten.inputs).toEqual(graph.inputs);
      const shapes = ({ outputs }: Graph) => [...outputs].map(([name, { shape }]) => [name, shape]);
      expect(shapes(rewritten)).toEqual(shapes(graph));
    }
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Method } from '../../adapters/method.ts';
import { toOnnx } from '../../emit/to-onnx.ts';
import { GraphBuilder } from '../../graph/builder.ts';
import type { Graph } from '../../graph/types.ts';
import { blockCount } from '../../models/backbone-spec.ts';
import { castToFloat32 } from '../../ops/cast.ts';
import { layerNorm } from '../../ops/layer-norm.ts';
import { operators } from '../../ops/index.ts';
import { forProvider } from '../../passes/providers/for-provider.ts';
import type { TinyBackbone } from '../../testing/tiny-network.ts';
import { dtlPlus, tinyBackbone } from '../../testing/tiny-network.ts';
import type { BackboneSpec } from '../../models/backbone-spec.ts';
import { featureGraph, forwardGraph, trainingGraph } from '../../train/graphs.ts';
import { probeGraph } from '../../train/linear-probe.ts';
import { missingKernels } from './kernels.ts';

const providers = ['cuda', 'dml', 'webgpu'] as const;

let backbones: readonly TinyBackbone<BackboneSpec>[];
let graphs: readonly Graph[];
beforeAll(async () => {
  const usual = await Promise.all([tinyBackbone('test_vit_6x16'), tinyBackbone('test_swin_2_2_4_2')]);
  // One tiny model of each other family: they differ in operators, not in what a run does with them.
  const others = await Promise.all(
    (['distilled', 'registers', 'clip', 'siglip'] as const).map((family) => tinyBackbone(`test_vit_${family}_2x8`)),
  );
  backbones = [...usual, ...others];
  graphs = [
    ...usual.flatMap((backbone) => methodsFor(backbone.spec).flatMap((method) => graphsOf(backbone, method))),
    ...others.flatMap(({ spec, weights }) => {
      const options = { spec, weights, method: dtlPlus(spec, { kernel: 3 }), classes: 3, batch: 2 };
      return [forwardGraph(options).graph, trainingGraph(options).graph];
    }),
  ];
});
afterAll(() => Promise.all(backbones.map((backbone) => backbone.remove())));

function methodsFor(spec: BackboneSpec): readonly Method[] {
  const every = Array.from({ length: blockCount(spec) }, (_, block) => block);
  return [
    { name: 'linear' },
    { ...dtlPlus(spec), name: 'dtl', kernel: 0 },
    dtlPlus(spec),
    dtlPlus(spec, { kernel: 4 }),
    dtlPlus(spec, { extract: every, adapt: every, kernel: 3 }),
  ];
}

/** Every graph that a run makes, cut and whole. */
function graphsOf({ spec, weights }: TinyBackbone<BackboneSpec>, method: Method): readonly Graph[] {
  const options = { spec, weights, method, classes: 3, batch: 2 };
  const forward = forwardGraph(options);
  const feature = featureGraph(options, method.name !== 'linear').graph;
  const step = trainingGraph(options);
  const dropped = trainingGraph(options, 0.1).graph;
  return [
    forward.graph,
    forward.split.suffix,
    feature,
    step.graph,
    dropped,
    ...(step.split ? [step.split.prefix, step.split.suffix] : []),
    probeGraph(8, 4, 3),
  ];
}

describe.each(providers)('on %s', (provider) => {
  it('every operator of the registry, differentiated or not, has a kernel or is rewritten', () => {
    for (const op of operators.values()) {
      for (const opCase of op.cases) {
        const b = new GraphBuilder('case');
        const inputs = opCase.shapes.map((shape, index) => (shape === null ? null : b.parameter(`x${index}`, shape)));
        const outputs = b.apply(op, inputs, opCase.attributes);
        const graph = b.finish(new Map(outputs.map((output, index) => [`y${index}`, output])));
        expect(missingKernels(toOnnx(forProvider(graph, provider)), provider), op.name).toEqual([]);
      }
    }
  });

  it('every graph of every method and family of backbones runs without falling back', () => {
    for (const graph of graphs)
      expect(missingKernels(toOnnx(forProvider(graph, provider)), provider), graph.name).toEqual([]);
  });

  it('frozen weights in half precision are widened there', () => {
    const b = new GraphBuilder('half');
    const weight = b.weight('w', [4], 'float16', { location: 'w', offset: 0, length: 8 });
    const model = toOnnx(b.finish({ y: castToFloat32(b, weight) }));
    expect(missingKernels(model, provider)).toEqual([]);
  });
});

describe('the table of kernels', () => {
  it('names what DirectML lacks in a graph that was not rewritten', () => {
    const b = new GraphBuilder('norm');
    const graph = b.finish({ y: layerNorm(b, b.input('x', [2, 4]), b.input('s', [4]), b.input('o', [4]), 1e-6) });
    expect(missingKernels(toOnnx(graph), 'dml')).toEqual([
      {
        node: 'LayerNormalization',
        operator: 'LayerNormalization',
        why: 'the provider computes it with one output only',
      },
    ]);
    expect(missingKernels(toOnnx(graph), 'cuda')).toEqual([]);
  });

  it.each([
    ['LogSoftmax', 'float32', 'the engine has no signature of this operator'],
    ['Add', 'int64', 'the provider does not compute it on int64'],
  ] as const)('refuses %s on %s for WebGPU', (opType, dtype, why) => {
    const model = toOnnx(new GraphBuilder('empty').finish({}));
    const tensor = { name: 'x', dtype, shape: [2] };
    const node = { name: 'n', opType, inputs: ['x', 'x'], outputs: ['y'], attributes: {} };
    const changed = { ...model, graph: { ...model.graph, inputs: [tensor], nodes: [node] } };
    expect(missingKernels(changed, 'webgpu')).toEqual([{ node: 'n', operator: opType, why }]);
  });
});

import { describe, expect, it } from 'vitest';
import type { DtlConfig } from '../adapters/dtl/config.ts';
import { dtlParameters, everyBlock } from '../adapters/dtl/config.ts';
import { toOnnx } from '../emit/to-onnx.ts';
import { GraphBuilder } from '../graph/builder.ts';
import { elementCount } from '../graph/types.ts';
import { flopsOf } from '../graph/flops.ts';
import { EngineSession } from '../runtime/session.ts';
import { dtlPlus, tinyBackbone } from '../testing/tiny-network.ts';
import { trainingGraph } from '../train/graphs.ts';
import type { BackboneSpec } from './backbone-spec.ts';
import { backboneTensors, blockCount, blocksOf, checkSpec, featureWidth } from './backbone-spec.ts';
import { backboneFeatures } from './backbone.ts';
import { randomValues } from './random-weights.ts';
import type { SwinName, VitName } from './registry.ts';
import { models, swinModels, vitModels } from './registry.ts';
import type { WeightFile } from './weights.ts';
import { Weights } from './weights.ts';

const all = [...models].map(([name, spec]) => ({ name, spec }));

/** Weights that are nowhere: shapes are all that is asked for. */
function shapesOnly(spec: BackboneSpec): WeightFile {
  const tensors = [...backboneTensors(spec)].map(([name, shape]) => {
    const entry = { dtype: 'float32' as const, shape, start: 0, end: 4 * elementCount(shape) };
    return [name, entry] as const;
  });
  return { folder: '', file: 'weights', prefix: '', tensors: new Map(tensors) };
}

describe.each(all)('$name', ({ name, spec }) => {
  it('can be built, and its blocks are those that its tensors name', () => {
    expect(() => checkSpec(spec)).not.toThrow();
    const blocks = blocksOf(spec);
    const named = new Set(
      [...backboneTensors(spec).keys()].flatMap((name) => /^(?:layers\.\d+\.)?blocks\.\d+/.exec(name) ?? []),
    );
    expect(blocks).toHaveLength(named.size);
    expect(blocks).toHaveLength(blockCount(spec));
    expect(blocks.at(-1)?.width).toBe(featureWidth(spec));
  });

  // Adapting every block is a matter of the family, not of its size.
  it.each(name.startsWith('test_') ? ['usual', 'every block'] : ['usual'])(
    'takes a side network, %s, whose gradients end at its first adapted block',
    (sets) => {
      const changes: Partial<DtlConfig> = sets === 'usual' ? {} : everyBlock(spec);
      const method = dtlPlus(spec, changes);
      const { graph, parameterNames } = trainingGraph({
        spec,
        weights: shapesOnly(spec),
        method,
        classes: 3,
        batch: 1,
      });
      expect(parameterNames).toEqual([...dtlParameters(method, spec).keys(), 'head.weight', 'head.bias']);
      for (const name of parameterNames) expect(graph.outputs.has(`grad.${name}`), name).toBe(true);
      const backward = graph.nodes.flatMap(({ name }) => /^grad\/blocks\.(\d+)\/(?:attn|mlp)\//.exec(name)?.[1] ?? []);
      const [first] = method.adapt;
      expect(Math.min(...backward.map(Number), blockCount(spec))).toBe(first! + 1);
      // Emission checks every node once more, and that no weight is written into the model.
      expect(toOnnx(graph).graph.nodes.length).toBeGreaterThanOrEqual(graph.nodes.length);
    },
  );
});

const tinyNames = [...models.keys()].filter((name) => name.startsWith('test_'));

it.each(tinyNames)('%s gives finite features that tell photos apart', async (name) => {
  const backbone = await (swinModels.has(name) ? tinyBackbone(name as SwinName) : tinyBackbone(name as VitName));
  try {
    const { spec } = backbone;
    const b = new GraphBuilder('features');
    const images = b.input('images', [2, 3, spec.imageSize, spec.imageSize]);
    const features = backboneFeatures(b, { spec, weights: new Weights(b, backbone.weights), images });
    const session = await EngineSession.create(b.finish({ features }), {
      threads: 1,
      weightsFolder: backbone.directory,
    });
    const photos = randomValues('photos', elementCount(images.shape), 1);
    const values = (await session.run(new Map([['images', photos]]))).get('features')!;
    await session.release();
    const width = featureWidth(spec);
    expect(values).toHaveLength(2 * width);
    expect(values.every(Number.isFinite)).toBe(true);
    expect(values.subarray(0, width)).not.toEqual(values.subarray(width));
  } finally {
    await backbone.remove();
  }
});

it('has the published sizes: parameters in millions, and billions of multiply-adds a photo', () => {
  const published: readonly (readonly [string, number, number | null])[] = [
    ['deit_tiny_patch16_224', 5.5, 1.26],
    ['deit_small_distilled_patch16_224', 21.7, 4.6],
    ['vit_base_patch16_224', 85.8, 17.6],
    ['vit_base_patch32_224', 87.5, 4.4],
    ['vit_large_patch16_224', 303.3, 61.6],
    ['vit_huge_patch14_224', 630.8, 167.4],
    ['vit_small_patch14_dinov2', 22.1, null],
    ['vit_base_patch14_dinov2', 86.6, null],
    ['vit_large_patch14_reg4_dinov2', 304.4, null],
    ['vit_base_patch16_clip_224', 85.8, null],
    ['vit_large_patch14_clip_336', 303.5, null],
    ['swin_large_patch4_window7_224', 195.0, 34.5],
  ];
  for (const [name, millions, giga] of published) {
    const spec = models.get(name) ?? expect.fail(name);
    const parameters = [...backboneTensors(spec).values()].reduce((sum, shape) => sum + elementCount(shape), 0);
    expect(parameters / 1e6, name).toBeCloseTo(millions, 0);
    if (giga === null) continue;
    const b = new GraphBuilder('forward');
    const images = b.input('images', [1, 3, spec.imageSize, spec.imageSize]);
    const features = backboneFeatures(b, { spec, weights: new Weights(b, shapesOnly(spec)), images });
    expect(Math.abs(flopsOf(b.finish({ features })) / 2e9 / giga - 1), name).toBeLessThanOrEqual(0.03);
  }
  expect(vitModels.size + swinModels.size).toBe(models.size);
});

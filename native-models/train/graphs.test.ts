import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DtlConfig } from '../adapters/dtl/config.ts';
import { everyBlock } from '../adapters/dtl/config.ts';
import type { Method } from '../adapters/method.ts';
import { classWeightsOf, denseTargets } from '../data/targets.ts';
import { rowsOf } from '../data/slices.ts';
import { dependents } from '../autodiff/dependence.ts';
import type { Graph } from '../graph/types.ts';
import { elementCount, leavesOf } from '../graph/types.ts';
import { randomValues } from '../models/random-weights.ts';
import type { BackboneSpec } from '../models/backbone-spec.ts';
import { backboneTensors, blockCount, featureWidth } from '../models/backbone-spec.ts';
import { model } from '../models/registry.ts';
import { evaluate } from '../reference/evaluate.ts';
import { relativeL2 } from '../reference/finite-differences.ts';
import { checkGradients } from '../reference/gradient-check.ts';
import type { PlainInputs } from '../reference/plain-layers.ts';
import { plainSwinLogits } from '../reference/plain-swin.ts';
import { plainVitLogits } from '../reference/plain-vit.ts';
import { EngineSession } from '../runtime/session.ts';
import type { TinyBackbone } from '../testing/tiny-network.ts';
import { dtlPlus, randomParameters, tinyBackbone } from '../testing/tiny-network.ts';
import { BatchSum } from './accumulate.ts';
import { drawBranchScales } from './drop-path.ts';
import {
  branchDropRate,
  featureGraph,
  FEATURES,
  forwardGraph,
  gradientName,
  IMAGES,
  LOGITS,
  LOSS,
  TARGETS,
  trainingGraph,
} from './graphs.ts';

const CLASSES = 3;

type AnyBackbone = TinyBackbone<BackboneSpec>;

interface FamilyCase {
  readonly family: string;
  readonly open: () => Promise<{ readonly backbone: AnyBackbone; readonly small: AnyBackbone }>;
  /** Sets in which every kind of block lies on a path to a parameter. */
  readonly sets: (spec: BackboneSpec) => Partial<DtlConfig>;
  /** Tensors that are trained on the small network with those sets. */
  readonly trained: number;
}

const families: readonly FamilyCase[] = [
  {
    family: 'ViT',
    open: async () => ({ backbone: await tinyBackbone('test_vit_4x12'), small: await tinyBackbone('test_vit_2x8') }),
    sets: () => ({}),
    trained: 7,
  },
  {
    family: 'ViT with registers, LayerScale and positions on the patches (DINOv2)',
    open: async () => ({
      backbone: await tinyBackbone('test_vit_registers_4x12'),
      small: await tinyBackbone('test_vit_registers_2x8'),
    }),
    sets: (spec) => everyBlock(spec),
    trained: 7,
  },
  ...(['distilled', 'averaged'] as const).map((kind) => ({
    family:
      kind === 'distilled' ? 'ViT with a distillation token (DeiT)' : 'ViT whose norm stands behind the pooling (MAE)',
    open: async () => ({
      backbone: await tinyBackbone(`test_vit_${kind}_2x8`),
      small: await tinyBackbone(`test_vit_${kind}_2x8`),
    }),
    sets: (spec: BackboneSpec) => everyBlock(spec),
    trained: 7,
  })),
  {
    family: 'ViT without class token and with tanh GELU (SigLIP)',
    open: async () => ({
      backbone: await tinyBackbone('test_vit_siglip_4x12'),
      small: await tinyBackbone('test_vit_siglip_2x8'),
    }),
    sets: (spec) => everyBlock(spec),
    trained: 7,
  },
  {
    family: 'ViT with a norm in front and QuickGELU (CLIP)',
    open: async () => ({
      backbone: await tinyBackbone('test_vit_clip_4x12'),
      small: await tinyBackbone('test_vit_clip_2x8'),
    }),
    sets: (spec) => everyBlock(spec),
    trained: 7,
  },
  {
    family: 'Swin',
    open: async () => ({
      backbone: await tinyBackbone('test_swin_2_2_4_2'),
      small: await tinyBackbone('test_swin_2_2'),
    }),
    sets: (spec) => ({ ...everyBlock(spec), rank: 2 }),
    trained: 12,
  },
];

function plainLogits({ spec, ...inputs }: PlainInputs<BackboneSpec>): number[] {
  return spec.family === 'vit' ? plainVitLogits({ spec, ...inputs }) : plainSwinLogits({ spec, ...inputs });
}

const float64 = (values: Iterable<[string, ArrayLike<number>]>): Map<string, Float64Array> =>
  new Map([...values].map(([name, data]) => [name, Float64Array.from(data)]));

/** Everything a graph in float64 needs: frozen weights (row ranges cut out), parameters, photos. */
function feeds64(
  graph: Graph,
  { values }: AnyBackbone,
  given: ReadonlyMap<string, ArrayLike<number>>,
): Map<string, Float64Array> {
  const feeds = float64(given);
  for (const leaf of leavesOf(graph.nodes)) {
    if (leaf.source.kind !== 'weight') continue;
    const [, name, from] = /^(.*?)(?:\[(\d+):\d+\])?$/.exec(leaf.name)!;
    const whole = values.get(name!)!;
    const size = elementCount(leaf.shape);
    const rowSize = size / (from === undefined ? 1 : leaf.shape[0]!);
    const start = from === undefined ? 0 : Number(from) * rowSize;
    feeds.set(leaf.name, whole.slice(start, start + size));
  }
  return feeds;
}

function batchOf(net: AnyBackbone, count: number) {
  const images = randomValues('images', count * 3 * net.spec.imageSize ** 2, 1);
  const labels = Array.from({ length: count }, (_, index) => (index * 2) % CLASSES);
  const targets = denseTargets(labels, {
    classes: CLASSES,
    labelSmoothing: 0.1,
    classWeights: classWeightsOf(labels, CLASSES, 'balanced'),
  });
  return { images, targets };
}

function build(net: AnyBackbone, method: Method, batch: number, dropPath = 0) {
  return trainingGraph({ spec: net.spec, weights: net.weights, method, classes: CLASSES, batch }, dropPath);
}

async function runOnce(net: AnyBackbone, graph: Graph, feeds: ReadonlyMap<string, Float32Array>) {
  const session = await EngineSession.create(graph, { threads: 1, weightsFolder: net.directory });
  const outputs = await session.run(feeds);
  await session.release();
  return outputs;
}

describe.each(families)('the training graph of a $family', ({ open, sets, trained }) => {
  let backbone: AnyBackbone;
  let small: AnyBackbone;
  beforeAll(async () => ({ backbone, small } = await open()));
  afterAll(async () => {
    await backbone.remove();
    await small.remove();
  });

  it('agrees with finite differences in float64 over a whole tiny DTL+ network', () => {
    const method = dtlPlus(small.spec, { ...sets(small.spec), kernel: 3, beta: 5 });
    const { graph, parameterNames } = build(small, method, 2);
    const { images, targets } = batchOf(small, 2);
    const feeds = feeds64(
      graph,
      small,
      new Map([...randomParameters(method, small.spec, CLASSES, 0.3), [IMAGES, images], [TARGETS, targets]]),
    );
    const gradientOf = new Map(parameterNames.map((name) => [name, gradientName(name)]));
    const checked = checkGradients({ graph, loss: LOSS, gradientOf, feeds, step: 1e-3 });
    expect(checked.size).toBe(trained);
    for (const [name, { analytic, numeric }] of checked)
      expect(relativeL2(analytic, numeric), name).toBeLessThanOrEqual(1e-6);
  });

  it('gives the runtime the float64 gradients to single precision, at the published slope of 100', async () => {
    const method = dtlPlus(backbone.spec, sets(backbone.spec));
    const { graph } = build(backbone, method, 2);
    const { images, targets } = batchOf(backbone, 2);
    const given = new Map([...randomParameters(method, backbone.spec, CLASSES), [IMAGES, images], [TARGETS, targets]]);
    const expected = evaluate(graph, feeds64(graph, backbone, given));
    for (const [name, values] of await runOnce(backbone, graph, given)) {
      expect(relativeL2(values, expected.get(name)!.data), name).toBeLessThanOrEqual(2e-5);
    }
  });

  it.each([3, 4, 5, 0] as const)(
    'computes what plain loops over the equations compute, kernel %i, with dropped branches',
    (kernel) => {
      const method = {
        ...dtlPlus(backbone.spec, { ...sets(backbone.spec), kernel }),
        name: kernel === 0 ? ('dtl' as const) : ('dtl+' as const),
      };
      const dropPath = 0.5;
      const { graph } = build(backbone, method, 2, dropPath);
      const { images, targets } = batchOf(backbone, 2);
      const parameters = randomParameters(method, backbone.spec, CLASSES);
      const scales = drawBranchScales([11, 12], 2, { seed: 5, epoch: 0, depth: blockCount(backbone.spec), dropPath });
      expect([...scales.values()].some((values) => values.includes(0))).toBe(true);
      const given = new Map([...parameters, ...scales, [IMAGES, images], [TARGETS, targets]]);
      const logits = evaluate(graph, feeds64(graph, backbone, given)).get(LOGITS)!.data;
      const photoSize = images.length / 2;
      for (const photo of [0, 1]) {
        const plain = plainLogits({
          spec: backbone.spec,
          config: method,
          weights: backbone.values,
          parameters,
          image: images.subarray(photo * photoSize, (photo + 1) * photoSize),
          branchScale: (branch) => scales.get(`drop_path.${branch}`)?.[photo] ?? 1,
        });
        expect(relativeL2(logits.subarray(photo * CLASSES, (photo + 1) * CLASSES), plain)).toBeLessThanOrEqual(1e-7);
      }
    },
  );

  it('gives micro-batches whose losses and gradients add up to the full batch', async () => {
    const method = dtlPlus(backbone.spec, sets(backbone.spec));
    const { images, targets } = batchOf(backbone, 6);
    const parameters = randomParameters(method, backbone.spec, CLASSES);
    const sums = new Map<number, BatchSum>();
    for (const size of [6, 4, 1]) {
      const { graph } = build(backbone, method, size);
      const session = await EngineSession.create(graph, { threads: 1, weightsFolder: backbone.directory });
      const sum = new BatchSum();
      for (let start = 0; start < 6; start += size) {
        const count = Math.min(size, 6 - start);
        sum.add(
          await session.run(
            new Map([
              ...parameters,
              [IMAGES, rowsOf(images, images.length / 6, start, count, size)],
              [TARGETS, rowsOf(targets, CLASSES, start, count, size)],
            ]),
          ),
        );
      }
      await session.release();
      sums.set(size, sum);
    }
    const whole = sums.get(6)!;
    for (const size of [4, 1]) {
      expect(Math.abs(sums.get(size)!.loss - whole.loss) / whole.loss).toBeLessThanOrEqual(1e-6);
      for (const [name, gradient] of whole.gradients) {
        expect(
          relativeL2(sums.get(size)!.gradients.get(name)!, gradient),
          `${name}, micro-batch ${size}`,
        ).toBeLessThanOrEqual(1e-5);
      }
    }
  });
});

describe('a frozen prefix', () => {
  const vitBase = model('vit_base_patch16_224');
  const swinBase = model('swin_base_patch4_window7_224');

  /** The graph alone, without weights on disk: shapes are all that is asked for. */
  function graphOf(spec: BackboneSpec, changes: Partial<DtlConfig> = {}) {
    const tensors = new Map<string, { dtype: 'float32'; shape: readonly number[]; start: number; end: number }>();
    const weights = { folder: '', file: 'weights', prefix: '', tensors };
    for (const [name, shape] of backboneTensors(spec))
      tensors.set(name, { dtype: 'float32', shape, start: 0, end: 4 * elementCount(shape) });
    return trainingGraph({ spec, weights, method: dtlPlus(spec, changes), classes: 10, batch: 2 });
  }

  /** Blocks whose attention or MLP has backward nodes. */
  function backwardBlocks({ nodes }: Graph): number[] {
    const blocks = nodes.map(({ name }) => Number(/^grad\/blocks\.(\d+)\/(?:attn|mlp)\//.exec(name)?.[1] ?? NaN));
    return [...new Set(blocks.filter((block) => !Number.isNaN(block)))].sort((a, b) => a - b);
  }
  const from = (first: number, last: number): number[] =>
    Array.from({ length: last - first + 1 }, (_, at) => first + at);

  it.each([
    { family: 'ViT-B/16', spec: vitBase, lastFrozen: 6, blocks: from(7, 11) },
    { family: 'Swin-B', spec: swinBase, lastFrozen: 14, blocks: from(15, 23) },
  ])('of $family has no backward node up to block $lastFrozen, the first that is adapted', (network) => {
    const { graph, differentiated } = graphOf(network.spec);
    expect(backwardBlocks(graph)).toEqual(network.blocks);
    const frozen = graph.nodes
      .filter(({ name }) => {
        const block = /^blocks\.(\d+)\/(?:attn|mlp)\//.exec(name)?.[1];
        return /^(embed|merge\.[12])\//.test(name) || (block !== undefined && Number(block) <= network.lastFrozen);
      })
      .flatMap((node) => node.outputs);
    expect(frozen.length).toBeGreaterThan(100);
    expect(frozen.filter((value) => differentiated.has(value))).toEqual([]);
    expect(graph.nodes.filter(({ name }) => /^grad\/(embed|merge\.[12])\//.test(name))).toEqual([]);
  });

  it.each([vitBase, swinBase])('ends before block 1 when every block is adapted: $family', (spec) => {
    const { graph } = graphOf(spec, everyBlock(spec));
    expect(backwardBlocks(graph)).toEqual(from(1, blockCount(spec) - 1));
  });

  it('of Swin-B is cut at the inputs of blocks 4 to 14 and the output of block 14', () => {
    const { split } = graphOf(swinBase);
    expect(split?.frontier.map(({ shape }) => elementCount(shape) / 2)).toEqual(from(4, 15).map(() => 196 * 512));
  });

  it('is cut at the inputs of blocks 0 to 6 and the output of block 6: eight tensors, 4.84 MB a photo', () => {
    const { split } = graphOf(vitBase);
    expect(split?.frontier.map(({ shape }) => shape)).toEqual(Array.from({ length: 8 }, () => [2, 197, 768]));
    const bytes = split!.frontier.reduce((sum, { shape }) => sum + 4 * elementCount(shape), 0) / 2;
    expect(bytes / 1e6).toBeCloseTo(4.84, 2);
    const parameters = split!.suffix.inputs.filter(({ source }) => source.kind === 'parameter');
    expect(dependents(split!.prefix.nodes, parameters).size).toBe(parameters.length);
  });
});

describe.each(families)('the feature cache of a $family', ({ open }) => {
  let backbone: AnyBackbone;
  beforeAll(async () => {
    const opened = await open();
    await opened.small.remove();
    ({ backbone } = opened);
  });
  afterAll(() => backbone.remove());

  it('gives the gradients of the uncached step, and the frozen features beside', async () => {
    const method = dtlPlus(backbone.spec);
    const batch = 3;
    const options = { spec: backbone.spec, weights: backbone.weights, method, classes: CLASSES, batch };
    const { graph, split } = trainingGraph(options);
    const { images, targets } = batchOf(backbone, batch);
    const parameters = randomParameters(method, backbone.spec, CLASSES);
    const whole = await runOnce(backbone, graph, new Map([...parameters, [IMAGES, images], [TARGETS, targets]]));
    const features = featureGraph(options, true);
    // The plain network and the adapted one are one up to the first change: no block is computed twice.
    expect(features.graph.nodes.filter(({ op }) => op === 'MultiHeadAttention')).toHaveLength(
      blockCount(backbone.spec),
    );
    expect(features.frontier.map(({ name }) => name)).toEqual(split!.frontier.map(({ name }) => name));
    expect(forwardGraph(options).split.frontier.map(({ name }) => name)).toEqual(
      split!.frontier.map(({ name }) => name),
    );
    const cache = await runOnce(backbone, features.graph, new Map([[IMAGES, images]]));
    const pooled = cache.get(FEATURES)!;
    cache.delete(FEATURES);
    const cached = await runOnce(backbone, split!.suffix, new Map([...parameters, ...cache, [TARGETS, targets]]));
    expect([...cached.keys()]).toEqual([...whole.keys()]);
    for (const [name, values] of whole) expect(relativeL2(cached.get(name)!, values), name).toBeLessThanOrEqual(1e-6);
    // With B = 0 the adapted network is the plain one: its head input is the pooled feature.
    const start = new Map(
      [...parameters].map(([name, values]) => [name, name.endsWith('.up') ? values.map(() => 0) : values]),
    );
    const logits = (await runOnce(backbone, forwardGraph(options).graph, new Map([...start, [IMAGES, images]]))).get(
      LOGITS,
    )!;
    const width = featureWidth(backbone.spec);
    const expected = Array.from({ length: batch * CLASSES }, (_, at) => {
      const [row, c] = [Math.floor(at / CLASSES), at % CLASSES];
      let sum = parameters.get('head.bias')![c]!;
      for (let i = 0; i < width; i++) sum += pooled[row * width + i]! * parameters.get('head.weight')![c * width + i]!;
      return sum;
    });
    expect(relativeL2(logits, expected)).toBeLessThanOrEqual(1e-5);
  });
});

describe('drop path', () => {
  it('rises linearly from 0 at the first block to its rate at the last', () => {
    expect([0, 1, 2, 10, 22, 23].map((branch) => branchDropRate(branch, 12, 0.22))).toEqual([
      0, 0, 0.02, 0.1, 0.22, 0.22,
    ]);
  });

  it('draws the same for a photo whatever stands beside it in the micro-batch', () => {
    const draw = { seed: 1, epoch: 2, depth: 4, dropPath: 0.5 };
    const both = drawBranchScales([7, 9], 2, draw);
    const alone = drawBranchScales([9], 1, draw);
    for (const [name, values] of alone) expect(both.get(name)![1]).toBe(values[0]);
  });
});

import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DtlConfig } from '../adapters/dtl/config.ts';
import { encodeFeature } from '../cache/feature-tensors.ts';
import { classWeightsOf, denseTargets } from '../data/targets.ts';
import { float32ToHalf } from '../half.ts';
import { blockCount } from '../models/backbone-spec.ts';
import { randomValues } from '../models/random-weights.ts';
import { readAsHalf } from '../passes/read-as-half.ts';
import { relativeL2 } from '../reference/finite-differences.ts';
import { EngineSession } from '../runtime/session.ts';
import type { WatchedHost } from '../testing/short-run.ts';
import { SHORT_RUN_CLASSES, shortRun, shortRunPhotos, watchedHost } from '../testing/short-run.ts';
import type { TinyBackbone } from '../testing/tiny-network.ts';
import { dtlPlus, randomParameters, tinyBackbone } from '../testing/tiny-network.ts';
import { drawBranchScales } from './drop-path.ts';
import { branchScaleName, IMAGES, LOGITS, TARGETS, trainingGraph } from './graphs.ts';
import { trainRun } from './run.ts';
import type { TrainOptions, TrainPlan } from './types.ts';

const CLASSES = SHORT_RUN_CLASSES;
let backbone: TinyBackbone;
let directory: string;

beforeAll(async () => {
  backbone = await tinyBackbone('test_vit_4x12');
});
afterAll(() => backbone.remove());
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'dtl-cached-run-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

function options(name: string, cache: TrainPlan['cache'], sets: Partial<DtlConfig> = {}): TrainOptions {
  const { path: weightsPath, spec } = backbone;
  return shortRun({ directory, name, weightsPath, spec, method: dtlPlus(spec, sets), plan: { cache } });
}

/** Can stop after so many questions. */
const host = ({ stopAt = Infinity } = {}): WatchedHost => watchedHost(backbone.spec, (_, asked) => asked >= stopAt);

async function weightsAfter(run: TrainOptions): Promise<{ weights: string; decoded: number }> {
  const watching = host();
  const { status } = await trainRun(run, watching);
  expect(status).toBe('finished');
  const weights = (await readFile(join(run.directory, 'weights.safetensors'))).toString('hex');
  return { weights, decoded: watching.decoded.length };
}

async function cacheFiles(): Promise<string[]> {
  return (await readdir(join(directory, 'features'))).map((name) => join(directory, 'features', name));
}

describe('runs that share the feature cache', () => {
  it.each(['float16', 'float32'] as const)('decode no photo twice, and end with the same bits, %s', async (cache) => {
    const first = await weightsAfter(options('first', cache));
    const second = await weightsAfter(options('second', cache));
    expect([first.decoded, second.decoded]).toEqual([shortRunPhotos.length, 0]);
    expect(second.weights).toBe(first.weights);
    const probe = host();
    await trainRun({ ...options('probe', 'none'), method: { name: 'linear' } }, probe);
    expect(probe.decoded).toEqual([]);
  });

  it('compute again what was damaged, cut off or given up, to the same bits', async () => {
    const first = await weightsAfter(options('first', 'float16'));
    const [path] = await cacheFiles();
    const bytes = await readFile(path!);
    bytes[Math.floor(bytes.length * 0.3)]! ^= 0x10;
    await writeFile(path!, bytes.subarray(0, Math.floor(bytes.length * 0.6)));
    const second = await weightsAfter(options('second', 'float16'));
    expect(second.decoded).toBeGreaterThan(shortRunPhotos.length * 0.3);
    expect(second.decoded).toBeLessThan(shortRunPhotos.length * 0.8);
    expect(second.weights).toBe(first.weights);
    for (const file of await cacheFiles()) await rm(file);
    const third = await weightsAfter(options('third', 'float16'));
    expect(third).toEqual(first);
  });

  it('resume to the same bits when the cache was cleared, or filled by a run of another micro-batch meanwhile', async () => {
    const expected = await weightsAfter(options('whole', 'float16'));
    for (const file of await cacheFiles()) await rm(file);
    const stopped = options('stopped', 'float16');
    expect((await trainRun(stopped, host({ stopAt: 40 }))).status).toBe('stopped');
    for (const file of await cacheFiles()) await rm(file);
    const other = options('other', 'float16');
    await trainRun(
      { ...other, plan: { ...other.plan, microBatch: 2, threads: 2 }, photos: shortRunPhotos.slice(0, 16) },
      host(),
    );
    const resumed = await weightsAfter({ ...stopped, resume: true });
    expect(resumed.decoded).toBe(2);
    expect(resumed.weights).toBe(expected.weights);
  });

  it('share the block inputs that they have in common', async () => {
    await weightsAfter(options('first', 'float32', { extract: [0, 1, 2, 3], adapt: [2, 3] }));
    const before = (await cacheFiles()).length;
    const own = { extract: [1, 3], adapt: [3] };
    const second = await weightsAfter(options('second', 'float32', own));
    expect((await cacheFiles()).length).toBe(before + 1);
    await rm(join(directory, 'features'), { recursive: true });
    const alone = await weightsAfter(options('alone', 'float32', own));
    expect(second.weights).toBe(alone.weights);
  });

  it('end with plain words where their features have no room, and keep nothing beyond the bound', async () => {
    const tight = options('tight', 'float32');
    const run = trainRun({ ...tight, features: { ...tight.features, limitBytes: 20_000 } }, host());
    await expect(run).rejects.toMatchObject({ code: 'cache.no-room' });
    await expect(run).rejects.toThrow(/Raise the limit .* and resume/);
    // A probe needs no cache: what finds no room is only not kept.
    const linear = { ...tight, method: { name: 'linear' as const }, plan: { ...tight.plan, cache: 'none' as const } };
    const probe = await trainRun({ ...linear, features: { ...tight.features, limitBytes: 0 } }, host());
    expect(probe.status).toBe('finished');
  });

  it('say which precision to choose for features that half precision cannot hold', () => {
    expect(() => encodeFeature(Float32Array.of(1, 70_000), 'float16')).toThrow(/--cache float32/);
    expect(() => encodeFeature(Float32Array.of(1, NaN), 'float16')).toThrow(/weights may be damaged/);
    expect(encodeFeature(Float32Array.of(1, 65_000), 'float16')).toHaveLength(4);
    expect(encodeFeature(Float32Array.of(1, 70_000), 'float32')).toHaveLength(8);
  });
});

describe('a step behind the cache', () => {
  const batch = 3;

  async function run(
    graph: ReturnType<typeof trainingGraph>['graph'],
    feeds: ReadonlyMap<string, Float32Array | Uint16Array>,
  ) {
    const session = await EngineSession.create(graph, { threads: 1, weightsFolder: backbone.directory });
    const outputs = await session.run(feeds);
    await session.release();
    return outputs;
  }

  function setting(dropPath: number, cached: boolean) {
    const method = dtlPlus(backbone.spec);
    const network = { spec: backbone.spec, weights: backbone.weights, method, classes: CLASSES, batch };
    const labels = [0, 2, 1];
    const classWeights = classWeightsOf(labels, CLASSES, 'none');
    return {
      ...trainingGraph(network, dropPath, cached),
      images: randomValues('images', batch * 3 * backbone.spec.imageSize ** 2, 1),
      targets: denseTargets(labels, { classes: CLASSES, labelSmoothing: 0.1, classWeights }),
      parameters: randomParameters(method, backbone.spec, CLASSES),
    };
  }

  it.each([
    { precision: 'float32', bound: 1e-6 },
    { precision: 'float16', bound: 1e-2 },
  ])('gives the gradients of the uncached one to $bound in $precision', async ({ precision, bound }) => {
    const { graph, split, images, targets, parameters } = setting(0, true);
    const whole = await run(graph, new Map([...parameters, [IMAGES, images], [TARGETS, targets]]));
    const frontier = await run(split!.prefix, new Map([[IMAGES, images]]));
    const half = precision === 'float16';
    const kept = [...frontier].map(([name, values]) => [name, half ? float32ToHalf(values) : values] as const);
    const suffix = half ? readAsHalf(split!.suffix, new Set(frontier.keys())) : split!.suffix;
    const cached = await run(suffix, new Map([...parameters, ...kept, [TARGETS, targets]]));
    expect([...cached.keys()]).toEqual([...whole.keys()]);
    for (const [name, values] of whole) expect(relativeL2(cached.get(name)!, values), name).toBeLessThanOrEqual(bound);
  });

  it('drops paths only behind what is cached, and there as without a cache', async () => {
    const dropPath = 0.6;
    const cached = setting(dropPath, true);
    const uncached = setting(dropPath, false);
    expect(uncached.split).toBeNull();
    // Blocks 2 and 3 are adapted: block 3 is the first whose branches depend on a parameter.
    expect(cached.branches).toEqual([6, 7].map(branchScaleName));
    expect(uncached.branches).toEqual([2, 3, 4, 5, 6, 7].map(branchScaleName));
    const draw = { seed: 3, epoch: 1, depth: blockCount(backbone.spec), dropPath };
    const drawn = drawBranchScales([1, 2, 3], batch, draw);
    const ones = new Map(uncached.branches.map((name) => [name, new Float32Array(batch).fill(1)]));
    const applied = new Map([...drawn].filter(([name]) => cached.branches.includes(name)));
    expect([...applied.values()].some((values) => values.includes(0))).toBe(true);
    const { images, targets, parameters } = cached;
    const frontier = await run(cached.split!.prefix, new Map([[IMAGES, images]]));
    const behind = await run(cached.split!.suffix, new Map([...parameters, ...frontier, ...drawn, [TARGETS, targets]]));
    const whole = await run(
      uncached.graph,
      new Map([...parameters, ...ones, ...applied, [IMAGES, images], [TARGETS, targets]]),
    );
    expect(behind.has(LOGITS)).toBe(true);
    for (const [name, values] of whole) expect(relativeL2(behind.get(name)!, values), name).toBeLessThanOrEqual(1e-6);
  });
});

import { createHash } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Random } from '../data/random.ts';
import { classWeightsOf, denseTargets } from '../data/targets.ts';
import { EngineError } from '../errors.ts';
import { partialOwner } from '../formats/write-atomic.ts';
import type { Graph } from '../graph/types.ts';
import type { BackboneSpec } from '../models/backbone-spec.ts';
import { quantisedWeights } from '../models/quantised-file.ts';
import { randomValues, writeRandomWeights } from '../models/random-weights.ts';
import { model } from '../models/registry.ts';
import { openWeightFile } from '../models/weight-file.ts';
import type { WeightFile } from '../models/weights.ts';
import { relativeL2 } from '../reference/finite-differences.ts';
import { EngineSession } from '../runtime/session.ts';
import { dtlPlus, randomParameters } from '../testing/tiny-network.ts';
import { IMAGES, TARGETS, trainingGraph } from './graphs.ts';
import { trainRun } from './run.ts';
import type { TrainHost, TrainOptions, TrainPhoto, TrainPlan } from './types.ts';

const CLASSES = 3;
/** As small as 8-bit kernels allow: 16 columns share a scale. */
const vit = { ...model('test_vit_4x12'), width: 32, heads: 2, mlpWidth: 96 } as BackboneSpec;
const swin = { ...model('test_swin_2_2'), width: 16, heads: [2, 4] } as BackboneSpec;

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'dtl-eight-bits-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

async function backbone(spec: BackboneSpec): Promise<string> {
  const path = join(directory, 'backbone.safetensors');
  await writeRandomWeights(path, spec);
  return path;
}

async function run(graph: Graph, weights: WeightFile, feeds: ReadonlyMap<string, Float32Array>) {
  const session = await EngineSession.create(graph, { threads: 1, weightsFolder: weights.folder, packWeights: true });
  const outputs = await session.run(feeds);
  await session.release();
  return outputs;
}

function step(spec: BackboneSpec, weights: WeightFile) {
  const method = dtlPlus(spec);
  const labels = [0, 2, 1];
  const classWeights = classWeightsOf(labels, CLASSES, 'none');
  const images = randomValues('images', labels.length * 3 * spec.imageSize ** 2, 1);
  return {
    ...trainingGraph({ spec, weights, method, classes: CLASSES, batch: labels.length }, 0, true),
    images: new Map([[IMAGES, images]]),
    others: new Map([
      ...randomParameters(method, spec, CLASSES),
      [TARGETS, denseTargets(labels, { classes: CLASSES, labelSmoothing: 0.1, classWeights })] as const,
    ]),
  };
}

describe.each([
  { family: 'ViT', spec: vit },
  { family: 'Swin', spec: swin },
])('a step of a $family whose matrices are in 8 bits', ({ spec }) => {
  it('has the same gradients behind the cache, and nearly those of the matrices as they are', async () => {
    const path = await backbone(spec);
    const [exact, rounded] = [await openWeightFile(path), await quantisedWeights(path, '', directory)];
    const { graph, split, images, others } = step(spec, rounded);
    expect(graph.nodes.filter(({ op }) => op === 'QuantisedLinear').length).toBeGreaterThan(20);
    const whole = await run(graph, rounded, new Map([...images, ...others]));
    const frontier = await run(split!.prefix, rounded, images);
    const cached = await run(split!.suffix, rounded, new Map([...frontier, ...others]));
    const asItIs = await run(step(spec, exact).graph, exact, new Map([...images, ...others]));
    expect([...cached.keys()]).toEqual([...asItIs.keys()]);
    for (const [name, values] of whole) {
      expect(relativeL2(cached.get(name)!, values), name).toBeLessThanOrEqual(1e-6);
      const error = relativeL2(values, asItIs.get(name)!);
      expect(error, name).toBeLessThanOrEqual(0.1);
      expect(error, name).toBeGreaterThan(0);
    }
  });
});

const photos: readonly TrainPhoto[] = Array.from({ length: 18 }, (_, id) => ({
  id,
  label: id % CLASSES,
  subset: id < 12 ? ('train' as const) : id < 15 ? ('validation' as const) : ('test' as const),
  content: createHash('sha256').update(String(id)).digest('hex'),
}));

async function options(name: string, plan: Partial<TrainPlan> = {}): Promise<TrainOptions> {
  return {
    directory: join(directory, name),
    weightsPath: await backbone(vit),
    tensorPrefix: '',
    spec: vit,
    normalisation: { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] },
    method: dtlPlus(vit),
    recipe: {
      start: 'probe',
      epochs: 2,
      batchSize: 5,
      learningRate: 3e-3,
      headLearningRateScale: 1,
      warmupEpochs: 0,
      warmupFrom: 0,
      cosineEpochs: 2,
      learningRateFloor: 1e-6,
      weightDecay: 0.05,
      dropPath: 0,
      labelSmoothing: 0.1,
      classWeights: 'none',
      augmentation: 'none',
      dropLastBatch: false,
      keep: 'last',
    },
    plan: { threads: 1, microBatch: 3, cache: 'float16', weights: 'int8', packWeights: true, ...plan },
    features: { folder: join(directory, 'features'), limitBytes: 1e8, backbone: 'tiny', preprocessing: 'none' },
    seed: 4,
    classes: CLASSES,
    photos,
    resume: false,
  };
}

/** A host that counts the photos it decodes, and can stop after so many parts of training. */
function host({ stopAt = Infinity } = {}): TrainHost & { decoded: number[] } {
  const decoded: number[] = [];
  let trained = 0;
  return {
    decoded,
    check: () => Promise.resolve(),
    pixels: ({ id, label }) => {
      decoded.push(id);
      const random = new Random(9, ['photo', id]);
      return Promise.resolve(
        Uint8Array.from({ length: 3 * vit.imageSize ** 2 }, () => 80 + 30 * label + 90 * random.uniform()),
      );
    },
    progress: (phase) => {
      if (phase === 'training') trained++;
    },
    epoch: () => '',
    epochAgain: () => undefined,
    checkpoint: () => undefined,
    photoFailed: ({ id }, reason) => expect.fail(`photo ${id}: ${reason}`),
    checkStopped: () => (trained >= stopAt ? Promise.reject(new EngineError('stopped', 'stop')) : Promise.resolve()),
  };
}

const weightsOf = async (run: TrainOptions): Promise<string> =>
  (await readFile(join(run.directory, 'weights.safetensors'))).toString('hex');

describe('a run with a backbone in 8 bits', () => {
  it('goes on after a stop to the same bits, and leaves no copy of the backbone behind', async () => {
    const straight = await options('straight');
    expect(await trainRun(straight, host())).toMatchObject({ status: 'finished' });
    const stopped = await options('stopped');
    expect(await trainRun(stopped, host({ stopAt: 4 }))).toMatchObject({ status: 'stopped' });
    expect(existsSync(join(stopped.directory, 'checkpoint.safetensors'))).toBe(true);
    expect(await trainRun({ ...stopped, resume: true }, host())).toMatchObject({ status: 'finished' });
    expect(await weightsOf(stopped)).toBe(await weightsOf(straight));
    for (const run of [straight, stopped])
      expect((await readdir(run.directory)).filter((name) => name.includes('backbone'))).toEqual([]);
  });

  it('has its copy of the backbone under the name of what its process has not finished', async () => {
    const run = await options('watched');
    const seen = new Set<string>();
    const progress = (): void => {
      for (const name of readdirSync(run.directory)) if (name.includes('backbone')) seen.add(name);
    };
    await trainRun(run, { ...host(), progress });
    expect([...seen].map(partialOwner)).toEqual([process.pid]);
  });

  it('takes no features that the backbone as it is has given, nor gives it any', async () => {
    const decodedBy = async (run: TrainOptions): Promise<number> => {
      const watching = host();
      await trainRun(run, watching);
      return watching.decoded.length;
    };
    expect(await decodedBy(await options('first'))).toBe(photos.length);
    expect(await decodedBy(await options('as it is', { weights: 'float32' }))).toBe(photos.length);
    expect(await decodedBy(await options('again'))).toBe(0);
  });

  it('is no continuation of one with the backbone as it is', async () => {
    const run = await options('run', { weights: 'float32' });
    await trainRun(run, host({ stopAt: 4 }));
    const resumed = { ...run, plan: { ...run.plan, weights: 'int8' as const }, resume: true };
    await expect(trainRun(resumed, host())).rejects.toMatchObject({ code: 'checkpoint.mismatch' });
  });

  it('is refused on any device but the CPU, and leaves nothing behind', async () => {
    const run = await options('elsewhere', { provider: 'webgpu' });
    await expect(trainRun(run, host())).rejects.toThrow(/8 bits is computed on the CPU, not on webgpu/);
    expect(await readdir(run.directory)).toEqual([]);
  });
});

import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { normaliseInto } from '../data/normalise.ts';
import { selfTestPixels } from '../data/self-test-inputs.ts';
import { classWeightsOf, denseTargets } from '../data/targets.ts';
import { readSafetensorsHeader, readTensorFloat32, writeSafetensorsStream } from '../formats/safetensors.ts';
import { partialOwner } from '../formats/write-atomic.ts';
import type { Graph } from '../graph/types.ts';
import { float32ToHalf } from '../half.ts';
import type { BackboneSpec } from '../models/backbone-spec.ts';
import { quantisedWeights } from '../models/quantised-file.ts';
import { randomValues, writeRandomWeights } from '../models/random-weights.ts';
import { model } from '../models/registry.ts';
import { openWeightFile } from '../models/weight-file.ts';
import type { WeightFile } from '../models/weights.ts';
import { relativeL2 } from '../reference/finite-differences.ts';
import { EngineSession } from '../runtime/session.ts';
import type { WatchedHost } from '../testing/short-run.ts';
import { SHORT_RUN_CLASSES, shortRun, shortRunPhotos, watchedHost } from '../testing/short-run.ts';
import { dtlPlus, randomParameters } from '../testing/tiny-network.ts';
import { GRADIENT_PREFIX, IMAGES, LOGITS, TARGETS, trainingGraph } from './graphs.ts';
import { trainRun } from './run.ts';
import type { TrainHost, TrainOptions, TrainPlan } from './types.ts';

const CLASSES = SHORT_RUN_CLASSES;
/** As small as 8-bit kernels allow: 16 columns share a scale. */
const vit = { ...model('test_vit_4x12'), width: 32, heads: 2, mlpWidth: 96 } as BackboneSpec;
const swin = { ...model('test_swin_2_2'), width: 16, heads: [2, 4] } as BackboneSpec;

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'dtl-eight-bits-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const forTraining = { forBackward: true, checkStopped: () => Promise.resolve() };

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
    const [exact, rounded] = [await openWeightFile(path), await quantisedWeights(path, '', directory, forTraining)];
    const { graph, split, images, others } = step(spec, rounded);
    const products = graph.nodes.filter(({ op }) => op === 'QuantisedLinear');
    expect(products.length).toBeGreaterThan(20);
    // Where features are means, the last block's second product is one of means.
    const ofMeans = products.filter(({ inputs: [rows] }) => rows?.shape[0] === 3);
    expect(ofMeans.length).toBe(spec.family === 'vit' ? 2 : 0);
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

describe('a checkpoint in 8 bits', () => {
  it.each(['float32', 'float16', 'bfloat16'] as const)(
    'gives the logits of the %s checkpoint that it was made of, whatever its names begin with and what else it holds',
    async (dtype) => {
      const path = await storedAs(dtype, await backbone(vit));
      const { graph, images, others } = step(vit, await openWeightFile(path, 'backbone.'));
      const rounded = await quantisedWeights(path, 'backbone.', directory, forTraining);
      const expected = await run(graph, await openWeightFile(path, 'backbone.'), new Map([...images, ...others]));
      const actual = await run(step(vit, rounded).graph, rounded, new Map([...images, ...others]));
      expect(relativeL2(actual.get(LOGITS)!, expected.get(LOGITS)!)).toBeLessThanOrEqual(3e-2);
      expect([...rounded.tensors.keys()].filter((name) => /backbone|head/.test(name))).toEqual([]);
    },
  );

  it('has no transposes where nothing is differentiated', async () => {
    const rounded = await quantisedWeights(await backbone(vit), '', directory, { ...forTraining, forBackward: false });
    expect([...rounded.tensors.keys()].filter((name) => name.includes('transposed'))).toEqual([]);
    expect(rounded.tensors.has('blocks.0.mlp.fc1.weight.codes')).toBe(true);
  });

  it('of the pretrained backbone is a few hundredths off in its logits and gradients', async () => {
    const path = new URL('../backbones/vit_tiny_patch16_224.safetensors', import.meta.url).pathname;
    const spec = model('vit_tiny_patch16_224');
    const [exact, rounded] = [await openWeightFile(path), await quantisedWeights(path, '', directory, forTraining)];
    const { others } = step(spec, exact);
    const images = new Float32Array(3 * 3 * spec.imageSize ** 2);
    const normalisation = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] } as const;
    for (const photo of [0, 1, 2])
      normaliseInto(
        images,
        (photo * images.length) / 3,
        selfTestPixels(spec.imageSize, photo),
        spec.imageSize,
        normalisation,
      );
    const feeds = new Map([[IMAGES, images], ...others]);
    const expected = await run(step(spec, exact).graph, exact, feeds);
    const actual = await run(step(spec, rounded).graph, rounded, feeds);
    expect(relativeL2(actual.get(LOGITS)!, expected.get(LOGITS)!)).toBeLessThanOrEqual(2e-2);
    const gradients = [...expected.keys()].filter((name) => name.startsWith(GRADIENT_PREFIX) && name.includes('dtl'));
    const all = (outputs: ReadonlyMap<string, Float32Array>): number[] =>
      gradients.flatMap((name) => [...outputs.get(name)!]);
    expect(relativeL2(all(actual), all(expected))).toBeLessThanOrEqual(5e-2);
  });
});

/** The checkpoint at `path` in another precision, with `backbone.` before its names, and beside it what is none of it. */
async function storedAs(dtype: 'float32' | 'float16' | 'bfloat16', path: string): Promise<string> {
  const source = await readSafetensorsHeader(path);
  const target = join(directory, `${dtype}.safetensors`);
  const tensors = [...source.tensors.values()].map((entry) => ({
    name: `backbone.${entry.name}`,
    dtype,
    shape: entry.shape,
    data: async () => {
      const values = await readTensorFloat32(source, entry);
      const bits = new Uint32Array(values.buffer);
      const stored = {
        float32: () => values,
        float16: () => float32ToHalf(values),
        bfloat16: () => Uint16Array.from(bits, (word) => word >>> 16),
      }[dtype]();
      return new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength);
    },
  }));
  const head = { name: 'head.blocks.0.attn.qkv.weight', dtype: 'int64' as const, shape: [3, 16] };
  await writeSafetensorsStream(target, [...tensors, { ...head, data: () => new Uint8Array(3 * 16 * 8) }], {});
  return target;
}

async function options(name: string, plan: Partial<TrainPlan> = {}): Promise<TrainOptions> {
  return shortRun({
    directory,
    name,
    weightsPath: await backbone(vit),
    spec: vit,
    method: dtlPlus(vit),
    plan: { cache: 'float16', weights: 'int8', packWeights: true, ...plan },
  });
}

/** Can stop after so many parts of training. */
const host = ({ stopAt = Infinity } = {}): WatchedHost => watchedHost(vit, (trained) => trained >= stopAt);

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
    expect(await decodedBy(await options('first'))).toBe(shortRunPhotos.length);
    expect(await decodedBy(await options('as it is', { weights: 'float32' }))).toBe(shortRunPhotos.length);
    expect(await decodedBy(await options('again'))).toBe(0);
  });

  it('is no continuation of one with the backbone as it is', async () => {
    const run = await options('run', { weights: 'float32' });
    await trainRun(run, host({ stopAt: 4 }));
    const resumed = { ...run, plan: { ...run.plan, weights: 'int8' as const }, resume: true };
    await expect(trainRun(resumed, host())).rejects.toMatchObject({ code: 'checkpoint.mismatch' });
  });

  it('ends as it would have where its copy of the backbone cannot be deleted', async () => {
    const run = await options('undeletable');
    const progress = (): void => {
      for (const name of readdirSync(run.directory)) {
        if (!name.includes('backbone')) continue;
        rmSync(join(run.directory, name), { recursive: true });
        mkdirSync(join(run.directory, name));
      }
    };
    const phase: TrainHost['progress'] = (now) => {
      if (now === 'evaluating') progress();
    };
    expect(await trainRun(run, { ...host(), progress: phase })).toMatchObject({ status: 'finished' });
  });

  it('removes what an earlier process of it left behind, and stops before its copy is whole', async () => {
    const run = await options('killed');
    await mkdir(run.directory);
    await writeFile(join(run.directory, '.backbone-8bit.safetensors.999999-0123456789ab.partial'), 'left');
    expect(await trainRun(run, host({ stopAt: 0 }))).toMatchObject({ status: 'stopped' });
    expect(await readdir(run.directory)).toEqual([]);
  });

  it('is refused where no block of the kernels divides any of its matrices', async () => {
    const narrow = model('test_vit_4x12');
    const run = { ...(await options('narrow')), spec: narrow, method: dtlPlus(narrow) };
    await writeRandomWeights(run.weightsPath, narrow);
    await expect(trainRun(run, host())).rejects.toMatchObject({ code: 'train.weights' });
    expect(await readdir(run.directory)).toEqual([]);
  });

  it('is refused on any device but the CPU, and leaves nothing behind', async () => {
    const run = await options('elsewhere', { provider: 'webgpu' });
    await expect(trainRun(run, host())).rejects.toThrow(/8 bits is computed on the CPU, not on webgpu/);
    expect(await readdir(run.directory)).toEqual([]);
  });
});

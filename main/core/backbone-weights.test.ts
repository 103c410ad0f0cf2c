/** Runs with the backbone's matrices in 8 bits, over a real store and an engine that does what the test says. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TrainRequest as WindowRequest } from '#app/contract/runs.ts';
import type { BackboneSpec } from '#app/domain/backbone.ts';
import type { AskedPlan } from '#app/domain/choose-plan.ts';
import { backboneIdentity } from '#app/domain/id-of.ts';
import type { RunId } from '#app/domain/ids.ts';
import { methodFor } from '#app/domain/method-defaults.ts';
import type { Project } from '#app/domain/project.ts';
import { defaultRecipe } from '#app/domain/recipes.ts';
import type { RunPlan, WeightPrecision } from '#app/domain/run-config.ts';
import type { Run, RunSample } from '#app/domain/run.ts';
import type { StoredBackbone } from '#app/domain/stored-backbone.ts';
import type { EnginePort } from '#app/ports/engine.ts';
import type { RunRepository } from '#app/ports/repositories.ts';
import { secondsToExpect } from '#app/runs/expected-time.ts';
import { planFor } from '#app/runs/prepare-run.ts';
import { previewMemory } from '#app/runs/preview-memory.ts';
import type { ScriptedEngine } from '#app/testing/scripted-engine.ts';
import { finishedRun, scriptedEngine } from '#app/testing/scripted-engine.ts';
import { temporaryStore } from '../db/testing/temporary-store.ts';
import { forecast } from '../engine/forecast.ts';
import type { Core } from './open-core.ts';
import { openCore } from './open-core.ts';
import { renderSamplePhotos } from './samples.ts';
import { trainRequest } from './testing/train-request.ts';
import type { TrainRequest } from './use-cases.ts';

const eight: TrainRequest = { ...trainRequest, plan: { weights: 'int8' } };

let folder: string;
let core: Core;
let project: Project;
let scripted: ScriptedEngine;
/** Photos a second in the steps of the next run. */
let speed: number;

/** What the CPU multiplies in a second. */
const PRODUCTS = 1e11;

/** A machine with a graphics card that works. */
function withCard(engine: EnginePort): EnginePort {
  return {
    run: (job, host) => {
      if (job.kind === 'doctor') {
        const providers = ['cuda', 'cpu'].map((name) => ({ name, available: true, reason: null, automatic: true }));
        return Promise.resolve({ kind: 'doctor', runtime: 'scripted 1', providers, rssBytes: 0 } as never);
      }
      if (job.kind === 'check-provider') {
        return Promise.resolve({ kind: 'check-provider', difference: 0, largest: 0.01, fallbacks: [] } as never);
      }
      return engine.run(job, host);
    },
  };
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dtl-weights-'));
  await renderSamplePhotos(join(folder, 'photos'), { seed: 0, perClass: 5, size: 32 });
  scripted = scriptedEngine({
    rate: () => PRODUCTS,
    train: async (job, { emit }) => {
      await mkdir(job.directory, { recursive: true });
      const path = join(job.directory, 'weights.safetensors');
      await writeFile(path, '');
      const validation = { loss: 1, accuracy: 1, macroF1: 1 };
      const figures = { epochs: 1, trainLoss: 1, learningRate: 1e-3, validation, rssBytes: 1 };
      emit({ type: 'epoch', epoch: 1, imagesPerSecond: speed, ...figures });
      return { ...finishedRun(job, path), seconds: 0 };
    },
  });
  core = await openCore({
    home: join(folder, 'home'),
    what: 'a test',
    access: 'write',
    engine: withCard(scripted),
  });
  project = core.projects.create('p');
  await core.library.import(project, join(folder, 'photos'));
  core.labels.fromFolders(project, { folder: null, overwrite: false });
});

afterEach(async () => {
  core.close();
  await rm(folder, { recursive: true, force: true });
});

async function trained(asked: TrainRequest, photosASecond: number): Promise<RunId> {
  const { run } = await core.runs.prepare(project, asked);
  speed = photosASecond;
  await core.runs.execute(run);
  return run.id;
}

async function expected(asked: TrainRequest): Promise<number> {
  return (await core.runs.dryRun(project, asked)).secondsToExpect ?? 0;
}

describe('a backbone in 8 bits', () => {
  it('is told to the engine, said by preview, log and record, and compared with one as it is', async () => {
    const preview = await core.runs.dryRun(project, eight);
    expect(preview).toMatchObject({ weights: 'int8', problems: [], memory: { fit: 'fits' } });
    const usual = await core.runs.dryRun(project, trainRequest);
    expect(usual.weights).toBe('float32');
    expect(preview.memory!.peakBytes).toBeLessThan(usual.memory!.peakBytes);
    // Codes and their transposes, some 1.05 bytes a number, beside what stays as it is.
    expect(preview.copyBytes / preview.backbone.parameters).toBeGreaterThan(1);
    expect(preview.copyBytes / preview.backbone.parameters).toBeLessThan(4);
    expect(usual.copyBytes).toBe(0);

    const [one, two] = [await trained(eight, 50), await trained(trainRequest, 50)];
    const plans = scripted.jobs.flatMap((job) => (job.kind === 'train' ? [job.plan] : []));
    expect(plans.map(({ weights, memory }) => [weights, memory?.packWeights])).toEqual([
      ['int8', true],
      [undefined, true],
    ]);
    expect(Object.hasOwn(plans[1]!, 'weights')).toBe(false);
    const log = (await core.runs.page(one)).log.map(({ line }) => line).join('\n');
    expect(log).toContain('Backbone weights in 8 bits');
    const { settings } = core.runs.compare([one, two]);
    expect(settings).toContainEqual({ name: 'Backbone weights', values: ['in 8 bits', 'as they are'] });
    expect([one, two].map((id) => core.runs.row(id).weights)).toEqual(['int8', 'float32']);
    const [head = [], ...rows] = core.runs
      .csv(project.id)
      .trim()
      .split(/\r?\n/)
      .map((line) => line.split(','));
    expect(rows.map((cells) => cells[head.indexOf('backbone_weights')])).toEqual(['float32', 'int8']);
  });

  it('is asked for by the window as by the command', async () => {
    const request: WindowRequest = {
      split: null,
      backbone: null,
      method: 'dtl+',
      methodSettings: {},
      recipe: 'default',
      recipeChanges: {},
      device: 'cpu',
      threads: null,
      weights: 'int8',
      fit: 'squash',
      sixteenBit: 'full-range',
    };
    expect(await core.runs.preview(project, request)).toMatchObject({ weights: 'int8', problems: [] });
    const usual = await core.runs.preview(project, { ...request, weights: undefined });
    expect(usual).toMatchObject({ weights: 'float32', problems: [] });
    const refused = await core.runs.preview(project, { ...request, device: 'cuda' });
    expect(refused.problems).toEqual([expect.stringContaining('on the CPU alone')]);
  });

  it('is refused on another device than the CPU before anything starts, by the preview as by runs and sweeps', async () => {
    const onCard: TrainRequest = { ...eight, device: 'cuda' };
    const { problems } = await core.runs.dryRun(project, onCard);
    expect(problems).toEqual([
      'A backbone in 8 bits can be computed on the CPU alone, and this run would be on CUDA (NVIDIA). ' +
        'Choose the CPU (--device cpu, or Device under "More settings, This machine"), or weights as they are.',
    ]);
    const refusal = { code: 'train.weights', kind: 'expected', data: { device: 'cuda' } };
    await expect(core.runs.prepare(project, onCard)).rejects.toMatchObject(refusal);
    await expect(core.runs.prepare(project, onCard)).rejects.toThrow('Nothing was started.');
    const members = { learningRates: [1e-3], seeds: [0] };
    await expect(core.runs.prepareSweep(project, onCard, members)).rejects.toMatchObject(refusal);
    // What the machine would take by itself is no other case.
    await expect(core.runs.prepare(project, { ...eight, device: 'auto' })).rejects.toMatchObject(refusal);
    expect(core.runs.list(project)).toEqual([]);
    expect(await core.runs.dryRun(project, { ...trainRequest, device: 'cuda' })).toMatchObject({ problems: [] });
  });

  it('is what would help where a run does not fit into the memory', async () => {
    const [tiny] = await core.backbones.list();
    if (tiny?.spec.family !== 'vit') throw new Error('there is no ViT');
    const spec = { ...tiny.spec, width: 384, heads: 6, mlpWidth: 1536 };
    const backbone = { ...tiny, spec };
    const classes = core.classes.list(project.id).map(({ id, name }) => ({ id, name }));
    const selection = { samples: Array<RunSample>(100), classes };
    const network = { backbone, method: methodFor('dtl+', spec), recipe: defaultRecipe, selection };
    const machine = { physicalCores: 1, freeMemoryBytes: 1e8, freeDiskBytes: null, cacheBytes: 1e12 };
    const memory = {
      packWeights: true,
      recompute: 'none',
      evaluation: 'alone',
      peakBytes: 4e8,
      budgetBytes: 1e8,
    } as const;
    const plan = { provider: 'cpu', threads: 1, microBatch: 4, cache: 'float16', memory } as const;
    const host = { forecast, machine: () => machine };
    const adviceFor = (planned: RunPlan, asked: AskedPlan = {}): string =>
      previewMemory(planned, asked, network, host)?.advice.join(' ') ?? '';
    const offer = /Backbone weights in 8 bits \(--weights int8, or under "More settings"\): (\d+) MB\./;
    const offered = (asked: AskedPlan): number => Number(offer.exec(adviceFor(plan, asked))?.[1]);
    expect(adviceFor(plan)).toMatch(/^Photos one at a time and nothing packed: \d+ MB\. Backbone weights in 8 bits/);
    // What such a run would really get: other settings than those of the plan that does not fit.
    for (const asked of [{}, { microBatch: 4 }, { memoryBytes: 3e8 }]) {
      const chosen = planFor(
        { backbone, plan: { ...asked, weights: 'int8' } },
        network.method,
        defaultRecipe,
        selection,
        host,
      );
      expect(offered(asked)).toBe(Math.round((chosen.memory?.peakBytes ?? 0) / 1e6));
    }
    expect(offered({})).toBeLessThan(offered({ microBatch: 4 }));
    // What it has already is no advice, and it is always packed.
    const already = adviceFor({ ...plan, weights: 'int8' });
    expect(already).toMatch(/^Photos one at a time: \d+ MB\./);
    expect(already).not.toContain('8 bits');
  });

  it('is expected to take as long as runs of its own kind did, and a share of the others’ time before there was one', async () => {
    // Features and steps alike: ViT-Ti gains a tenth.
    expect((await expected(trainRequest)) / (await expected(eight))).toBeCloseTo(1.1, 5);
    await trained(trainRequest, 50);
    const usual = await expected(trainRequest);
    expect(usual / (await expected(eight))).toBeCloseTo(1.1, 5);
    await trained(eight, 200);
    expect(usual / (await expected(eight))).toBeCloseTo(4, 5);
    expect(await expected(trainRequest)).toBe(usual);
  });

  it('is expected to gain more where most blocks are wide, which those of a Swin are not whatever its features are', async () => {
    const [tiny] = await core.backbones.list();
    if (tiny?.spec.family !== 'vit') throw new Error('there is no ViT');
    const { store } = temporaryStore();
    const ports = { store, host: { forecast }, productRate: () => Promise.resolve(PRODUCTS) };
    const selection = { counts: { train: 10, validation: 0, test: 0 }, samples: Array<RunSample>(10), classes: [] };
    const gainOn = async (spec: BackboneSpec): Promise<number> => {
      const run = { backbone: { ...tiny, spec }, method: methodFor('dtl+', spec), recipe: defaultRecipe, selection };
      const plan = { provider: 'cpu', threads: 1, microBatch: 1, cache: 'float16' } as const;
      const seconds = async (asked: RunPlan): Promise<number> =>
        (await secondsToExpect(ports, { ...run, plan: asked })) ?? 0;
      return (await seconds(plan)) / (await seconds({ ...plan, weights: 'int8' }));
    };
    const stages = {
      family: 'swin',
      imageSize: 224,
      patchSize: 4,
      windowSize: 7,
      mlpRatio: 4,
      layerNormEps: 1e-5,
    } as const;
    expect(await gainOn({ ...tiny.spec, width: 768, heads: 12, mlpWidth: 3072 })).toBeCloseTo(1.6, 5);
    expect(await gainOn({ ...stages, width: 96, depths: [2, 2, 6, 2], heads: [3, 6, 12, 24] })).toBeCloseTo(1.1, 5);
  });

  it('is expected to gain on another backbone what that one gains, whichever weights its runs there had', async () => {
    const [tiny] = await core.backbones.list();
    if (tiny?.spec.family !== 'vit') throw new Error('there is no ViT');
    const wide: StoredBackbone = {
      ...tiny,
      identity: backboneIdentity('b'.repeat(64)),
      spec: { ...tiny.spec, width: 768, heads: 12, mlpWidth: 3072 },
    };
    const runs = [await trained(trainRequest, 50), await trained(eight, 55)].map((id) => core.runs.get(id));
    const plan = { provider: 'cpu', threads: runs[0]!.config.plan.threads, microBatch: 1, cache: 'float16' } as const;
    const selection = { counts: { train: 10, validation: 0, test: 0 }, samples: Array<RunSample>(10), classes: [] };
    const run = { backbone: wide, method: methodFor('dtl+', wide.spec), recipe: defaultRecipe, selection };
    const secondsAfter = async (earlier: readonly Run[], weights: WeightPrecision): Promise<number> => {
      const { store } = temporaryStore();
      const told: Pick<RunRepository, 'finishedOn' | 'metrics' | 'overview'> = {
        finishedOn: (identity) => (identity === tiny.identity ? earlier : []),
        metrics: (id) => core.runs.show(core.runs.get(id)).metrics,
        overview: (id) => store.runs.overview(id),
      };
      const ports = {
        store: { ...store, backbones: { ...store.backbones, list: () => [tiny] }, runs: { ...store.runs, ...told } },
        host: { forecast },
        productRate: () => Promise.resolve(null),
      };
      return (await secondsToExpect(ports, { ...run, plan: { ...plan, weights } })) ?? 0;
    };
    const [usual, ofEight] = runs as [Run, Run];
    const asItIs = await secondsAfter([usual], 'float32');
    expect(asItIs / (await secondsAfter([usual], 'int8'))).toBeCloseTo(1.6, 5);
    // 55 photos a second are the 50 and the tenth that a narrow backbone gains.
    expect(asItIs / (await secondsAfter([ofEight], 'int8'))).toBeCloseTo(1.6, 5);
    // Its own kind before others, though those are newer.
    const faster = { ...usual, endedAt: (ofEight.endedAt ?? 0) + 1 };
    expect(await secondsAfter([faster, ofEight], 'int8')).toBe(await secondsAfter([ofEight], 'int8'));
  });
});

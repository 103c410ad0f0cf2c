import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Project } from '#app/domain/project.ts';
import { finishedRun, scriptedEngine, stoppedRun } from '#app/testing/scripted-engine.ts';
import type { Core } from './open-core.ts';
import { openCore } from './open-core.ts';
import { renderSamplePhotos } from './samples.ts';
import { trainRequest } from './testing/train-request.ts';
import type { TrainRequest } from './use-cases.ts';

const request: TrainRequest = { ...trainRequest, recipeChanges: { augmentation: 'flip' } };

let folder: string;
let core: Core;
let project: Project;
/** What the engine says of the CPU; null where it fails. */
let rate: number | null;
/** What it says a run took. */
let seconds: number;
/** Whether it is asked to stop after the first epoch. */
let stops: boolean;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dtl-dry-run-'));
  await renderSamplePhotos(join(folder, 'photos'), { seed: 0, perClass: 5, size: 32 });
  [rate, seconds, stops] = [null, 1, false];
  const engine = scriptedEngine({
    rate: () => rate ?? Promise.reject(new Error('no runtime')),
    train: async (job, { emit }) => {
      await mkdir(job.directory, { recursive: true });
      const path = join(job.directory, 'weights.safetensors');
      await writeFile(path, '');
      const validation = { loss: 1, accuracy: 1, macroF1: 1 };
      const figures = { epochs: 1, trainLoss: 1, learningRate: 1e-3, validation, rssBytes: 1 };
      if (job.method.name !== 'linear') emit({ type: 'epoch', epoch: 1, imagesPerSecond: 50, ...figures });
      return stops ? stoppedRun(job) : { ...finishedRun(job, path), seconds };
    },
  });
  core = await openCore({ home: join(folder, 'home'), what: 'a test', access: 'write', engine });
  project = core.projects.create('p');
  await core.library.import(project, join(folder, 'photos'));
  core.labels.fromFolders(project, { folder: null, overwrite: false });
});

afterEach(async () => {
  core.close();
  await rm(folder, { recursive: true, force: true });
});

it('tells what would be trained and that it fits, and keeps neither a run nor a split', async () => {
  const preview = await core.runs.dryRun(project, { ...request, plan: { memoryBytes: 2 ** 40 } });
  expect(preview).toMatchObject({ microBatch: 8, cache: 'none', problems: [] });
  expect(preview.memory).toMatchObject({ budgetBytes: 2 ** 40, advice: [] });
  // ViT-Ti: 22 MB of weights, twice, beside the process and 8 photos at once.
  expect(preview.memory?.peakBytes).toBeGreaterThan(300e6);
  expect(preview.memory?.peakBytes).toBeLessThan(600e6);
  expect(core.runs.list(project)).toEqual([]);
  expect((await core.runs.dryRun(project, request)).split).toBeNull();
});

it('keeps to the memory that it may take: fewer photos at once, less time for it, down to what it needs at least', async () => {
  const within = async (memoryBytes: number) => core.runs.dryRun(project, { ...request, plan: { memoryBytes } });
  const free = await within(2 ** 40);
  const half = await within(Math.round(0.8 * (free.memory?.peakBytes ?? 0)));
  expect(half.microBatch).toBeLessThan(free.microBatch);
  expect(half.memory?.peakBytes).toBeLessThanOrEqual(half.memory?.budgetBytes ?? 0);
  const tight = await within(1);
  expect(tight).toMatchObject({ microBatch: 1, memory: { fit: 'tight' } });
});

it('says what would take less, and what that would take, where it does not fit', async () => {
  const adviceFor = async (methodSettings: TrainRequest['methodSettings']) => {
    const plan = { microBatch: 32, memoryBytes: 1e6 };
    const { memory } = await core.runs.dryRun(project, { ...request, methodSettings, plan });
    expect(memory?.fit).toBe('tight');
    return memory?.advice.join(' ');
  };
  expect(await adviceFor({})).toMatch(/^Photos one at a time and nothing packed: \d+ MB\. A linear probe: \d+ MB\./);
  // Hardly anything is constant where every block is adapted.
  expect(await adviceFor({ adapt: 'all' })).toMatch(
    /^Photos one at a time and nothing packed: \d+ MB\. Adapting the usual blocks: \d+ MB\. A linear probe: \d+ MB\./,
  );
});

it('expects a time from how fast this CPU multiplies where nothing was trained yet, and none where that cannot be told', async () => {
  expect((await core.runs.dryRun(project, request)).secondsToExpect).toBeNull();
  // Asked again, since it could not be told.
  rate = 1e9;
  const slow = (await core.runs.dryRun(project, request)).secondsToExpect ?? 0;
  const { photos } = await core.runs.dryRun(project, request);
  // ViT-Ti: 2.5 GFLOP to look at a photo once, some 1 to 2 in each of its 100 steps.
  expect(slow).toBeGreaterThan(photos.train * (2.5 + 100) * 0.8);
  expect(slow).toBeLessThan(photos.train * (2.5 + 100 * 3) * 1.6);
  // The answer of before holds.
  rate = 1e12;
  expect((await core.runs.dryRun(project, request)).secondsToExpect).toBe(slow);
});

it('expects a time from the arithmetic of a run of another kind', async () => {
  const { run } = await core.runs.prepare(project, { ...request, recipeChanges: {} });
  await core.runs.execute(run);
  const secondsOf = async (epochs: number, adapt: 'all' | undefined) => {
    const methodSettings = adapt === undefined ? {} : { adapt };
    const changes = { augmentation: 'flip' as const, epochs };
    return (
      (await core.runs.dryRun(project, { ...request, methodSettings, recipeChanges: changes })).secondsToExpect ?? 0
    );
  };
  const [usual, more, heavier] = [
    await secondsOf(100, undefined),
    await secondsOf(200, undefined),
    await secondsOf(100, 'all'),
  ];
  // Without the cache the whole network is computed at every step: 3.6 GFLOP a photo and not 2.
  const photos = (await core.runs.dryRun(project, request)).photos;
  const cachedOnly = (photos.train * 100) / 50;
  expect(usual).toBeGreaterThan(1.5 * cachedOnly);
  expect(usual).toBeLessThan(3 * cachedOnly);
  expect(more / usual).toBeCloseTo(2, 1);
  expect(heavier).toBeGreaterThan(1.1 * usual);
});

/** Of a run without augmentation, so that its frozen features are kept. */
const plain = (method: TrainRequest['method'] = 'dtl+'): TrainRequest => ({ ...request, method, recipeChanges: {} });

async function expected(asked: TrainRequest): Promise<number> {
  return (await core.runs.dryRun(project, asked)).secondsToExpect ?? 0;
}

/** Trains in attempts that take so long by the engine's clock; all but the last are stopped. */
async function trained(asked: TrainRequest, ...attempts: readonly number[]): Promise<void> {
  const { run } = await core.runs.prepare(project, asked);
  for (const [at, took] of attempts.entries()) {
    [seconds, stops] = [took, at < attempts.length - 1];
    await core.runs.execute(run);
  }
}

it('expects less where fewer blocks are adapted than in the run before, and more where all are', async () => {
  await trained(plain(), 40);
  const [fewer, usual, all] = [
    await expected({ ...plain(), methodSettings: { adapt: [11] } }),
    await expected(plain()),
    await expected({ ...plain(), methodSettings: { adapt: 'all' } }),
  ];
  expect(fewer).toBeLessThan(0.7 * usual);
  expect(all).toBeGreaterThan(1.2 * usual);
});

it('does not take a run whose photos were all in the feature cache for how long new photos take', async () => {
  const { photos } = await core.runs.dryRun(project, plain());
  const steps = (photos.train * 30) / 50;
  await trained(plain(), steps);
  // ViT-Ti: 2.5 GFLOP for the features of a photo, some 2 for it in a step.
  const all = photos.train + photos.validation + photos.test;
  expect(await expected(plain())).toBeGreaterThan(steps + all / 50);
  await trained(plain(), steps + 300);
  const cold = await expected(plain());
  expect(cold).toBeGreaterThan(steps + 290);
  await trained(plain(), steps);
  expect(await expected(plain())).toBeCloseTo(cold);
});

it('expects of a linear probe what the one took that had to compute the features', async () => {
  await trained(plain('linear'), 30);
  await trained(plain('linear'), 0.1);
  expect(await expected(plain('linear'))).toBeCloseTo(30);
});

it('does not take what the last process of a resumed run needed for all of it', async () => {
  await trained(plain(), 500, 0.1);
  const resumed = await expected(plain());
  const { photos } = await core.runs.dryRun(project, plain());
  const all = photos.train + photos.validation + photos.test;
  expect(resumed).toBeGreaterThan((photos.train * 30 + all) / 50);
});

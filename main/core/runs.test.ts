/** Use cases of runs over a real store and real photos, with an engine that does what the test says. */
import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EngineEvent, TrainJob } from '#app/contract/engine.ts';
import { AppError } from '#app/domain/errors.ts';
import type { Project } from '#app/domain/project.ts';
import type { Script } from '#app/testing/scripted-engine.ts';
import { finishedRun, scriptedEngine, stoppedRun } from '#app/testing/scripted-engine.ts';
import { openStore } from '../db/store.ts';
import type { Core } from './open-core.ts';
import { openCore } from './open-core.ts';
import { renderSamplePhotos } from './samples.ts';
import { trainRequest } from './testing/train-request.ts';
import type { TrainRequest } from './use-cases.ts';

const request: TrainRequest = { ...trainRequest, recipeChanges: { epochs: 3 }, device: null, seed: 5 };

const epoch = (number: number, rssBytes = 1): EngineEvent => ({
  type: 'epoch',
  epoch: number,
  epochs: 3,
  trainLoss: number === 0 ? null : 1 / number,
  learningRate: number === 0 ? null : 1e-3,
  validation: { loss: 1, accuracy: 0.5, macroF1: 0.5 },
  imagesPerSecond: null,
  rssBytes,
});

let folder: string;
let core: Core;
let project: Project;

async function open(script: Script): Promise<ReturnType<typeof scriptedEngine>> {
  const engine = scriptedEngine(script);
  core = await openCore({ home: join(folder, 'home'), what: 'a test', access: 'write', engine });
  return engine;
}

/** The weights of a run that went through; nobody opens them here. */
async function weightsOf(job: TrainJob): Promise<string> {
  await mkdir(job.directory, { recursive: true });
  const path = join(job.directory, 'weights.safetensors');
  await writeFile(path, '');
  return path;
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dtl-core-'));
  await renderSamplePhotos(join(folder, 'photos'), { seed: 0, perClass: 5, size: 32 });
  await open({});
  project = core.projects.create('p');
  await core.library.import(project, join(folder, 'photos'));
  core.labels.fromFolders(project, { folder: null, overwrite: false });
  core.close();
});

afterEach(async () => {
  core.close();
  await rm(folder, { recursive: true, force: true });
});

describe('a run', () => {
  it('is on record with its origin before the engine starts, and gets its metrics as they come', async () => {
    const seen: unknown[] = [];
    const engine = await open({
      train: async (job, { emit }) => {
        const [run] = core.runs.list(project);
        seen.push(run?.state, run?.provenance.splitDigest);
        emit(epoch(0));
        emit(epoch(1));
        emit({ type: 'checkpoint', epoch: 1, step: 0 });
        seen.push(run === undefined ? null : core.runs.show(run).metrics.map((one) => one.epoch));
        return finishedRun(job, await weightsOf(job));
      },
    });
    const { run, drawnSplit, selection } = await core.runs.prepare(project, request);
    expect(drawnSplit?.split.counts).toEqual({ train: 18, validation: 6, test: 6 });
    expect(selection).toMatchObject({ unlabelled: 0, notInSplit: 0, leftOut: [] });
    expect(run).toMatchObject({ state: 'queued', provenance: { labelRevision: 30, runtimeVersion: 'scripted 1' } });
    const outcome = await core.runs.execute(run);
    expect(seen).toEqual(['running', drawnSplit?.split.digest, [0, 1]]);
    expect(outcome.run).toMatchObject({
      state: 'finished',
      result: {
        weightsPath: `runs/${run.id}/weights.safetensors`,
        evaluations: { test: { accuracy: 1, macroF1: 1 }, validation: { accuracy: 1 } },
        probe: { test: { accuracy: 1 / 6 }, weightDecay: 0.1 },
      },
    });
    const details = core.runs.show(outcome.run);
    expect(details.checkpoint).toMatchObject({ epoch: 1, path: `runs/${run.id}/checkpoint.safetensors` });
    expect(details.test?.confusion).toEqual(
      [0, 1, 2, 3, 4, 5].map((row) => [0, 1, 2, 3, 4, 5].map((at) => (at === row ? 1 : 0))),
    );
    const job = engine.jobs.find((one) => one.kind === 'train');
    expect(job).toMatchObject({
      seed: 5,
      resume: false,
      plan: { microBatch: 8 },
      recipe: { epochs: 3, cosineEpochs: 3 },
    });
  });

  it('keeps its labels and photos when those of the project change before it goes on', async () => {
    let attempt = 0;
    const engine = await open({
      train: async (job, { emit }) => {
        attempt++;
        emit(epoch(attempt, attempt === 1 ? 9e8 : 1));
        if (attempt > 1) return finishedRun(job, await weightsOf(job));
        await setTimeout(50);
        return stoppedRun(job);
      },
    });
    const { run } = await core.runs.prepare(project, request);
    expect((await core.runs.execute(run)).run).toMatchObject({ state: 'stopped', error: null });
    await writeFile(join(folder, 'labels.csv'), 'file_name,label\ngear/gear-001.jpg,washer\n');
    await core.labels.fromTable(project, { path: join(folder, 'labels.csv'), folder, skipMissing: false });
    const again = core.runs.resolveResumable(project, null);
    expect(again.id).toBe(run.id);
    const { run: finished } = await core.runs.execute(again);
    expect(finished.state).toBe('finished');
    const [first, second] = engine.jobs.filter((job) => job.kind === 'train');
    // What it took is told of both processes.
    expect(finished.result?.peakRssBytes).toBe(9e8);
    expect(finished.result?.seconds).toBeGreaterThanOrEqual(0.05);
    expect(finished.result?.seconds).not.toBe(finishedRun(second!, '').seconds);
    // The room for the cache follows the free disk, which other programs change.
    const limitBytes = expect.any(Number) as number;
    expect(second).toEqual({ ...first, resume: true, features: { ...first?.features, limitBytes } });
  });

  it('keeps an epoch that it is told again once, and one that was lost on its way', async () => {
    let attempt = 0;
    await open({
      train: async (job, { emit }) => {
        if (++attempt === 1) {
          emit(epoch(0));
          emit(epoch(1, 9e8));
          return stoppedRun(job);
        }
        // An engine that goes on tells the epoch of its checkpoint again.
        emit(epoch(attempt === 2 ? 1 : 2, 9e8));
        return attempt === 2 ? stoppedRun(job) : finishedRun(job, await weightsOf(job));
      },
    });
    const { run } = await core.runs.prepare(project, request);
    await core.runs.execute(run);
    const { metrics } = core.runs.show(run);
    const told: number[] = [];
    const onMetric = (metric: { readonly epoch: number }): void => void told.push(metric.epoch);
    await setTimeout(5);
    await core.runs.execute(core.runs.resolveResumable(project, null), { onMetric });
    expect(core.runs.show(run).metrics).toEqual(metrics);
    await core.runs.execute(core.runs.resolveResumable(project, null), { onMetric });
    expect(core.runs.show(run).metrics.map((metric) => metric.epoch)).toEqual([0, 1, 2]);
    expect(told).toEqual([2]);
    const log = (await core.runs.page(run.id)).log.map(({ line }) => line);
    expect(log.filter((line) => line.startsWith('Epoch 1 of 3'))).toHaveLength(1);
  });

  it('is failed with the reason when its engine dies, and can go on', async () => {
    await open({
      train: (_job, { emit }) => {
        emit(epoch(1));
        throw new AppError('engine.died', 'The engine process ended without an answer.');
      },
    });
    const { run } = await core.runs.prepare(project, request);
    await expect(core.runs.execute(run)).rejects.toMatchObject({ code: 'engine.died', data: { run: 'run 1' } });
    expect(core.runs.resolve(project, '1')).toMatchObject({ state: 'failed', error: { code: 'engine.died' } });
    expect(core.runs.resolveResumable(project, null).id).toBe(run.id);
  });

  it('stops the engine when its metrics cannot be kept, and says why', async () => {
    let stopped = false;
    await open({
      train: async (job, { emit, checkStopped }) => {
        // The same epoch number twice is fine; one that is no number is what the store refuses.
        emit({ ...epoch(1), epoch: -1 } as EngineEvent);
        await checkStopped().catch(() => (stopped = true));
        return stoppedRun(job);
      },
    });
    const { run } = await core.runs.prepare(project, request);
    await expect(core.runs.execute(run)).rejects.toBeInstanceOf(AppError);
    expect(stopped).toBe(true);
    expect(core.runs.resolve(project, '1')).toMatchObject({ state: 'failed' });
  });

  it('is stopped, not failed, when somebody asks for it', async () => {
    await open({
      train: async (job, { checkStopped }) => {
        controller.abort();
        return checkStopped().then(
          () => finishedRun(job, 'unreachable'),
          () => stoppedRun(job),
        );
      },
    });
    const controller = new AbortController();
    const { run } = await core.runs.prepare(project, request);
    const outcome = await core.runs.execute(run, { signal: controller.signal });
    expect(outcome.run).toMatchObject({ state: 'stopped', error: null });
  });

  it('that nobody is at work on any more is found by the next owner, and told as it is to readers', async () => {
    await open({});
    const { run } = await core.runs.prepare(project, request);
    core.close();
    // What a program that was killed leaves behind.
    const store = openStore(join(folder, 'home', 'dtl-studio.sqlite'), { now: Date.now });
    store.runs.move(run.id, { to: 'running', enginePid: 1 });
    store.close();
    const reader = await openCore({ home: join(folder, 'home'), what: 'reader', access: 'read' });
    expect(reader.runs.list(project)).toMatchObject([{ state: 'stopped', error: { code: 'runs.interrupted' } }]);
    expect(() => reader.projects.create('not by a reader')).toThrow(/reading only/);
    reader.close();
    await open({});
    expect(core.runs.list(project)).toMatchObject([{ state: 'stopped', error: { code: 'runs.interrupted' } }]);
  });

  it('counts what it does not use: photos without a label, and those labelled after the split was drawn', async () => {
    await open({});
    core.splits.draw(project);
    await renderSamplePhotos(join(folder, 'more'), { seed: 9, perClass: 2, size: 32 });
    await core.library.import(project, join(folder, 'more'));
    expect((await core.runs.prepare(project, request)).selection).toMatchObject({ unlabelled: 12, notInSplit: 0 });
    core.labels.fromFolders(project, { folder: null, overwrite: false });
    expect((await core.runs.prepare(project, request)).selection).toMatchObject({ unlabelled: 0, notInSplit: 12 });
  });

  it('is refused where the recipe would leave every batch out', async () => {
    await open({});
    const paper = { ...request, recipe: 'paper' as const, recipeChanges: {} };
    await expect(core.runs.prepare(project, paper)).rejects.toMatchObject({ code: 'train.recipe' });
    expect(core.runs.list(project)).toEqual([]);
  });

  it('is refused where the best epoch on validation is wanted and nothing is held out for that', async () => {
    await open({});
    core.splits.draw(project, { fractions: { train: 0.7, validation: 0, test: 0.3 } });
    const best = { ...request, recipeChanges: { ...request.recipeChanges, keep: 'best' as const } };
    await expect(core.runs.prepare(project, best)).rejects.toThrow('no validation photos');
    expect(core.runs.list(project)).toEqual([]);
  });

  it('is not refused as a linear probe for what a recipe says of epochs, and has none to show', async () => {
    await open({ train: async (job) => finishedRun(job, await weightsOf(job)) });
    core.splits.draw(project, { fractions: { train: 0.7, validation: 0, test: 0.3 } });
    const recipeChanges = { keep: 'best' as const, warmupEpochs: 200, augmentation: 'flip' as const };
    const probe = { ...request, method: 'linear' as const, recipe: 'paper' as const, recipeChanges };
    const preview = await core.runs.dryRun(project, probe);
    expect(preview.problems).toEqual([]);
    expect(preview.warnings.join(' ')).not.toContain('Augmentation');
    const { run } = await core.runs.prepare(project, probe);
    expect(core.runs.row(run.id)).toMatchObject({ epochs: null, epochsDone: 0, learningRate: null });
    await core.runs.execute(run);
    expect(core.runs.row(run.id)).toMatchObject({ state: 'finished', epochs: null, epochsDone: 0 });
    const [head = '', values = ''] = core.runs.csv(project.id).split(/\r?\n/);
    const cells = values.split(',');
    expect(['epochs', 'epochs_done', 'learning_rate'].map((name) => cells[head.split(',').indexOf(name)])).toEqual([
      '',
      '',
      '',
    ]);
    const log = (await core.runs.page(run.id)).log.map(({ line }) => line);
    expect(log).toContainEqual(expect.stringMatching(/^Finished after 1 s: test/));
    // Not in the plan, and nobody could tell later why it was not another.
    expect(log).toContainEqual(expect.stringMatching(/^Device: CPU\. /));
  });
});

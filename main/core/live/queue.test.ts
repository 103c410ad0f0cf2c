/** The queue over a real store and real photos, with an engine that does what the test says. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { CoreEvent } from '#app/contract/events.ts';
import type { EngineEvent, EngineResultOf, TrainJob } from '#app/contract/engine.ts';
import { trainRequest } from '#app/contract/runs.ts';
import { AppError } from '#app/domain/errors.ts';
import type { RunId } from '#app/domain/ids.ts';
import type { Project } from '#app/domain/project.ts';
import type { Script, ScriptHost } from '#app/testing/scripted-engine.ts';
import { finishedRun, scriptedEngine, stoppedRun } from '#app/testing/scripted-engine.ts';
import type { Core } from '../open-core.ts';
import { openCore } from '../open-core.ts';
import { renderSamplePhotos } from '../samples.ts';
import { createHub } from './hub.ts';
import type { RunQueue } from './queue.ts';
import { createQueue } from './queue.ts';

const request = trainRequest.parse({
  split: null,
  backbone: null,
  method: 'dtl+',
  methodSettings: {},
  recipe: 'default',
  recipeChanges: { epochs: 3 },
  threads: null,
  device: 'auto',
  fit: 'squash',
  sixteenBit: 'full-range',
});

const epoch = (number: number): EngineEvent => ({
  type: 'epoch',
  epoch: number,
  epochs: 3,
  trainLoss: 0.5,
  learningRate: 1e-3,
  validation: { loss: 1, accuracy: 0.5, macroF1: 0.5 },
  imagesPerSecond: 12,
  rssBytes: 1,
});

let folder: string;
let core: Core;
let queue: RunQueue;
let project: Project;
let events: CoreEvent[];
let jobs: TrainJob[];

async function open(train: NonNullable<Script['train']>): Promise<void> {
  const engine = scriptedEngine({
    train: (job, host) => {
      jobs.push(job);
      return train(job, host);
    },
  });
  core = await openCore({ home: join(folder, 'home'), what: 'a test', access: 'write', engine });
  const hub = createHub();
  events = [];
  const stream = hub.stream();
  await stream.next();
  void (async () => {
    for await (const event of stream) events.push(event);
  })();
  queue = createQueue({ core, hub });
}

/** At work until it is asked to stop. */
async function endless(job: TrainJob, { checkStopped }: ScriptHost): Promise<EngineResultOf<'train'>> {
  for (;;) {
    const goesOn = await checkStopped().then(
      () => true,
      () => false,
    );
    if (!goesOn) return stoppedRun(job);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

async function goesThrough(job: TrainJob): Promise<EngineResultOf<'train'>> {
  await mkdir(job.directory, { recursive: true });
  const path = join(job.directory, 'weights.safetensors');
  await writeFile(path, '');
  return finishedRun(job, path);
}

async function created(...seeds: number[]): Promise<readonly RunId[]> {
  const { runs } = await core.runs.prepareAll(project, request, { seeds, name: null, note: '' });
  return runs.map(({ id }) => id);
}

const states = (): readonly string[] =>
  core.runs
    .rows(project.id)
    .map(({ state }) => state)
    .reverse();

/** Waits until all runs are in these states, oldest first. */
async function reach(...wanted: string[]): Promise<void> {
  await vi.waitFor(() => expect(states()).toEqual(wanted), { timeout: 5000, interval: 5 });
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dtl-queue-'));
  jobs = [];
  await renderSamplePhotos(join(folder, 'photos'), { seed: 0, perClass: 5, size: 32, classes: 2 });
  await open(goesThrough);
  project = core.projects.create('p');
  await core.library.import(project, join(folder, 'photos'));
  core.labels.fromFolders(project, { folder: null, overwrite: false });
  core.close();
});

afterEach(async () => {
  await queue.close();
  core.close();
  await rm(folder, { recursive: true, force: true });
});

describe('the queue', () => {
  it('runs one after the other, in the order in which they came, and tells of metrics, log and states', async () => {
    let busy = 0;
    let most = 0;
    await open(async (job, { emit }) => {
      most = Math.max(most, ++busy);
      emit({ type: 'progress', phase: 'training', done: 1, total: 2 });
      emit(epoch(1));
      emit({ type: 'photo-failed', id: 1, path: 'gone.jpg', reason: 'it is gone' });
      await new Promise((resolve) => setTimeout(resolve, 5));
      busy--;
      return goesThrough(job);
    });
    const ids = await created(1, 2);
    queue.add(ids);
    expect(queue.view()).toMatchObject({ held: false, running: ids[0], waiting: [ids[1]] });
    expect(core.runs.rows(project.id)[0]).toMatchObject({ state: 'queued', queued: 1 });
    await reach('finished', 'finished');
    expect(most).toBe(1);
    expect(jobs.map(({ seed }) => seed)).toEqual([1, 2]);
    expect(queue.view()).toMatchObject({ held: false, running: null, waiting: [] });
    const [first] = ids;
    const of = (type: CoreEvent['type']): readonly CoreEvent[] => events.filter((event) => event.type === type);
    await vi.waitFor(() => expect(of('run')).toHaveLength(4));
    expect(of('metric')[0]).toMatchObject({ run: first, metric: { epoch: 1, at: expect.any(Number) as number } });
    expect(of('run-progress')[0]).toMatchObject({ progress: { run: first, epochs: 3 } });
    if (first === undefined) throw new Error('two runs were made');
    const { log } = await core.runs.page(first);
    const lines = log.map(({ line }) => line);
    expect(lines[0]).toContain('run 1: DTL+ on vit_tiny_patch16_224');
    expect(lines.slice(-4)).toEqual([
      'Started.',
      expect.stringContaining('Epoch 1 of 3: loss 0.5000'),
      'Left out: gone.jpg: it is gone',
      expect.stringContaining('Finished after 1 s: test 100.0 %'),
    ]);
    expect(of('log').length).toBe(8);
  });

  it('goes on with the next one when an engine dies, and keeps the reason', async () => {
    await open((job) => {
      if (job.seed === 1) return Promise.reject(new AppError('engine.died', 'The engine process ended.'));
      return goesThrough(job);
    });
    queue.add(await created(1, 2));
    await reach('failed', 'finished');
    expect(core.runs.rows(project.id)[1]).toMatchObject({ error: { code: 'engine.died' } });
  });

  it('fails a run that cannot even begin, instead of trying it for ever', async () => {
    await open(goesThrough);
    const ids = await created(1, 2);
    await renderSamplePhotos(join(folder, 'photos'), { seed: 9, perClass: 5, size: 32, classes: 2 });
    await core.library.import(project, join(folder, 'photos'));
    queue.add(ids);
    await reach('failed', 'failed');
    expect(core.runs.rows(project.id)[0]?.error?.code).toBe('runs.photos-changed');
    expect(jobs).toEqual([]);
  });

  it('pauses with a checkpoint, keeps the head, holds the rest, and goes on from there', async () => {
    let attempt = 0;
    await open((job, host) => (++attempt === 1 ? endless(job, host) : goesThrough(job)));
    const [first, second] = await created(1, 2);
    if (first === undefined || second === undefined) throw new Error('two runs were made');
    queue.add([first, second]);
    await reach('running', 'queued');
    await queue.pause(first);
    expect(states()).toEqual(['queued', 'queued']);
    expect(queue.view()).toMatchObject({ held: true, running: null, waiting: [first, second] });
    queue.resume(first);
    await reach('finished', 'finished');
    expect(jobs.map(({ seed, resume }) => [seed, resume])).toEqual([
      [1, false],
      [1, true],
      [2, false],
    ]);
  });

  it('stops a run for good, and starts the next; the stopped one goes on at the end of the queue', async () => {
    let attempt = 0;
    await open((job, host) => (++attempt <= 2 ? endless(job, host) : goesThrough(job)));
    const [first, second] = await created(1, 2);
    if (first === undefined || second === undefined) throw new Error('two runs were made');
    queue.add([first, second]);
    await queue.stop(first);
    await reach('stopped', 'running');
    queue.resume(first);
    expect(queue.view()).toMatchObject({ running: second, waiting: [first] });
    await queue.stop(second);
    await reach('finished', 'stopped');
    await expect(queue.stop(second)).rejects.toMatchObject({ code: 'runs.not-at-work' });
    expect(() => queue.resume(first)).toThrow(expect.objectContaining({ code: 'runs.not-resumable' }));
  });

  it('takes a waiting run out without starting it', async () => {
    await open(endless);
    const [first, second] = await created(1, 2);
    if (first === undefined || second === undefined) throw new Error('two runs were made');
    queue.add([first, second]);
    await queue.stop(second);
    expect(states()).toEqual(['running', 'stopped']);
  });

  it('leaves a checkpoint when the program ends, and waits for a person when it starts again', async () => {
    await open(endless);
    const [first, second] = await created(1, 2);
    queue.add([first, second].flatMap((id) => id ?? []));
    await reach('running', 'queued');
    await queue.close();
    core.close();
    jobs = [];
    await open(goesThrough);
    expect(queue.view()).toMatchObject({ held: true, running: null, waiting: [first, second] });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(jobs).toEqual([]);
    expect(queue.release()).toMatchObject({ held: false, running: first });
    await reach('finished', 'finished');
    expect(jobs.map(({ resume }) => resume)).toEqual([true, false]);
  });

  it('starts nothing while a person holds it', async () => {
    await open(goesThrough);
    queue.hold();
    queue.add(await created(1));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(states()).toEqual(['queued']);
    queue.release();
    await reach('finished');
  });
});

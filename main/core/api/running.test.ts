/**
 * Runs, splits, packs, backbones and settings as a window asks for them: procedures called in this process, on a real store,
 * real photos and real engine processes with a Vision Transformer of a few thousand numbers.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { getPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRouterClient } from '@orpc/server';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { CoreEvent } from '#app/contract/events.ts';
import type { TrainRequest } from '#app/contract/runs.ts';
import type { TaskResult } from '#app/contract/task-results.ts';
import { backboneIdentity, packId, runId } from '#app/domain/id-of.ts';
import type { ProjectId, RunId } from '#app/domain/ids.ts';
import { checkpoint } from '../../files/testing/checkpoints.ts';
import { createHub } from '../live/hub.ts';
import type { RunQueue } from '../live/queue.ts';
import { createQueue } from '../live/queue.ts';
import type { Tasks } from '../live/tasks.ts';
import { createTasks } from '../live/tasks.ts';
import type { Uploads } from '../live/uploads.ts';
import { createUploads } from '../live/uploads.ts';
import { createMedia } from '../media/media.ts';
import type { Core } from '../open-core.ts';
import { openCore } from '../open-core.ts';
import { renderSamplePhotos } from '../samples.ts';
import type { ApiContext } from './context.ts';
import { createRouter } from './router.ts';

let folder: string;
let core: Core;
let queue: RunQueue;
let tasks: Tasks;
let uploads: Uploads;
let context: ApiContext;
let events: CoreEvent[];
let project: ProjectId;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dtl-running-'));
  await renderSamplePhotos(join(folder, 'photos'), { seed: 0, perClass: 6, size: 32, classes: 2 });
  core = await openCore({ home: join(folder, 'home'), what: 'a test', access: 'write' });
  const hub = createHub();
  tasks = createTasks(hub);
  uploads = await createUploads(join(folder, 'home', 'cache', 'uploads'));
  queue = createQueue({ core, hub });
  context = { core, hub, tasks, uploads, queue, host: 'browser', browse: null, restart: () => undefined };
  events = [];
  const stream = hub.stream();
  await stream.next();
  void (async () => {
    for await (const event of stream) events.push(event);
  })();
  const created = core.projects.create('p');
  project = created.id;
  await core.library.import(created, join(folder, 'photos'));
  core.labels.fromFolders(created, { folder: null, overwrite: false });
});

afterEach(async () => {
  await Promise.all([queue.close(), tasks.close()]);
  core.close();
  await rm(folder, { recursive: true, force: true });
});

const api = () => createRouterClient(createRouter(context));

async function result<K extends TaskResult['kind']>(
  kind: K,
  { task }: { readonly task: number },
): Promise<Extract<TaskResult, { kind: K }>> {
  await vi.waitFor(() => expect(tasks.list().find(({ id }) => id === task)?.state).not.toBe('running'), {
    timeout: 20_000,
    interval: 20,
  });
  const view = tasks.list().find(({ id }) => id === task);
  const ended = view?.result ?? null;
  if (ended?.kind !== kind) throw new Error(view?.error?.message ?? `The task ended as ${view?.state ?? 'none'}.`);
  return ended as Extract<TaskResult, { kind: K }>;
}

async function tinyBackbone() {
  const file = join(folder, 'tiny.safetensors');
  await writeFile(file, checkpoint());
  return (await result('import-backbone', await api().backbones.import({ file, name: 'tiny' }))).backbone;
}

const requestOn = (backbone: TrainRequest['backbone'], epochs = 3): TrainRequest => ({
  split: null,
  backbone,
  method: 'dtl+',
  methodSettings: { kernel: 3 },
  recipe: 'default',
  recipeChanges: { epochs },
  device: null,
  threads: 1,
  fit: 'squash',
  sixteenBit: 'full-range',
});

async function started(request: TrainRequest, seeds: number[], name: string | null = null): Promise<readonly RunId[]> {
  const { task } = await api().runs.start({ project, request, seeds, name, note: '' });
  return (await result('start-runs', { task })).runs.map((id) => runId(id));
}

async function reach(run: RunId, state: string): Promise<void> {
  await vi.waitFor(() => expect(core.runs.row(run).state).toBe(state), { timeout: 20_000, interval: 20 });
}

const first = <T>(values: readonly T[]): T => {
  const [value] = values;
  if (value === undefined) throw new Error('At least one was expected.');
  return value;
};

/** Engine processes of this test. */
function enginePids(): readonly number[] {
  const read = (pid: number, file: string): string => {
    try {
      return readFileSync(`/proc/${pid}/${file}`, 'utf8');
    } catch {
      return '';
    }
  };
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && read(pid, 'cmdline').includes('main/engine/process'))
    .filter((pid) => read(pid, 'stat').split(') ').at(-1)?.split(' ')[1] === String(process.pid));
}

describe('runs', () => {
  it('previews without changing anything, trains, shows, compares and removes', async () => {
    const backbone = await tinyBackbone();
    const request = requestOn(backbone);
    const before = await api().runs.preview({ project, request });
    expect(before).toMatchObject({
      photos: { train: 8, validation: 2, test: 2 },
      split: null,
      backbone: { name: 'tiny' },
      method: 'DTL+, 3x3 kernel',
      threads: 1,
      device: { name: 'CPU, 1 thread' },
      problems: [],
    });
    // From how fast this machine multiplies: nothing was trained yet.
    expect(before.secondsToExpect).toBeGreaterThan(0);
    expect(before.headParameters).toBe(2 * 12 + 2);
    expect(core.splits.list(project)).toEqual([]);
    expect(core.runs.rows(project)).toEqual([]);

    const [one, two] = await started(request, [1, 2], 'try');
    if (one === undefined || two === undefined) throw new Error('two runs were asked for');
    await reach(two, 'finished');
    const { runs } = await api().runs.list({ project });
    expect(runs.map(({ name, state }) => [name, state])).toEqual([
      ['try, seed 2', 'finished'],
      ['try, seed 1', 'finished'],
    ]);
    const page = await api().runs.show({ run: one });
    expect(page).toMatchObject({ checkpointEpoch: 3, progress: null, backbone: { there: true } });
    expect(page.row.sideParameters).toBe(before.sideParameters);
    expect(page.metrics.map(({ epoch }) => epoch)).toEqual([0, 1, 2, 3]);
    expect(page.test?.confusion.flat().reduce((a, b) => a + b)).toBe(2);
    expect(page.bytes).toBeGreaterThan(1000);
    expect((await api().runs.preview({ project, request })).secondsToExpect).toBeGreaterThan(0);

    const wrong = await api().runs.mistakes({ run: one, subset: 'test', limit: 10 });
    const hits = page.test?.confusion.reduce((sum, row, at) => sum + (row[at] ?? 0), 0) ?? 0;
    expect(wrong).toHaveLength(2 - hits);
    for (const { label, predicted, photo } of wrong)
      expect([label === predicted, photo.subset]).toEqual([false, 'test']);

    const comparison = await api().runs.compare({ runs: [one, two] });
    expect(comparison.settings).toEqual([{ name: 'Seed', values: ['1', '2'] }]);
    expect(comparison.results[0]).toMatchObject({ name: 'Test accuracy', unit: 'share', best: 'high' });
    expect(comparison.metrics.map((metrics) => metrics.length)).toEqual([4, 4]);

    await api().runs.edit({ run: one, name: ' =best ', tags: ['poster', 'pos\u2028ter', 'poster', ' '], pinned: true });
    expect(await api().runs.row({ run: one })).toMatchObject({
      name: '=best',
      tags: ['poster', 'pos ter'],
      pinned: true,
    });
    await expect(api().runs.edit({ run: one, name: '  ' })).rejects.toMatchObject({ code: 'runs.name-invalid' });
    const csv = await api().runs.csv({ project });
    expect(csv.split('\n')[0]).toMatch(/^run,name,state,method/);
    expect(csv).toContain("1,'=best,finished");

    const size = await api().runs.size({ runs: [one] });
    expect(size).toEqual({ bytes: page.bytes, packs: 0 });
    expect(await api().runs.remove({ runs: [one] })).toEqual({ freedBytes: page.bytes });
    expect(readdirSync(join(folder, 'home', 'runs'))).toEqual([String(two)]);
    await expect(api().runs.show({ run: one })).rejects.toMatchObject({ code: 'runs.unknown' });
    await vi.waitFor(() =>
      expect(events.filter((event) => event.type === 'run' && event.change === 'removed')).toHaveLength(1),
    );
  });

  it('queues every learning rate with every seed as a sweep, with its tag, names and page', async () => {
    const request = requestOn(await tinyBackbone(), 1);
    const asked = { project, request, seeds: [4, 5], name: 'try', note: '' };
    await api().runs.hold();
    const { task } = await api().runs.start({ ...asked, learningRates: [1e-3, 3e-3, 1e-3] });
    expect(tasks.list().find(({ id }) => id === task)?.title).toBe('Preparing 4 runs');
    const { runs: made, sweep } = await result('start-runs', { task });
    const rows = made.map((id) => core.runs.row(runId(id)));
    expect(rows.map(({ name, learningRate, seed, state }) => [name, learningRate, seed, state])).toEqual([
      ['try, learning rate 0.001, seed 4', 1e-3, 4, 'queued'],
      ['try, learning rate 0.001, seed 5', 1e-3, 5, 'queued'],
      ['try, learning rate 0.003, seed 4', 3e-3, 4, 'queued'],
      ['try, learning rate 0.003, seed 5', 3e-3, 5, 'queued'],
    ]);
    expect(sweep).toBe(first(rows).number);
    expect(new Set(rows.flatMap(({ tags }) => tags))).toEqual(new Set([`sweep ${sweep}`]));
    expect(await api().runs.sweep({ project, sweep: sweep ?? 0 })).toMatchObject({
      tag: `sweep ${sweep}`,
      rates: [
        { learningRate: 1e-3, seeds: [4, 5], finished: 0 },
        { learningRate: 3e-3, seeds: [4, 5], finished: 0 },
      ],
      best: null,
      settled: false,
    });
  });

  it('takes no sweep of a hundred runs and more, or of a rate that is not above 0', async () => {
    const asked = { project, request: requestOn(null), name: null, note: '' };
    const seeds = Array.from({ length: 51 }, (_, seed) => seed);
    await expect(api().runs.start({ ...asked, seeds, learningRates: [1e-3, 3e-3] })).rejects.toThrow();
    await expect(api().runs.start({ ...asked, seeds: [0], learningRates: [0] })).rejects.toThrow();
    await expect(api().runs.sweep({ project, sweep: 1 })).rejects.toMatchObject({ code: 'runs.no-sweep' });
    expect(core.runs.rows(project)).toEqual([]);
  });

  it('says why nothing can be trained, in the preview and at the start', async () => {
    const empty = core.projects.create('empty').id;
    const request = requestOn(null);
    const preview = await api().runs.preview({ project: empty, request });
    expect(preview.photos).toEqual({ train: 0, validation: 0, test: 0 });
    expect(preview.problems.join()).toContain('no labelled photos');
    const { task } = await api().runs.start({ project: empty, request, seeds: [0], name: null, note: '' });
    await expect(result('start-runs', { task })).rejects.toThrow('no labelled photos');
    const wrong = await api().runs.preview({ project, request: { ...request, methodSettings: { rank: 5000 } } });
    expect(wrong.problems.join()).toContain('rank 5000');
    // What cannot be is not counted as if it would be trained.
    expect([wrong.side, wrong.usualSide?.rank]).toEqual([null, 2]);
    const linear = await api().runs.preview({ project, request: { ...request, method: 'linear', methodSettings: {} } });
    expect([linear.side, linear.usualSide, linear.sideParameters]).toEqual([null, null, 0]);
    const one = { ...request, methodSettings: { extract: [0], adapt: [0] } };
    const chosen = await api().runs.preview({ project, request: one });
    expect(chosen.side).toMatchObject({ extract: [0], adapt: [0], rank: 2, kernel: 5 });
    expect(chosen.usualSide?.adapt).toEqual([6, 7, 8, 9, 10, 11]);
    expect(chosen.sideParameters).toBe(192 * (2 * 2 + 5 ** 2));
  });

  it.runIf(process.platform === 'linux')(
    'survives an engine that is killed: the run is failed with the reason, the next one finishes, and it can go on',
    async () => {
      const backbone = await tinyBackbone();
      const one = first(await started(requestOn(backbone, 5000), [1]));
      await vi.waitFor(() => expect(core.runs.row(one).epochsDone).toBeGreaterThan(2), { timeout: 20_000 });
      const two = first(await started(requestOn(backbone), [2]));
      await expect(api().runs.remove({ runs: [two, one] })).rejects.toMatchObject({ code: 'runs.at-work' });
      const pids = enginePids();
      expect(pids).toHaveLength(1);
      // Whoever labels meanwhile comes first.
      expect(getPriority(first(pids))).toBeGreaterThan(getPriority());
      process.kill(first(pids), 'SIGKILL');
      await reach(two, 'finished');
      expect(core.runs.row(one)).toMatchObject({ state: 'failed', error: { code: 'engine.died' } });
      const done = core.runs.row(one).epochsDone;
      expect(await api().runs.resume({ run: one })).toMatchObject({ state: 'running' });
      await vi.waitFor(() => expect(core.runs.row(one).epochsDone).toBeGreaterThan(done), { timeout: 20_000 });
      expect(await api().runs.pause({ run: one })).toMatchObject({ state: 'queued', queued: 1 });
      expect(await api().runs.queue()).toMatchObject({ held: true, running: null, waiting: [one] });
      expect(await api().runs.stop({ run: one })).toMatchObject({ state: 'stopped', queued: null, error: null });
      const { log } = await api().runs.show({ run: one });
      expect(log.some(({ line }) => line.startsWith('Failed: The engine process ended'))).toBe(true);
      expect(log.some(({ line }) => line.startsWith('Goes on from the checkpoint after'))).toBe(true);
    },
  );
});

describe('splits', () => {
  it('draws once, and keeps the newest where it would be the same', async () => {
    const drawn = { project, seed: 3, fractions: { train: 0.5, validation: 0.25, test: 0.25 } };
    const split = await api().splits.draw(drawn);
    expect(split).toMatchObject({ created: true, split: { drawn: { seed: 3 } } });
    expect(await api().splits.draw(drawn)).toMatchObject({ created: false, split: { id: split.split.id } });
    expect(await api().splits.list({ project })).toEqual([split.split]);
    await expect(
      api().splits.draw({ ...drawn, fractions: { train: 0, validation: 0, test: 1 } }),
    ).rejects.toMatchObject({
      code: 'splits.fractions',
    });
  });
});

describe('packs', () => {
  it('is made of a run, verified, renamed, applied to the library and to a folder, sent around, and removed', async () => {
    const run = first(await started(requestOn(await tinyBackbone()), [1]));
    await expect(
      api()
        .packs.export({ run })
        .then((task) => result('export-pack', task)),
    ).rejects.toThrow('only a finished run leaves a pack');
    await reach(run, 'finished');
    const { pack } = await result('export-pack', await api().packs.export({ run }));
    expect((await api().packs.list()).packs).toMatchObject([
      { id: pack, run, projectName: 'p', backboneThere: true, method: 'DTL+, 3x3 kernel', state: 'verified' },
    ]);
    const details = await api().packs.show({ pack });
    expect(details).toMatchObject({ imageSize: 8, fit: 'squash', headParameters: 26 });
    expect(details.provenance).toContainEqual({ name: 'Epochs', value: '3' });
    expect((await result('verify-pack', await api().packs.verify({ pack }))).note).toContain('passed its self-test');
    expect(await api().packs.rename({ pack, name: 'parts' })).toMatchObject({ name: 'parts' });

    await expect(
      api()
        .packs.apply({ pack, project, photos: 'unlabelled' })
        .then((task) => result('predict', task)),
    ).rejects.toThrow('have a label');
    const applied = await result('predict', await api().packs.apply({ pack, project, photos: 'all' }));
    expect(applied).toMatchObject({ photos: 12, failed: [] });
    expect(core.library.facets(project).packs).toMatchObject([{ pack, photos: 12 }]);
    expect(events.some((event) => event.type === 'predictions' && event.pack === pack)).toBe(true);

    const other = join(folder, 'other');
    await mkdir(other);
    await cp(join(folder, 'photos'), join(other, 'in'), { recursive: true });
    await writeFile(join(other, 'broken.jpg'), 'no photo');
    const { found, photos, failed } = await result(
      'predict-folder',
      await api().packs.applyFolder({ pack, folder: other }),
    );
    expect([photos, failed.map(({ path }) => path)]).toEqual([12, [join(other, 'broken.jpg')]]);
    const summary = await api().packs.found({ found });
    expect(summary.counts.reduce((sum, one) => sum + one.photos, 0)).toBe(12);
    const least = await api().packs.foundRows({ found, sort: 'uncertainty', label: null, from: 0, to: 3 });
    expect(least.total).toBe(12);
    expect(least.rows.map(({ confidence }) => confidence)).toEqual(
      least.rows.map(({ confidence }) => confidence).sort((a, b) => a - b),
    );
    expect(core.packs.foundPhotoPath(found, least.rows[0]?.index ?? -1)).toContain(other);
    expect(() => core.packs.foundPhotoPath(found + 1, 0)).toThrow(
      expect.objectContaining({ code: 'packs.found-gone' }),
    );
    expect((await api().packs.foundCsv({ found })).split('\n')).toHaveLength(14);

    const bytes = new Uint8Array(readFileSync(details.path));
    const upload = await uploads.receive(new Blob([bytes]).stream());
    const imported = await result('import-pack', await api().packs.import({ upload, name: 'mine.safetensors' }));
    expect(imported).toMatchObject({ alreadyKnown: false, state: 'verified' });
    expect((await api().packs.list()).packs[0]).toMatchObject({ name: 'mine', run: null });

    const media = createMedia(core);
    const before = await media(`/media/onnx/${pack}`);
    expect([before.status, new TextDecoder().decode(before.body as Uint8Array)]).toEqual([
      404,
      expect.stringContaining('packs.onnx-gone'),
    ]);
    const onnx = await result('export-onnx', await api().packs.exportOnnx({ pack }));
    expect(onnx.note).toContain('Tried');
    const { status, headers, body } = await media(`/media/onnx/${pack}`);
    expect([status, headers['content-disposition']]).toEqual([200, "attachment; filename*=UTF-8''parts.onnx"]);
    expect(body).toEqual({ file: join(folder, 'home', 'cache', 'exports', `${pack}.onnx`) });
    const caches = await api().settings.caches();
    expect(caches.find(({ name }) => name === 'exports')).toMatchObject({ files: 1, bytes: onnx.bytes });

    expect(await api().packs.remove({ pack })).toEqual({ freedBytes: details.bytes + onnx.bytes });
    expect(core.library.facets(project).packs).toEqual([]);
    await expect(api().packs.show({ pack })).rejects.toMatchObject({ code: 'packs.unknown' });
    expect(await api().runs.remove({ runs: [run] })).not.toEqual({ freedBytes: 0 });
    expect((await api().packs.list()).packs).toHaveLength(1);
    await expect(api().packs.show({ pack: packId(99) })).rejects.toMatchObject({ code: 'packs.unknown' });
  });
});

describe('backbones', () => {
  it('lists the one that comes with the program and imported ones with what needs them', async () => {
    const tiny = await tinyBackbone();
    await started(requestOn(tiny), [1]);
    const { backbones } = await api().backbones.list();
    expect(backbones.map(({ name, embedded, runs }) => [name, embedded, runs])).toEqual([
      ['tiny', false, 1],
      ['vit_tiny_patch16_224', true, 0],
    ]);
    const embedded = first(backbones.filter((one) => one.embedded));
    expect(await api().backbones.card({ backbone: embedded.identity })).toContain('ViT');
    expect(await api().backbones.card({ backbone: tiny })).toBeNull();
    await expect(api().backbones.card({ backbone: backboneIdentity('0'.repeat(64)) })).rejects.toMatchObject({
      code: 'backbones.unknown',
    });
  });
});

describe('settings', () => {
  it('are kept, told, and heeded by runs that say nothing of threads', async () => {
    expect(await api().settings.get()).toMatchObject({ settings: { theme: 'system', threads: null, actor: null } });
    expect(await api().settings.set({ threads: 3 })).toMatchObject({ theme: 'system', threads: 3 });
    expect(await api().settings.set({ theme: 'dark' })).toMatchObject({ theme: 'dark', threads: 3 });
    await vi.waitFor(() => expect(events.filter(({ type }) => type === 'settings')).toHaveLength(2));
    expect(await api().settings.set({ actor: ' Ada\u202e\n' })).toMatchObject({ actor: 'Ada' });
    expect(await api().settings.set({ actor: '\n' })).toMatchObject({ actor: null });
    const keys = Object.fromEntries(Array.from({ length: 1001 }, (_, i) => [`command.${i}`, 'x']));
    await expect(api().settings.set({ keys })).rejects.toThrow();
    const request = { ...requestOn(null), threads: null };
    expect(await api().runs.preview({ project, request })).toMatchObject({ threads: 3 });
    expect(await api().runs.preview({ project, request: { ...request, threads: 2 } })).toMatchObject({ threads: 2 });
  });

  // Trying a driver that computes on the processor takes its time.
  it('says what it is, what it can compute on, and what its caches take', { timeout: 120_000 }, async () => {
    const about = await api().settings.about();
    expect(about).toMatchObject({ home: join(folder, 'home'), host: 'browser' });
    expect(about.databaseBytes).toBeGreaterThan(0);
    const devices = await api().settings.devices();
    expect(devices.find(({ name }) => name === 'cpu')).toMatchObject({ available: true });
    expect(devices.map(({ reason }) => reason)).not.toContain('');
    const previews = join(folder, 'home', 'cache', 'previews', 'aa');
    const inCache = async () => (await api().settings.caches()).find(({ name }) => name === 'previews');
    await mkdir(previews, { recursive: true });
    await writeFile(join(previews, 'one.webp'), 'x'.repeat(100));
    expect(await inCache()).toMatchObject({ files: 1, bytes: 100, clearable: true });
    expect(await api().settings.clearCache({ name: 'previews' })).toEqual({ freedBytes: 100 });
    expect(await inCache()).toMatchObject({ files: 0, bytes: 0 });
  });
});

import { expect, it } from 'vitest';
import { contentHash, runId } from '#app/domain/id-of.ts';
import { openStore } from './store.ts';
import { hash, labelledProject, newRun, runResult, runSamples } from './testing/samples.ts';
import { temporaryStore } from './testing/temporary-store.ts';

function someRuns(count: number) {
  let time = 1000;
  const { store, path } = temporaryStore({ now: () => time });
  const labelled = labelledProject(store);
  const runs = Array.from({ length: count }, () => store.runs.create(newRun(store, labelled), runSamples(labelled)));
  const wait = (ms: number): void => void (time += ms);
  return { store, path, labelled, runs, ids: runs.map(({ id }) => id), wait };
}

const metric = (epoch: number, accuracy: number) => ({
  epoch,
  trainLoss: 1,
  learningRate: 1e-3,
  validation: { loss: 1, accuracy, macroF1: accuracy },
  imagesPerSecond: 10,
  rssBytes: 1,
});

it('gives a table of runs with photos, newest epoch, split, backbone and packs', () => {
  const { store, labelled, ids } = someRuns(2);
  const [first] = ids;
  if (first === undefined) throw new Error('two runs were asked for');
  store.runs.move(first, { to: 'running', enginePid: null });
  store.runs.recordMetrics(first, [metric(0, 0.2), metric(1, 0.4), metric(2, 0.6)]);
  const rows = store.runs.overviews(labelled.project);
  expect(rows.map(({ run }) => run.number)).toEqual([2, 1]);
  expect(rows[0]).toMatchObject({ epochsDone: 0, validation: null, workedMs: null, packs: [] });
  expect(rows[1]).toMatchObject({
    photos: { train: 4, validation: 0, test: 4 },
    epochsDone: 2,
    validation: { accuracy: 0.6 },
    splitName: 'split 1',
  });
  expect(store.runs.overview(first)).toEqual(rows[1]);
  expect(() => store.runs.overview(runId(99))).toThrow(expect.objectContaining({ code: 'runs.unknown' }));
});

it('counts the time at work without the pauses, and of a run that was cut off up to its last sign', () => {
  const { store, ids, wait } = someRuns(1);
  const [id] = ids;
  if (id === undefined) throw new Error('a run was asked for');
  const worked = (): number | null => store.runs.overview(id).workedMs;
  store.runs.move(id, { to: 'running', enginePid: null });
  wait(5000);
  expect(worked()).toBe(5000);
  store.runs.move(id, { to: 'stopped', error: null });
  wait(60_000);
  expect(worked()).toBe(5000);
  store.runs.move(id, { to: 'running', enginePid: null });
  wait(1000);
  store.runs.recordMetrics(id, [metric(1, 0.5)]);
  wait(90_000);
  store.runs.move(id, { to: 'stopped', error: { code: 'runs.interrupted', message: 'cut off' } });
  expect(worked()).toBe(6000);
});

it('lets runs wait in the order of their creation until somebody arranges them, also after a restart', () => {
  const { store, path, ids } = someRuns(3);
  const [a, b, c] = ids;
  if (a === undefined || b === undefined || c === undefined) throw new Error('three runs were asked for');
  expect(store.runs.queue()).toEqual([a, b, c]);
  store.runs.arrangeQueue([c]);
  expect(store.runs.queue()).toEqual([c, a, b]);
  store.runs.move(a, { to: 'stopped', error: null });
  expect(store.runs.queue()).toEqual([c, b]);
  const again = openStore(path, { now: Date.now, readOnly: true });
  expect(again.runs.queue()).toEqual([c, b]);
  again.close();
});

it('keeps the lines that a run told, in their order', () => {
  const { store, ids, wait } = someRuns(1);
  const [id] = ids;
  if (id === undefined) throw new Error('a run was asked for');
  expect(store.runs.appendLog(id, ['first', 'second'])).toEqual([
    { at: 1000, line: 'first' },
    { at: 1000, line: 'second' },
  ]);
  wait(5);
  store.runs.appendLog(id, ['third']);
  expect(store.runs.log(id)).toEqual([
    { at: 1000, line: 'first' },
    { at: 1000, line: 'second' },
    { at: 1005, line: 'third' },
  ]);
});

it('removes a run with its records, keeps its pack, and refuses while it is at work', () => {
  const { store, labelled, runs, ids } = someRuns(1);
  const [id] = ids;
  const [run] = runs;
  if (id === undefined || run === undefined) throw new Error('a run was asked for');
  const { id: pack } = store.packs.add({
    name: 'p',
    path: 'packs/p',
    sha256: 'a'.repeat(64),
    bytes: 1,
    state: 'verified',
    backbone: run.provenance.backbone,
    backboneName: 'b',
    runId: id,
    classNames: ['oak', 'elm'],
    method: { name: 'linear' },
  });
  store.runs.appendLog(id, ['told']);
  store.runs.move(id, { to: 'running', enginePid: null });
  expect(() => store.runs.remove(id)).toThrow(expect.objectContaining({ code: 'runs.at-work' }));
  store.runs.move(id, { to: 'finished', result: runResult });
  expect(store.runs.finishedOn(run.provenance.backbone, 5).map((one) => one.id)).toEqual([id]);
  expect(store.backbones.uses().get(run.provenance.backbone)).toEqual({ runs: 1, packs: 1 });
  store.runs.remove(id);
  expect(store.runs.list(labelled.project)).toEqual([]);
  expect(store.runs.log(id)).toEqual([]);
  expect(store.packs.get(pack).runId).toBeNull();
});

it('keeps what a pack says of photos, once a photo, and takes it away with the pack', () => {
  const { store, labelled, runs } = someRuns(1);
  const [photo] = labelled.photos;
  const [run] = runs;
  if (photo === undefined || run === undefined) throw new Error('photos were asked for');
  const { id: pack } = store.packs.add({
    name: 'p',
    path: 'packs/p',
    sha256: 'a'.repeat(64),
    bytes: 1,
    state: 'verified',
    backbone: run.provenance.backbone,
    backboneName: 'b',
    runId: null,
    classNames: ['oak', 'elm'],
    method: { name: 'linear' },
  });
  const say = (probabilities: readonly number[]): void =>
    store.packs.keepPredictions(labelled.project, pack, [
      { photoId: photo, contentHash: contentHash(hash(1)), probabilities },
    ]);
  say([0.25, 0.75]);
  say([0.875, 0.125]);
  store.packs.noteApplication(labelled.project, pack);
  expect(store.library.applications(labelled.project)).toMatchObject([{ pack, photos: 1 }]);
  expect(store.library.words(labelled.project, pack, [photo]).get(photo)).toMatchObject({ confidence: 0.875 });
  expect(store.packs.rename(pack, 'oaks').name).toBe('oaks');
  store.packs.remove(pack);
  expect(store.library.applications(labelled.project)).toEqual([]);
  expect(() => store.packs.remove(pack)).toThrow(expect.objectContaining({ code: 'packs.unknown' }));
});

it('keeps settings of any shape and changes only the given ones', () => {
  const { store } = temporaryStore();
  store.settings.set({ theme: 'dark', threads: 2, keys: { 'label.skip': 'ArrowDown' } });
  store.settings.set({ threads: null });
  expect(store.settings.all()).toEqual({ theme: 'dark', threads: null, keys: { 'label.skip': 'ArrowDown' } });
});

import { expect, it } from 'vitest';
import { backboneIdentity, classId, runId, splitId } from '#app/domain/id-of.ts';
import type { RunState } from '#app/domain/run-state.ts';
import type { RunMetric, RunPrediction } from '#app/domain/run.ts';
import { openStore } from './store.ts';
import { countingClock, temporaryStore } from './testing/temporary-store.ts';
import { labelledProject, newBackbone, newRun, runResult, runSamples } from './testing/samples.ts';

function queuedRun() {
  const { store, path } = temporaryStore();
  const labelled = labelledProject(store);
  const run = store.runs.create(newRun(store, labelled), runSamples(labelled));
  return { store, path, labelled, run };
}

const error = { code: 'engine.died', message: 'The engine ended.' };

it('gives a run back with its whole configuration, provenance and frozen samples after a restart', () => {
  const { store, path, labelled, run } = queuedRun();
  store.close();
  const again = openStore(path, { now: countingClock() });
  expect(again.runs.get(run.id)).toEqual({
    ...newRun(again, labelled),
    id: run.id,
    number: 1,
    name: 'run 1',
    pinned: false,
    tags: [],
    state: 'queued',
    error: null,
    result: null,
    enginePid: null,
    createdAt: run.createdAt,
    startedAt: null,
    endedAt: null,
  });
  expect(again.runs.samples(run.id)).toEqual(runSamples(labelled));
  again.close();
});

it('keeps the labels a run was started with when photos are relabelled later', () => {
  const { store, labelled, run } = queuedRun();
  store.labels.set(
    labelled.project,
    labelled.photos.map((photoId) => ({ photoId, classId: labelled.classes[0].id })),
    { actor: 'ada', source: 'manual' },
  );
  expect(store.runs.samples(run.id).map((sample) => sample.label)).toEqual(labelled.photos.map((_, i) => i % 2));
  expect(store.runs.get(run.id).provenance.labelRevision).toBe(labelled.photos.length);
});

it('keeps the order in which samples were given', () => {
  const { store, labelled } = queuedRun();
  const samples = runSamples(labelled).toReversed();
  const run = store.runs.create(newRun(store, labelled), samples);
  expect(store.runs.samples(run.id)).toEqual(samples);
});

it('goes through queued, running, stopped, running again and finished with their times', () => {
  const { store, run } = queuedRun();
  const running = store.runs.move(run.id, { to: 'running', enginePid: 4321 });
  expect(running).toMatchObject({ state: 'running', enginePid: 4321, endedAt: null });
  const stopped = store.runs.move(run.id, { to: 'stopped', error });
  expect(stopped).toMatchObject({ state: 'stopped', enginePid: null, error, startedAt: running.startedAt });
  store.runs.move(run.id, { to: 'running', enginePid: null });
  const finished = store.runs.move(run.id, { to: 'finished', result: runResult });
  expect(finished).toMatchObject({ state: 'finished', result: runResult, error: null, startedAt: running.startedAt });
  expect(finished.endedAt).toBeGreaterThan(stopped.endedAt ?? Infinity);
});

it('refuses to move a finished run and leaves it as it is', () => {
  const { store, run } = queuedRun();
  store.runs.move(run.id, { to: 'running', enginePid: null });
  const finished = store.runs.move(run.id, { to: 'finished', result: runResult });
  for (const transition of [
    { to: 'running', enginePid: 1 },
    { to: 'failed', error },
    { to: 'queued' },
    { to: 'finished', result: runResult },
  ] as const) {
    expect(() => store.runs.move(run.id, transition)).toThrow(
      expect.objectContaining({ code: 'runs.illegal-transition' }),
    );
  }
  expect(store.runs.get(run.id)).toEqual(finished);
});

it('lists runs newest first and by state', () => {
  const { store, labelled, run } = queuedRun();
  const second = store.runs.create({ ...newRun(store, labelled), name: 'longer' }, runSamples(labelled));
  expect(store.runs.list(labelled.project).map(({ number, name }) => [number, name])).toEqual([
    [2, 'longer'],
    [1, 'run 1'],
  ]);
  store.runs.move(run.id, { to: 'failed', error });
  const ids = (state: RunState): number[] => store.runs.inState(state).map(({ id }) => id);
  expect([ids('queued'), ids('failed'), ids('running')]).toEqual([[second.id], [run.id], []]);
});

it('renames and annotates a run', () => {
  const { store, run } = queuedRun();
  store.runs.edit(run.id, { name: 'with flips', tags: ['poster'] });
  expect(store.runs.edit(run.id, { note: 'for the poster', pinned: true })).toMatchObject({
    name: 'with flips',
    note: 'for the poster',
    pinned: true,
    tags: ['poster'],
  });
  expect(() => store.runs.edit(runId(99), { name: 'x' })).toThrow(expect.objectContaining({ code: 'runs.unknown' }));
});

it('creates no run without photos, split or backbone', () => {
  const { store, labelled, run } = queuedRun();
  const wanted = newRun(store, labelled);
  const samples = runSamples(labelled);
  const { provenance } = wanted;
  expect(() => store.runs.create(wanted, [])).toThrow(expect.objectContaining({ code: 'runs.no-samples' }));
  expect(() => store.runs.create({ ...wanted, provenance: { ...provenance, splitId: splitId(77) } }, samples)).toThrow(
    expect.objectContaining({ code: 'splits.unknown' }),
  );
  expect(() =>
    store.runs.create(
      { ...wanted, provenance: { ...provenance, backbone: backboneIdentity('c'.repeat(64)) } },
      samples,
    ),
  ).toThrow(expect.objectContaining({ code: 'backbones.unknown' }));
  expect(store.runs.list(labelled.project).map(({ id }) => id)).toEqual([run.id]);
});

it('keeps one row an epoch, the last one recorded', () => {
  const { store, run } = queuedRun();
  const metric = (epoch: number, trainLoss: number | null): RunMetric => ({
    epoch,
    trainLoss,
    learningRate: trainLoss === null ? null : 1e-3,
    validation: epoch % 2 === 0 ? { loss: 0.7, accuracy: 0.5, macroF1: 0.4 } : null,
    imagesPerSecond: null,
    rssBytes: 3e8,
  });
  store.runs.recordMetrics(run.id, [metric(1, 0.9), metric(0, null)]);
  store.runs.recordMetrics(run.id, [metric(2, 0.6), metric(1, 0.8)]);
  expect(store.runs.metrics(run.id)).toEqual(
    [metric(0, null), metric(1, 0.8), metric(2, 0.6)].map((m) => ({ ...m, at: expect.any(Number) as number })),
  );
});

it('keeps predictions as the float32 numbers that the network gave, and replaces them as a whole', () => {
  const { store, labelled, run } = queuedRun();
  const prediction = (i: number, by: 'run' | 'probe'): RunPrediction => ({
    photoId: labelled.photos[i]!,
    by,
    subset: 'test',
    label: i % 2,
    logits: [Math.fround(0.1 + i), Math.fround(-1e-20), Infinity],
  });
  store.runs.recordPredictions(run.id, [prediction(3, 'run')]);
  store.runs.recordPredictions(run.id, [prediction(2, 'run'), prediction(1, 'run'), prediction(1, 'probe')]);
  expect(store.runs.predictions(run.id, 'run')).toEqual([prediction(1, 'run'), prediction(2, 'run')]);
  expect(store.runs.predictions(run.id, 'probe')).toEqual([prediction(1, 'probe')]);
});

it('gives the checkpoint recorded last, also when a resumed run counts its steps again', () => {
  const { store, run } = queuedRun();
  expect(store.runs.latestCheckpoint(run.id)).toBeNull();
  store.runs.recordCheckpoint(run.id, { epoch: 5, step: 200, path: 'runs/1/b' });
  const last = store.runs.recordCheckpoint(run.id, { epoch: 4, step: 160, path: 'runs/1/a' });
  expect(store.runs.latestCheckpoint(run.id)).toEqual(last);
  expect(last).toEqual({ runId: run.id, epoch: 4, step: 160, path: 'runs/1/a', at: expect.any(Number) as number });
});

it('refuses to store a number that could not be read again', () => {
  const { store, run } = queuedRun();
  store.runs.move(run.id, { to: 'running', enginePid: null });
  expect(() => store.runs.move(run.id, { to: 'finished', result: { ...runResult, seconds: NaN } })).toThrow(
    expect.objectContaining({ code: 'store.unstorable' }),
  );
  expect(store.runs.get(run.id).state).toBe('running');
});

it('stores splits with number, counts and members, and tells drawn ones from imported ones', () => {
  const { store } = temporaryStore();
  const { project, photos, split } = labelledProject(store);
  expect(split).toEqual({
    id: 1,
    projectId: project,
    number: 1,
    name: 'split 1',
    drawn: { seed: 7, fractions: { train: 0.5, validation: 0.25, test: 0.25 } },
    labelRevision: 8,
    digest: 'd'.repeat(64),
    createdAt: expect.any(Number) as number,
    counts: { train: 4, validation: 2, test: 2 },
  });
  const members = photos.map((photoId) => ({ photoId, subset: 'test' as const, cluster: 0 }));
  const plain = { projectId: project, drawn: null, labelRevision: 8, digest: 'e' };
  const imported = store.splits.create({ ...plain, name: 'split 3' }, members);
  expect(imported).toMatchObject({ number: 2, drawn: null, counts: { train: 0, validation: 0, test: 8 } });
  // "split 3" is taken by hand.
  expect(store.splits.create({ ...plain, name: null }, members).name).toBe('split 4');
  expect(store.splits.members(imported.id)).toEqual(members);
  expect(store.splits.latest(project)?.name).toBe('split 4');
  expect(store.splits.find(project, 'split 3')).toEqual(imported);
  expect(store.splits.list(project).map(({ number }) => number)).toEqual([3, 2, 1]);
  expect(() => store.splits.create({ ...plain, name: 'split 1' }, members)).toThrow(
    expect.objectContaining({ code: 'splits.name-taken' }),
  );
  expect(() => store.splits.create({ ...plain, name: null }, [])).toThrow(
    expect.objectContaining({ code: 'splits.empty' }),
  );
});

it('stores a backbone once', () => {
  const { store } = temporaryStore();
  const stored = store.backbones.add(newBackbone);
  expect(stored).toEqual({ ...newBackbone, importedAt: 1000 });
  expect(store.backbones.add({ ...newBackbone, name: 'another name', path: 'elsewhere' })).toEqual(stored);
  expect(store.backbones.list()).toEqual([stored]);
  const unknown = backboneIdentity('c'.repeat(64));
  expect(store.backbones.find(unknown)).toBeNull();
  expect(() => store.backbones.get(unknown)).toThrow(expect.objectContaining({ code: 'backbones.unknown' }));
});

it('stores a pack once a run and once imported, and verifies it when its backbone comes', () => {
  const { store, run } = queuedRun();
  const pack = {
    name: 'oaks',
    path: 'packs/oaks.safetensors',
    sha256: 'a'.repeat(64),
    bytes: 250_000,
    state: 'not-verified',
    backbone: backboneIdentity('c'.repeat(64)),
    backboneName: 'vit_base_patch16_224',
    runId: null,
    classNames: ['oak', 'elm'],
    method: run.config.method,
  } as const;
  const imported = store.packs.add(pack);
  expect(imported).toEqual({ ...pack, id: 1, createdAt: expect.any(Number) as number });
  expect(store.packs.add({ ...pack, name: 'again' })).toEqual(imported);
  const exported = store.packs.add({ ...pack, runId: run.id, state: 'verified' });
  expect(store.packs.list()).toEqual([exported, imported]);
  expect(store.packs.ofRun(run.id)).toEqual([exported]);
  expect(store.packs.withSha256(pack.sha256)).toEqual([imported, exported]);
  expect(store.packs.awaiting(pack.backbone)).toEqual([imported]);
  expect(store.packs.markVerified(imported.id)).toEqual({ ...imported, state: 'verified' });
  expect(store.packs.awaiting(pack.backbone)).toEqual([]);
});

it('names a class of a run by what it was called when the run started', () => {
  const { run, labelled } = queuedRun();
  expect(run.classes).toEqual([
    { id: labelled.classes[0].id, name: 'oak' },
    { id: classId(2), name: 'elm' },
  ]);
});

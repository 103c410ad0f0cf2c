/** Applying a pack to a project over a real store, real photos and a real pack file, with an engine that does what the test says. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { PackId } from '#app/domain/ids.ts';
import type { Project } from '#app/domain/project.ts';
import type { Script } from '#app/testing/scripted-engine.ts';
import { scriptedEngine } from '#app/testing/scripted-engine.ts';
import { openStore } from '../db/store.ts';
import { writePack } from '../files/packs/pack-files.ts';
import { packContent } from '../files/testing/packs.ts';
import type { Core } from './open-core.ts';
import { openCore } from './open-core.ts';
import { renderSamplePhotos } from './samples.ts';

let folder: string;
let home: string;
let core: Core;
let project: Project;
let pack: PackId;

async function open(predict?: Script['predict']): Promise<void> {
  const engine = scriptedEngine(predict === undefined ? {} : { predict });
  core = await openCore({ home, what: 'a test', access: 'write', engine });
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dtl-apply-'));
  home = join(folder, 'home');
  await renderSamplePhotos(join(folder, 'photos'), { seed: 0, perClass: 3, size: 32, classes: 2 });
  await open();
  project = core.projects.create('p');
  await core.library.import(project, join(folder, 'photos'));
  const content = packContent();
  const { sha256, bytes } = await writePack(join(home, 'packs', 'one.safetensors'), content);
  core.close();
  const store = openStore(join(home, 'dtl-studio.sqlite'), { now: Date.now });
  const { spec } = content.backbone;
  store.backbones.add({
    ...content.backbone,
    mean: [0.5, 0.5, 0.5],
    std: [0.5, 0.5, 0.5],
    parameters: spec.width,
    dtype: 'float32',
    bytes: 1,
    licence: null,
    path: 'backbones/none.safetensors',
    tensorPrefix: '',
    source: 'a test',
    details: null,
  });
  pack = store.packs.add({
    name: 'one',
    path: 'packs/one.safetensors',
    sha256,
    bytes,
    state: 'verified',
    backbone: content.backbone.identity,
    backboneName: content.backbone.name,
    runId: null,
    classNames: content.classNames,
    method: content.method,
  }).id;
  store.close();
});

afterEach(async () => {
  core.close();
  await rm(folder, { recursive: true, force: true });
});

const said = (): number => core.library.facets(project.id).packs[0]?.photos ?? 0;

it('keeps what was said before somebody cancelled it', async () => {
  const controller = new AbortController();
  await open(async (job, { emit, checkStopped }) => {
    emit({ type: 'predictions', rows: job.samples.slice(0, 2).map(({ id }) => ({ id, logits: [[0, 3, 0]] })) });
    controller.abort();
    await checkStopped();
    throw new Error('It was not stopped.');
  });
  let kept = 0;
  const applying = core.packs.apply(pack, project, 'all', { signal: controller.signal, onKept: () => kept++ });
  await expect(applying).rejects.toMatchObject({ kind: 'cancelled' });
  expect([kept, said()]).toEqual([1, 2]);
});

it('stops the engine and says why when nothing can be kept', async () => {
  let stopped = false;
  await open(async (job, { emit, checkStopped }) => {
    emit({ type: 'predictions', rows: job.samples.map(({ id }) => ({ id, logits: [[NaN, NaN, NaN]] })) });
    await checkStopped().catch((error: unknown) => {
      stopped = true;
      throw error;
    });
    return { kind: 'predict', peakRssBytes: 0, seconds: 1 };
  });
  await expect(core.packs.apply(pack, project, 'all')).rejects.not.toMatchObject({ kind: 'cancelled' });
  expect([stopped, said()]).toEqual([true, 0]);
});

it('stops and says so when the pack is removed meanwhile', async () => {
  await open(async (job, { emit, checkStopped }) => {
    await core.packs.remove(pack);
    emit({ type: 'predictions', rows: job.samples.map(({ id }) => ({ id, logits: [[0, 3, 0]] })) });
    await checkStopped();
    throw new Error('It was not stopped.');
  });
  await expect(core.packs.apply(pack, project, 'all')).rejects.toMatchObject({
    code: 'packs.removed',
    kind: 'expected',
  });
});

it('looks at chosen photos, and at no excluded one unless it is named', async () => {
  const asked: number[] = [];
  await open((job, { emit }) => {
    asked.push(job.samples.length);
    emit({ type: 'predictions', rows: job.samples.map(({ id }) => ({ id, logits: [[0, 3, 0]] })) });
    return Promise.resolve({ kind: 'predict', peakRssBytes: 0, seconds: 1 });
  });
  const { view } = core.library.views.open(project.id, {}, 'name');
  const [one, two] = core.library.views.slice(view, 0, 2);
  if (one === undefined || two === undefined) throw new Error('The project has photos.');
  core.labels.mark(project.id, [one], 'excluded', true);
  await core.packs.apply(pack, project, 'all');
  await core.packs.apply(pack, project, [one, two]);
  expect(asked).toEqual([5, 2]);
  expect(said()).toBe(6);
});

it('counts everything that it has said, however quickly the batches came', async () => {
  await open((job, { emit }) => {
    for (const { id } of job.samples) emit({ type: 'predictions', rows: [{ id, logits: [[0, 3, 0]] }] });
    return Promise.resolve({ kind: 'predict', peakRssBytes: 0, seconds: 1 });
  });
  await core.packs.apply(pack, project, 'all');
  expect(said()).toBe(6);
});

it('keeps nothing that it said of bytes which a photo has no more', async () => {
  await open(async (job, { emit }) => {
    const [first] = job.samples;
    await writeFile(first!.path, await readFile(job.samples.at(-1)!.path));
    await core.library.import(project, join(folder, 'photos'));
    emit({ type: 'predictions', rows: job.samples.map(({ id }) => ({ id, logits: [[0, 3, 0]] })) });
    return { kind: 'predict', peakRssBytes: 0, seconds: 1 };
  });
  await core.packs.apply(pack, project, 'all');
  expect(said()).toBe(5);
});

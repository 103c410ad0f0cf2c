/** Several packs over the same photos: a real store, real photos and pack files, and an engine that says what the test wants. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { backboneIdentity } from '#app/domain/id-of.ts';
import type { PackId } from '#app/domain/ids.ts';
import type { PackContent } from '#app/domain/pack-content.ts';
import type { Project } from '#app/domain/project.ts';
import type { Script } from '#app/testing/scripted-engine.ts';
import { scriptedEngine } from '#app/testing/scripted-engine.ts';
import { openStore } from '../db/store.ts';
import { writePack } from '../files/packs/pack-files.ts';
import { packContent } from '../files/testing/packs.ts';
import { createMedia } from './media/media.ts';
import type { Core } from './open-core.ts';
import { openCore } from './open-core.ts';
import { renderSamplePhotos } from './samples.ts';

let folder: string;
let home: string;
let core: Core;
let project: Project;
let engine: ReturnType<typeof scriptedEngine>;
/** Two on one backbone, which know "class 0" to "class 2"; the third is on another one. */
let packs: readonly [PackId, PackId, PackId];

const everything = { sort: 'name', descending: false, disagree: false, below: null } as const;

async function open(predict?: Script['predict']): Promise<void> {
  engine = scriptedEngine(predict === undefined ? {} : { predict });
  core = await openCore({ home, what: 'a test', access: 'write', engine });
}

/** Logits of class 1 and class 2; of class 0 they are 0. */
const says = (one: number, two: number): number[] => [0, one, two];

/** By photo, what the first and the second pack say. */
const opinions = [
  [says(6, 0), says(5, 0)],
  [says(0, 6), says(5, 0)],
  [says(1, 0), says(6, 0)],
  [says(0, 1), says(1, 0)],
] as const;

const answer: Script['predict'] = (job, { emit }) => {
  for (const { id, path } of job.samples) {
    const logits = opinions[id];
    if (logits === undefined) emit({ type: 'photo-failed', id, path, reason: 'It is no photo.' });
    else emit({ type: 'predictions', rows: [{ id, logits: [[...logits[0]], [...logits[1]]] }] });
  }
  return Promise.resolve({ kind: 'predict', peakRssBytes: 0, seconds: 1 });
};

async function added(
  name: string,
  content: PackContent,
): Promise<Parameters<ReturnType<typeof openStore>['packs']['add']>[0]> {
  const { sha256, bytes } = await writePack(join(home, 'packs', `${name}.safetensors`), content);
  const { backbone, classNames, method } = content;
  return {
    name,
    path: `packs/${name}.safetensors`,
    sha256,
    bytes,
    state: 'verified',
    backbone: backbone.identity,
    backboneName: backbone.name,
    runId: null,
    classNames,
    method,
  };
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dtl-compare-'));
  home = join(folder, 'home');
  await renderSamplePhotos(join(folder, 'photos'), { seed: 0, perClass: 2, size: 32, classes: 2 });
  await open();
  project = core.projects.create('p');
  await core.library.import(project, join(folder, 'photos'));
  core.close();
  const content = packContent();
  const other = { ...content.backbone, name: 'vit_other', identity: backboneIdentity('ef'.repeat(32)) };
  const seeded = (seed: number): PackContent => ({ ...content, provenance: { ...content.provenance, seed } });
  const [one, two, three] = [
    await added('=one', seeded(1)),
    await added('two', seeded(2)),
    await added('three', { ...content, backbone: other }),
  ];
  const store = openStore(join(home, 'dtl-studio.sqlite'), { now: Date.now });
  for (const backbone of [content.backbone, other]) {
    store.backbones.add({
      ...backbone,
      mean: [0.5, 0.5, 0.5],
      std: [0.5, 0.5, 0.5],
      parameters: backbone.spec.width,
      dtype: 'float32',
      bytes: 1,
      licence: null,
      path: `backbones/${backbone.name}.safetensors`,
      tensorPrefix: '',
      source: 'a test',
      details: null,
    });
  }
  packs = [store.packs.add(one).id, store.packs.add(two).id, store.packs.add(three).id];
  store.close();
});

afterEach(async () => {
  core.close();
  await rm(folder, { recursive: true, force: true });
});

it('computes packs of one backbone in one job and keeps what each says of the library', async () => {
  await open(answer);
  const [one, two] = packs;
  const { summary, failed } = await core.packs.compare([one, two], project, 'all');
  expect(engine.jobs.filter(({ kind }) => kind === 'predict')).toMatchObject([{ adapters: [{}, {}] }]);
  expect(failed).toEqual([]);
  expect(summary).toMatchObject({
    packs: [
      { pack: one, name: '=one' },
      { pack: two, name: 'two' },
    ],
    project: project.id,
    folder: null,
    total: 4,
    disagreements: 2,
  });
  const { packs: kept } = core.library.facets(project.id);
  expect(kept.map(({ pack, photos }) => [pack, photos]).sort()).toEqual([
    [one, 4],
    [two, 4],
  ]);
  const { rows } = core.packs.comparedRows(summary.compared, everything, 1, 2);
  expect(rows).toMatchObject([
    {
      index: 1,
      agree: false,
      said: [{ label: 'class 2', ranked: [{ label: 'class 2' }, {}, {}] }, { label: 'class 1' }],
    },
  ]);
  const [photo] = core.library.views.slice(core.library.views.open(project.id, {}, 'name').view, 1, 2);
  expect(rows[0]?.photo?.id).toBe(photo);
});

it('shows first what the packs agree on least, or are least sure of, and only what is asked for', async () => {
  await open(answer);
  const [one, two] = packs;
  const { compared } = (await core.packs.compare([one, two], project, 'all')).summary;
  const places = (order: Partial<Parameters<Core['packs']['comparedRows']>[1]>): readonly number[] =>
    core.packs.comparedRows(compared, { ...everything, ...order }, 0, 10).rows.map(({ index }) => index);
  expect(places({})).toEqual([0, 1, 2, 3]);
  expect(places({ descending: true })).toEqual([3, 2, 1, 0]);
  // 2: one class, once surely and once hardly; 0: as good as the same.
  expect(places({ sort: 'agreement' })).toEqual([1, 3, 2, 0]);
  expect(places({ sort: 'lowest' }).slice(0, 2).sort()).toEqual([2, 3]);
  expect(places({ sort: 1, descending: true })).toEqual([2, 0, 1, 3]);
  expect(places({ disagree: true })).toEqual([1, 3]);
  expect(places({ below: 0.9 })).toEqual([2, 3]);
  expect(places({ below: 0.9, disagree: true })).toEqual([3]);
});

it('writes a column pair a pack, and no cell that a spreadsheet would run', async () => {
  await open(answer);
  const [one, two] = packs;
  const { compared } = (await core.packs.compare([one, two], project, 'all')).summary;
  const [header, ...lines] = core.packs
    .comparedCsv(compared, { ...everything, disagree: true })
    .trimEnd()
    .split('\n');
  expect(header).toBe("file_name,agree,'=one label,'=one confidence,two label,two confidence");
  expect(lines).toHaveLength(2);
  const [name = '', agree, ...said] = lines[0]?.split(',') ?? [];
  expect(name.startsWith(join(folder, 'photos'))).toBe(true);
  expect([agree, said[0], said[2]]).toEqual(['no', 'class 2', 'class 1']);
  expect(Number(said[1])).toBeCloseTo(Math.exp(6) / (Math.exp(6) + 2), 12);
});

it('compares over a folder of no project and names photos that could not be read', async () => {
  const field = join(folder, 'field');
  await mkdir(field);
  await renderSamplePhotos(field, { seed: 1, perClass: 1, size: 32, classes: 4 });
  await writeFile(join(field, 'zz.jpg'), 'no photo');
  await open(answer);
  const [one, two] = packs;
  const { summary, failed } = await core.packs.compareFolder([one, two], field);
  expect(failed).toEqual([{ path: join(field, 'zz.jpg'), reason: 'It is no photo.' }]);
  expect(summary).toMatchObject({ project: null, folder: field, total: 4, disagreements: 2 });
  expect(core.library.facets(project.id).packs).toEqual([]);
  const { rows } = core.packs.comparedRows(summary.compared, everything, 0, 10);
  expect(rows.map(({ photo }) => photo)).toEqual([null, null, null, null]);
  const media = createMedia(core);
  expect((await media(`/media/compared/${summary.compared}/0?thumb`)).status).toBe(200);
  expect((await media(`/media/compared/${summary.compared}/4?thumb`)).status).toBe(404);
  expect(() => core.packs.compared(summary.compared + 1)).toThrow(
    expect.objectContaining({ code: 'packs.found-gone' }),
  );
});

it('refuses a pack of another backbone, names both, and computes nothing', async () => {
  await open(answer);
  const [one, , stranger] = packs;
  for (const asked of [
    core.packs.compare([one, stranger], project, 'all'),
    core.packs.compareFolder([one, stranger], folder),
  ]) {
    await expect(asked).rejects.toMatchObject({
      code: 'packs.other-backbone',
      kind: 'expected',
      message: expect.stringMatching(/"=one" is on "vit_test", "three" on "vit_other"/) as string,
    });
  }
  expect(engine.jobs).toEqual([]);
});

it('keeps what all packs said before somebody cancelled', async () => {
  const controller = new AbortController();
  await open(async (job, { emit, checkStopped }) => {
    emit({
      type: 'predictions',
      rows: job.samples.slice(0, 2).map(({ id }) => ({ id, logits: [says(3, 0), says(0, 3)] })),
    });
    controller.abort();
    await checkStopped();
    throw new Error('It was not stopped.');
  });
  const [one, two] = packs;
  await expect(core.packs.compare([one, two], project, 'all', { signal: controller.signal })).rejects.toMatchObject({
    kind: 'cancelled',
  });
  expect(core.library.facets(project.id).packs.map(({ photos }) => photos)).toEqual([2, 2]);
});

/** Projects, library, labels and classes as a window asks for them: procedures called in this process, on real files. */
import { cp, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRouterClient } from '@orpc/server';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CoreEvent } from '#app/contract/events.ts';
import type { TaskView } from '#app/contract/tasks.ts';
import type { PhotoId, ProjectId } from '#app/domain/ids.ts';
import { createHub } from '../live/hub.ts';
import type { Hub } from '../live/hub.ts';
import { createTasks } from '../live/tasks.ts';
import type { Tasks } from '../live/tasks.ts';
import { createUploads } from '../live/uploads.ts';
import type { Uploads } from '../live/uploads.ts';
import { openCore } from '../open-core.ts';
import type { Core } from '../open-core.ts';
import { renderSamplePhotos } from '../samples.ts';
import { classesApi } from './classes.ts';
import { labelsApi } from './labels.ts';
import { libraryApi } from './library.ts';
import { projectsApi } from './projects.ts';

let home: string;
let photos: string;
let core: Core;
let hub: Hub;
let tasks: Tasks;
let uploads: Uploads;
let events: CoreEvent[];

async function open(): Promise<void> {
  core = await openCore({ home: join(home, 'profile'), what: 'a test', access: 'write' });
  hub = createHub();
  tasks = createTasks(hub);
  uploads = await createUploads(join(home, 'uploads'));
  events = [];
  const stream = hub.stream();
  await stream.next();
  void (async () => {
    for await (const event of stream) events.push(event);
  })();
}

async function close(): Promise<void> {
  await tasks.close();
  core.close();
}

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'dtl-api-'));
  photos = join(home, 'parts');
  await renderSamplePhotos(photos, { seed: 0, perClass: 3, size: 32, classes: 2 });
  await open();
});

afterEach(async () => {
  await close();
  await rm(home, { recursive: true, force: true });
});

const api = () => {
  const context = { core, hub, tasks, uploads };
  return createRouterClient({
    projects: projectsApi(context),
    library: libraryApi(context),
    labels: labelsApi(context),
    classes: classesApi(context),
  });
};

async function ended(task: number): Promise<TaskView> {
  for (;;) {
    const view = tasks.list().find(({ id }) => id === task);
    if (view !== undefined && view.state !== 'running') return view;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

async function imported(labels: readonly string[] = []): Promise<ProjectId> {
  const started = await api().projects.fromFolder({ folder: photos, name: null, labels: [...labels] });
  expect(await ended(started.task)).toMatchObject({ state: 'finished' });
  return started.project;
}

async function shown(project: ProjectId, filter: object = {}): Promise<{ id: PhotoId; name: string }[]> {
  const { view, total } = await api().library.view({ project, filter, sort: 'name' });
  return [...(await api().library.rows({ view, from: 0, to: total }))];
}

const typesSince = async (from: number): Promise<string[]> => {
  await new Promise((resolve) => setTimeout(resolve, 0));
  return events.slice(from).map(({ type }) => type);
};

describe('a project', () => {
  it('comes from a folder, with the chosen subfolders as labels', async () => {
    const offer = await api().library.offer({ folder: photos });
    expect(offer).toMatchObject({
      photos: 6,
      labels: [
        { name: 'ball-bearing', photos: 3 },
        { name: 'gear', photos: 3 },
      ],
    });
    const project = await imported(['gear']);
    const card = await api().projects.show({ project });
    expect(card).toMatchObject({ name: 'parts', photos: 6, labelled: 3, classes: 1, runs: 0, lastResult: null });
    expect(card.covers).toHaveLength(1);
    expect(await api().library.facets({ project })).toMatchObject({ total: 6, unlabelled: 3, packs: [] });
    expect(events.map(({ type }) => type)).toEqual(
      expect.arrayContaining(['projects', 'photos', 'labels', 'classes', 'task']),
    );
    const state = await api().labels.state({ project });
    expect(state.undo?.title).toBe('Label 3 photos by their folders');
  });

  it('is not created from a folder without photos, nor under a name that is taken', async () => {
    const empty = await mkdtemp(join(home, 'empty-'));
    await expect(api().projects.fromFolder({ folder: empty, name: null, labels: [] })).rejects.toMatchObject({
      code: 'photos.folder-empty',
    });
    await api().projects.create({ name: 'parts' });
    await expect(api().projects.create({ name: 'parts' })).rejects.toMatchObject({ code: 'projects.name-taken' });
    await expect(api().projects.create({ name: ' ' })).rejects.toMatchObject({ code: 'projects.name-invalid' });
    await imported();
    expect((await api().projects.list()).projects.map(({ name }) => name).sort()).toEqual(['parts', 'parts 2']);
  });

  it('gets its photos once when its folder is imported twice at once', async () => {
    const { id: project } = await api().projects.create({ name: 'twice' });
    const ask = () => api().library.import({ project, folder: photos, labels: ['gear'] });
    const started = await Promise.all([ask(), ask()]);
    const [one, two] = [await ended(started[0].task), await ended(started[1].task)];
    expect(one).toMatchObject({ state: 'finished', result: { report: { added: 6, labelled: 3 } } });
    expect(two).toMatchObject({ state: 'finished', result: { report: { added: 0, unchanged: 6, labelled: 0 } } });
  });

  it('has a name of one line, also when its folder has not', async () => {
    const odd = join(home, `${'🌳'.repeat(45)}\u202e\nplots${'🌳'.repeat(5)}`);
    await rename(photos, odd);
    const { project, task } = await api().projects.fromFolder({ folder: odd, name: null, labels: [] });
    await ended(task);
    expect((await api().projects.show({ project })).name).toBe(`${'🌳'.repeat(45)}  plots${'🌳'.repeat(5)}`);
    for (const name of ['a\u202eb', 'a\u2028b', 'a\ud800b']) {
      await expect(api().projects.rename({ project, name })).rejects.toMatchObject({ code: 'projects.name-invalid' });
    }
  });

  it('is listed by when it was last opened', async () => {
    const one = await api().projects.create({ name: 'one' });
    const two = await api().projects.create({ name: 'two' });
    await new Promise((resolve) => setTimeout(resolve, 5));
    await api().projects.open({ project: one.id });
    await api().projects.rename({ project: two.id, name: 'three' });
    expect((await api().projects.list()).projects.map(({ name }) => name)).toEqual(['one', 'three']);
  });

  it('can be the sample, with photos left to label', async () => {
    const { task } = await api().projects.sample();
    const view = await ended(task);
    expect(view).toMatchObject({ state: 'finished', result: { kind: 'sample-project' } });
    const [card] = (await api().projects.list()).projects;
    expect(card).toMatchObject({ name: 'Sample project', photos: 160, labelled: 112, classes: 4 });
    expect(card?.covers).toHaveLength(4);
    const rest = await shown(card!.id, { classes: [null] });
    expect(rest.slice(0, 5).map(({ name }) => name)).toEqual([
      'new-029-ball-bearing.jpg',
      'new-029-gear.jpg',
      'new-029-hex-nut.jpg',
      'new-029-lock-washer.jpg',
      'new-030-ball-bearing.jpg',
    ]);
  });
});

describe('labelling', () => {
  it('is told to everybody after the commit, and undone after the program was closed and opened again', async () => {
    const project = await imported();
    const { class: gear } = await api().classes.add({ project, name: 'gear' });
    const rows = await shown(project);
    const ids = rows.map(({ id }) => id);
    const from = events.length;
    expect(await api().labels.set({ project, photos: ids, class: gear.id })).toMatchObject({ changed: 6, photos: ids });
    await api().labels.flag({ project, photos: ids.slice(0, 2), flagged: true });
    await api().labels.exclude({ project, photos: ids.slice(0, 1), excluded: true });
    expect(await typesSince(from)).toEqual(['labels', 'photos', 'photos']);
    expect(events[from]).toMatchObject({ project, revision: 6, photos: ids });
    await close();
    await open();
    expect((await api().labels.state({ project })).undo?.title).toBe('Exclude 1 photo');
    for (const title of ['Exclude 1 photo', 'Flag 2 photos', 'Label 6 photos "gear"', 'Add class "gear"']) {
      expect((await api().labels.undo({ project })).done.title).toBe(title);
    }
    await expect(api().labels.undo({ project })).rejects.toMatchObject({ code: 'labels.nothing-to-undo' });
    expect(await api().library.facets({ project })).toMatchObject({
      labelled: 0,
      flagged: 0,
      excluded: 0,
      classes: [],
    });
    for (let n = 0; n < 4; n++) await api().labels.redo({ project });
    expect(await api().library.facets({ project })).toMatchObject({ labelled: 6, flagged: 2, excluded: 1 });
    expect((await api().classes.list({ project })).classes).toMatchObject([{ id: gear.id, key: '1', photos: 6 }]);
  });

  it('takes back what a window means and not a table that came in between', async () => {
    const project = await imported();
    const { made } = await api().classes.add({ project, name: 'gear' });
    const upload = await uploads.receive(
      (async function* () {
        yield new TextEncoder().encode('file_name,label\ngear/gear-001.jpg,gear\n');
      })(),
    );
    const table = await api().labels.importTable({ project, upload, fileName: 'labels.csv' });
    await expect(api().labels.undo({ project, edit: made })).rejects.toMatchObject({
      code: 'labels.other-edit',
      message: expect.stringContaining('"Take labels of 1 photo from a table" came in between') as string,
      data: { edit: table.made },
    });
    expect(await api().library.facets({ project })).toMatchObject({ labelled: 1 });
    await api().labels.undo({ project, edit: table.made });
    expect((await api().labels.undo({ project, edit: made })).done.title).toBe('Add class "gear"');
  });

  it('names the person of the settings in the history', async () => {
    const project = await imported();
    const [first] = await shown(project);
    const { class: gear } = await api().classes.add({ project, name: 'gear' });
    core.settings.set({ actor: 'Ada' });
    await api().labels.set({ project, photos: [first!.id], class: gear.id });
    const details = await api().library.photo({ photo: first!.id });
    expect(details.history).toMatchObject([{ actor: 'Ada', source: 'manual', from: null, to: 'gear' }]);
  });

  it('tells windows of classes that were merged, renamed and put in order', async () => {
    const project = await imported(['gear', 'ball-bearing']);
    const [bearing, gear] = (await api().classes.list({ project })).classes;
    const from = events.length;
    await api().classes.reorder({ project, classes: [gear!.id, bearing!.id] });
    await api().classes.edit({ project, class: gear!.id, name: 'cog', key: bearing!.key });
    await api().classes.merge({ project, class: bearing!.id, into: gear!.id });
    expect(await typesSince(from)).toEqual(['classes', 'classes', 'labels', 'classes']);
    expect((await api().classes.list({ project })).classes).toMatchObject([
      { name: 'cog', key: bearing!.key, photos: 6 },
    ]);
    await expect(api().classes.remove({ project, class: gear!.id })).rejects.toMatchObject({ code: 'classes.in-use' });
  });

  it('leaves excluded photos out of splits', async () => {
    const project = await imported(['gear', 'ball-bearing']);
    const [first] = await shown(project);
    await api().labels.exclude({ project, photos: [first!.id], excluded: true });
    const report = core.splits.draw(core.projects.get(project));
    expect(report).toMatchObject({ excluded: 1, unusable: 0 });
    expect(Object.values(report.split.counts).reduce((sum, photos) => sum + photos, 0)).toBe(5);
  });

  it('takes labels from a table that was handed over, and gives them as one', async () => {
    const project = await imported();
    const table = 'file_name,label\ngear/gear-001.jpg,cog\ngear/gear-002.jpg,cog\nelsewhere.jpg,cog\n';
    const upload = await uploads.receive(
      (async function* () {
        yield new TextEncoder().encode(table);
      })(),
    );
    const report = await api().labels.importTable({ project, upload, fileName: '../my labels.csv' });
    expect(report).toMatchObject({ matched: 2, changed: 2 });
    expect(report.notes).toEqual([
      'New classes: cog.',
      'Left out 1 row for photos that the project does not have: "elsewhere.jpg" (line 4).',
    ]);
    const csv = await api().labels.csv({ project });
    expect(csv.split(/\r?\n/).slice(0, 3)).toEqual([
      'file_name,label,split,group',
      'gear/gear-001.jpg,cog,,',
      'gear/gear-002.jpg,cog,,',
    ]);
    expect(report.made).toBe((await api().labels.state({ project })).undo?.id);
    expect((await api().labels.undo({ project })).done.title).toBe('Take labels of 2 photos from a table');
    expect((await api().classes.list({ project })).classes).toEqual([]);
    const wrong = await uploads.receive(
      (async function* () {
        yield new TextEncoder().encode('a,b\n1,2\n');
      })(),
    );
    await expect(api().labels.importTable({ project, upload: wrong, fileName: 'my labels.csv' })).rejects.toMatchObject(
      {
        message: expect.stringMatching(/^"my labels\.csv" was not used/) as unknown,
        data: { path: 'my labels.csv' },
      },
    );
  });
});

describe('a folder', () => {
  it('that was moved is found by its content and keeps labels, marks and history', async () => {
    const project = await imported(['gear']);
    const before = await shown(project, { classes: [null] });
    await api().labels.flag({ project, photos: [before[0]!.id], flagged: true });
    const moved = join(home, 'moved');
    await rename(photos, moved);
    expect(await api().library.folders({ project })).toMatchObject([{ path: photos, photos: 6, there: false }]);
    const { task } = await api().library.relocate({ project, from: photos, to: moved });
    expect(await ended(task)).toMatchObject({ result: { kind: 'relocate', report: { moved: 6, added: 0 } } });
    expect(await api().library.folders({ project })).toMatchObject([
      { path: moved, photos: 6, missing: 0, there: true },
    ]);
    expect(await api().library.facets({ project })).toMatchObject({ total: 6, labelled: 3, flagged: 1, missing: 0 });
  });

  it('and is gone for good can be excluded with all its photos, and taken back', async () => {
    const project = await imported(['gear']);
    await rename(photos, join(home, 'moved'));
    const edited = await api().labels.excludeFolder({ project, from: photos });
    expect(edited).toMatchObject({ changed: 6, undo: { title: 'Exclude 6 photos' } });
    expect(await api().library.folders({ project })).toMatchObject([{ photos: 6, excluded: 6, there: false }]);
    expect(await api().library.facets({ project })).toMatchObject({ total: 6, labelled: 3, excluded: 6 });
    await api().labels.undo({ project });
    expect(await api().library.folders({ project })).toMatchObject([{ photos: 6, excluded: 0 }]);
    await expect(api().labels.excludeFolder({ project, from: home })).rejects.toMatchObject({
      code: 'library.folder-unknown',
    });
  });

  it('stays known while photos of it are left behind', async () => {
    const project = await imported();
    const moved = join(home, 'moved');
    await rename(photos, moved);
    await rm(join(moved, 'gear', 'gear-001.jpg'));
    await ended((await api().library.relocate({ project, from: photos, to: moved })).task);
    const folders = await api().library.folders({ project });
    expect(folders.map(({ photos: all, missing }) => [all, missing]).sort()).toEqual([
      [1, 1],
      [5, 0],
    ]);
  });

  it('that is still there is not taken for moved', async () => {
    const project = await imported();
    const copy = join(home, 'copy');
    await cp(photos, copy, { recursive: true });
    const { task } = await api().library.relocate({ project, from: photos, to: copy });
    expect(await ended(task)).toMatchObject({ state: 'failed', error: { code: 'library.folder-still-there' } });
    expect(await api().library.facets({ project })).toMatchObject({ total: 6 });
  });

  it('is imported again with what is new in it', async () => {
    const project = await imported(['gear']);
    await cp(join(photos, 'gear', 'gear-001.jpg'), join(photos, 'gear', 'again.jpg'));
    await writeFile(join(photos, 'gear', 'broken.jpg'), 'no photo');
    const { task } = await api().library.import({ project, folder: photos, labels: ['gear'] });
    expect(await ended(task)).toMatchObject({
      result: { report: { added: 2, unchanged: 6, undecodableCount: 1, labelled: 2 } },
    });
    expect((await shown(project, { state: 'undecodable' })).map(({ name }) => name)).toEqual(['broken.jpg']);
  });
});

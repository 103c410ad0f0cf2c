/** Projects as files, on the real store, the real engine and real photos: what is opened elsewhere is what was archived. */
import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { renderSamplePhotos } from '../images/sample-photos.ts';
import { temporaryFolder } from '../db/testing/temporary-store.ts';
import type { Core } from './open-core.ts';
import { openCore } from './open-core.ts';
import { inProcessEngine } from './testing/in-process-engine.ts';
import { flowPlaces, flowRequest, walkMainFlow, writeFlowInputs } from './testing/main-flow.ts';

/** One project with labels, a finished run and its pack, made once: training it takes most of the time. */
const made = mkdtempSync(join(tmpdir(), 'dtl-archived-'));
const places = flowPlaces(made);

beforeAll(async () => {
  await writeFlowInputs(places);
  await walkMainFlow(places, () => undefined, inProcessEngine);
  return () => rmSync(made, { recursive: true, force: true });
}, 120_000);

async function coreAt(home: string): Promise<Core> {
  const core = await openCore({ home, what: 'a test', access: 'write', engine: inProcessEngine });
  onTestFinished(() => core.close());
  return core;
}

/** A copy of the made profile, its photos elsewhere. */
async function original(): Promise<{ readonly core: Core; readonly folder: string }> {
  const folder = temporaryFolder();
  cpSync(places.home, join(folder, 'home'), { recursive: true });
  return { core: await coreAt(join(folder, 'home')), folder };
}

/** A profile of another machine, with the backbone that the run stands on. */
async function elsewhere(withBackbone = true): Promise<Core> {
  const core = await coreAt(join(temporaryFolder(), 'home'));
  if (withBackbone) await core.backbones.import(places.backbone, { name: 'tiny' });
  return core;
}

async function archived(photos: boolean): Promise<{ readonly file: string; readonly core: Core }> {
  const { core, folder } = await original();
  const file = join(folder, 'flow.dtlproject');
  await core.archives.write(core.projects.resolve('flow'), file, { photos });
  return { file, core };
}

const sha = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');
const nowhere = { name: null, photosIn: [], extractTo: null };

describe('the archive of a project', () => {
  it('opens elsewhere with labels, history, splits, runs and a pack that is the same to the byte', async () => {
    const { file, core: from } = await archived(false);
    const moved = join(temporaryFolder(), 'elsewhere', 'renamed');
    cpSync(places.photos, moved, { recursive: true });
    const names = readdirSync(join(moved), { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.png'),
    );
    for (const [at, name] of names.entries()) renameSync(join(moved, name), join(moved, `photo ${at}.png`));
    const to = await elsewhere();
    // Another project comes first, so that nothing has the id that it had.
    const other = to.projects.create('other');
    await to.library.import(other, places.photos);
    const opened = await to.archives.open(file, { ...nowhere, photosIn: [moved] });
    expect(opened).toMatchObject({
      name: 'flow',
      photos: { found: 12, extracted: 0, missing: 0 },
      notes: [],
      absent: [],
    });

    const [before, after] = [from.projects.resolve('flow'), to.projects.resolve('flow')];
    expect(to.labels.checkHistory(after, null)).toEqual(from.labels.checkHistory(before, null));
    const digest = from.labels.checkHistory(before, null).digest;
    expect(to.labels.checkHistory(after, digest).sentences).toEqual([]);
    const history = (core: Core, project: typeof before) =>
      [...core.labels.history(project)].map((row) => row.filter((cell) => !String(cell).includes('/')));
    expect(history(to, after)).toEqual(history(from, before));
    const [oldRun] = from.runs.list(before);
    const [newRun] = to.runs.list(after);
    if (oldRun === undefined || newRun === undefined) throw new Error('there is no run');
    const shown = (core: Core, run: typeof oldRun) => {
      const { metrics, test, validation, probeTest, photos } = core.runs.show(run);
      return { metrics, test, validation, probeTest, photos };
    };
    expect(shown(to, newRun)).toEqual(shown(from, oldRun));
    const [oldPack, newPack] = [await from.packs.export(oldRun, null), await to.packs.export(newRun, null)];
    expect(sha(newPack.path)).toBe(sha(oldPack.path));
    expect(to.packs.list().map(({ state, sha256 }) => [state, sha256])).toEqual([['verified', sha(oldPack.path)]]);
  }, 60_000);

  it('keeps that a run has its backbone in 8 bits', async () => {
    const { core: from, folder } = await original();
    const plan = { ...flowRequest.plan, weights: 'int8' as const };
    const project = from.projects.resolve('flow');
    const { run } = await from.runs.prepare(project, { ...flowRequest, plan, name: 'eight' });
    const file = join(folder, 'flow.dtlproject');
    await from.archives.write(project, file, { photos: false });
    const to = await elsewhere();
    await to.archives.open(file, nowhere);
    const opened = to.runs.list(to.projects.resolve('flow'));
    expect(opened.find(({ name }) => name === 'eight')?.config.plan).toEqual(run.config.plan);
    expect(run.config.plan.weights).toBe('int8');
    expect(opened.map(({ config }) => Object.hasOwn(config.plan, 'weights')).sort()).toEqual([false, true]);
  }, 60_000);

  it('goes on elsewhere: labels are sealed on, undone and checked', async () => {
    const { file } = await archived(false);
    const to = await elsewhere();
    await to.archives.open(file, { ...nowhere, photosIn: [places.photos] });
    const project = to.projects.resolve('flow');
    const { view } = to.library.views.open(project.id, {}, 'name');
    const [first] = to.library.rows(project.id, to.library.views.slice(view, 0, 1), null);
    if (first === undefined) throw new Error('there is no photo');
    to.labels.undo(project.id);
    to.labels.redo(project.id);
    to.labels.set(project.id, [first.id], null);
    // A photo that was not in the archive takes part in the history under a number that no other has.
    const added = join(temporaryFolder(), 'added');
    await renderSamplePhotos(added, { seed: 9, perClass: 1, size: 24, classes: 1 });
    const report = await to.library.import(project, added);
    to.labels.fromFolders(project, { folder: report.folder, overwrite: false });
    expect(to.projects.show(project).photos.ok).toBe(13);
    expect(to.labels.checkHistory(project, null).sentences).toEqual([]);
    // And once more, to a third machine.
    const again = join(temporaryFolder(), 'again.dtlproject');
    await to.archives.write(project, again, { photos: false });
    const third = await elsewhere(false);
    await third.archives.open(again, nowhere);
    const check = third.labels.checkHistory(third.projects.resolve('flow'), null);
    expect(check).toEqual(to.labels.checkHistory(project, null));
    expect(check.sentences).toEqual([]);
  }, 60_000);

  it('brings its photos along where that is wished, and puts them where it is told', async () => {
    const { file } = await archived(true);
    const to = await elsewhere();
    const folder = join(temporaryFolder(), 'put', 'here');
    const opened = await to.archives.open(file, { ...nowhere, extractTo: folder });
    expect(opened.photos).toEqual({ found: 0, extracted: 12, missing: 0 });
    const project = to.projects.resolve('flow');
    const report = await to.library.import(project, folder);
    expect(report).toMatchObject({ found: 12, added: 0, unchanged: 12, missing: 0 });
    const [run] = to.runs.list(project);
    if (run === undefined) throw new Error('there is no run');
    // The restored photos are what a new run learns from.
    expect((await to.runs.prepare(project, { ...flowRequest, name: 'again' })).run.state).toBe('queued');
  }, 60_000);

  it('shows photos that are nowhere as missing, and finds them when their folder is located', async () => {
    const { file } = await archived(false);
    const to = await elsewhere();
    const opened = await to.archives.open(file, nowhere);
    expect(opened.photos).toEqual({ found: 0, extracted: 0, missing: 12 });
    expect(opened.notes.join(' ')).toContain('missing');
    const project = to.projects.resolve('flow');
    const [folder] = await to.library.folders(project.id);
    expect(folder).toMatchObject({ missing: 12, there: false });
    await to.library.relocate(project, folder?.path ?? '', places.photos);
    expect(to.projects.show(project).photos).toEqual({ ok: 12, missing: 0, undecodable: 0 });
    expect(to.labels.checkHistory(project, null).sentences).toEqual([]);
  }, 60_000);

  it('says which backbone is not here, and uses it once it was imported', async () => {
    const { file } = await archived(false);
    const to = await elsewhere(false);
    const opened = await to.archives.open(file, { ...nowhere, photosIn: [places.photos] });
    expect(opened.absent.join()).toContain('tiny');
    const project = to.projects.resolve('flow');
    const [run] = to.runs.list(project);
    if (run === undefined) throw new Error('there is no run');
    await expect(to.packs.export(run, null)).rejects.toMatchObject({ code: 'backbones.absent' });
    await expect(to.backbones.named('tiny')).rejects.toMatchObject({ code: 'backbones.absent' });
    const imported = await to.backbones.import(places.backbone, { name: 'tiny' });
    expect(imported.packs.map(({ problem }) => problem)).toEqual([null]);
    await expect(to.packs.export(run, null)).resolves.toMatchObject({});
  }, 60_000);

  it('becomes a project of its own where the name is taken, and leaves the other as it is', async () => {
    const { file, core } = await archived(false);
    const before = core.projects.show(core.projects.resolve('flow'));
    const opened = await core.archives.open(file, nowhere);
    expect(opened.name).toBe('flow 2');
    expect(core.projects.show(core.projects.resolve('flow'))).toEqual(before);
    await expect(core.archives.open(file, { ...nowhere, name: 'flow' })).rejects.toMatchObject({
      code: 'projects.name-taken',
    });
  }, 60_000);

  it('is verified byte by byte, and a changed byte anywhere is found', async () => {
    const { file, core } = await archived(true);
    expect(await core.archives.verify(file)).toMatchObject({ photos: 12 });
    const bytes = readFileSync(file);
    const damaged = `${file}.damaged`;
    const step = Math.ceil(bytes.length / 24);
    for (let at = 7; at < bytes.length; at += step) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 0x10;
      writeFileSync(damaged, changed);
      const verdict = await core.archives.verify(damaged).then(
        () => 'passed',
        (error: unknown) => error,
      );
      if (verdict === 'passed') expect(isUnread(bytes, at), `byte ${at}`).toBe(true);
      else expect(verdict).toMatchObject({ kind: 'expected' });
    }
    writeFileSync(damaged, bytes.subarray(0, bytes.length - 1000));
    await expect(core.archives.verify(damaged)).rejects.toMatchObject({ code: 'archive.damaged' });
  }, 60_000);

  it('leaves out photos that are gone or changed, and says so', async () => {
    const { core, folder } = await original();
    const photos = join(folder, 'photos');
    cpSync(places.photos, photos, { recursive: true });
    await core.library.import(core.projects.create('copy'), photos);
    const copy = core.projects.resolve('copy');
    const { view } = core.library.views.open(copy.id, {}, 'name');
    const [gone, other] = core.library.views.slice(view, 0, 2).map((id) => core.library.photo(id).path);
    rmSync(gone ?? '');
    writeFileSync(other ?? '', 'another content');
    const written = await core.archives.write(copy, join(folder, 'copy.dtlproject'), { photos: true });
    expect(written).toMatchObject({ photos: 10 });
    expect(written.leftOut.map(({ reason }) => reason)).toEqual([
      expect.stringContaining('not there'),
      expect.stringContaining('another one'),
    ]);
  }, 60_000);

  it('leaves nothing when it is stopped, neither a file nor a project', async () => {
    const { file, core } = await archived(true);
    const stop = AbortSignal.abort();
    const out = `${file}.second`;
    await expect(
      core.archives.write(core.projects.resolve('flow'), out, { photos: true }, { signal: stop }),
    ).rejects.toMatchObject({ kind: 'cancelled' });
    expect(readdirSync(join(out, '..')).filter((name) => name.includes('second'))).toEqual([]);
    const projects = core.projects.list().length;
    await expect(core.archives.open(file, nowhere, { signal: stop })).rejects.toMatchObject({ kind: 'cancelled' });
    expect(core.projects.list()).toHaveLength(projects);
    expect(readdirSync(core.home).filter((name) => name.endsWith('.opening'))).toEqual([]);
  }, 60_000);
});

/** What a local header says beside the sizes nobody reads, since the directory has it too; nor versions, times and attributes there. */
function isUnread(bytes: Buffer, at: number): boolean {
  const local = bytes.lastIndexOf('PK\u0003\u0004', at, 'latin1');
  if (local >= 0 && at < local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28)) return true;
  const offset = at - bytes.lastIndexOf('PK\u0001\u0002', at, 'latin1');
  const fields = [
    [4, 8],
    [12, 16],
    [36, 42],
  ] as const;
  return fields.some(([first, end]) => offset >= first && offset < end);
}

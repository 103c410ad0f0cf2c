/** Files of packs that the profile keeps: none ever takes the place of another, whatever is exported, imported or opened. */
import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, it, onTestFinished } from 'vitest';
import type { Pack } from '#app/domain/pack.ts';
import type { Run } from '#app/domain/run.ts';
import { temporaryFolder } from '../db/testing/temporary-store.ts';
import { openStore } from '../db/store.ts';
import type { Core } from './open-core.ts';
import { openCore } from './open-core.ts';
import { inProcessEngine } from './testing/in-process-engine.ts';
import { flowPlaces, walkMainFlow, writeFlowInputs } from './testing/main-flow.ts';

/** A finished run and its pack, made once. */
const made = mkdtempSync(join(tmpdir(), 'dtl-kept-packs-'));
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

interface Opened {
  readonly home: string;
  readonly core: Core;
  readonly run: Run;
  readonly pack: Pack;
}

async function original(): Promise<Opened> {
  const home = join(temporaryFolder(), 'home');
  cpSync(places.home, home, { recursive: true });
  const core = await coreAt(home);
  const [run] = core.runs.list(core.projects.resolve('flow'));
  const [pack] = core.packs.list();
  if (run === undefined || pack === undefined) throw new Error('there is no run and no pack');
  return { home, core, run, pack };
}

const sha = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');
const fileOf = ({ home }: Pick<Opened, 'home'>, { path }: Pick<Pack, 'path'>): string => join(home, path);

/** The run's pack says the backbone's name, so it has other bytes from now on. */
async function exportAs({ core, run }: Opened, name: string): Promise<Pack> {
  await core.backbones.edit(run.provenance.backbone, { name });
  return (await core.packs.export(run, null)).pack;
}

async function expectSound({ home, core }: Pick<Opened, 'home' | 'core'>, packs: number): Promise<void> {
  const all = core.packs.list();
  expect(all).toHaveLength(packs);
  for (const pack of all) {
    expect(sha(fileOf({ home }, pack))).toBe(pack.sha256);
    expect((await core.packs.verifyStored(pack, null)).pack?.state).toBe('verified');
  }
}

it('is exported again beside the first where something of it changed, and is the first one again where nothing did', async () => {
  const profile = await original();
  const other = await exportAs(profile, 'other');
  expect(other.id).not.toBe(profile.pack.id);
  await expectSound(profile, 2);
  expect(await exportAs(profile, 'tiny')).toEqual(profile.pack);
  expect(await exportAs(profile, 'other')).toEqual(other);
  await expectSound(profile, 2);
  expect(readdirSync(join(profile.home, 'packs'))).toHaveLength(2);
  await profile.core.packs.remove(other.id);
  await expectSound(profile, 1);
}, 60_000);

it('stays where an earlier version put it, and is there again where that put another in its place', async () => {
  const profile = await original();
  const { home, core, pack, run } = profile;
  const other = await exportAs(profile, 'other');
  core.close();
  const old = `packs/run-${run.id}.safetensors`;
  const store = openStore(join(home, 'dtl-studio.sqlite'), { now: Date.now });
  for (const one of [pack, other]) store.packs.add({ ...one, path: old });
  store.close();
  cpSync(fileOf(profile, other), join(home, old));
  for (const one of [pack, other]) rmSync(fileOf(profile, one));

  const again: Opened = { ...profile, core: await coreAt(home) };
  await exportAs(again, 'tiny');
  await expectSound(again, 2);
  expect(again.core.packs.get(other.id).path).toBe(old);
  expect(await exportAs(again, 'other')).toMatchObject({ id: other.id, path: old });
  await expectSound(again, 2);
}, 60_000);

it('lies under its whole hash where another lies under the beginning of it', async () => {
  const { home, core, pack } = await original();
  const copy = join(temporaryFolder(), 'copy.safetensors');
  cpSync(fileOf({ home }, pack), copy);
  core.close();
  const beginning = pack.sha256.slice(0, 16);
  const store = openStore(join(home, 'dtl-studio.sqlite'), { now: Date.now });
  const alike = {
    name: 'alike',
    path: `packs/${beginning}.safetensors`,
    sha256: beginning.padEnd(64, '0'),
    runId: null,
  };
  store.packs.add({ ...pack, ...alike });
  store.close();
  writeFileSync(fileOf({ home }, alike), 'another');
  const again = await coreAt(home);
  const { pack: imported } = await again.packs.import(copy, null);
  expect(imported?.path).toBe(`packs/${pack.sha256}.safetensors`);
  expect(readFileSync(fileOf({ home }, alike), 'utf8')).toBe('another');
}, 60_000);

it('travels in an archive with all others of its run', async () => {
  const profile = await original();
  await exportAs(profile, 'other');
  const file = join(profile.home, 'flow.dtlproject');
  await profile.core.archives.write(profile.core.projects.resolve('flow'), file, { photos: false });
  const home = join(temporaryFolder(), 'home');
  const core = await coreAt(home);
  await core.backbones.import(places.backbone, { name: 'tiny' });
  const opened = await core.archives.open(file, { name: null, photosIn: [], extractTo: null });
  expect(opened.packs).toHaveLength(2);
  expect(opened.notes.join(' ')).not.toContain('pack');
  await expectSound({ home, core }, 2);
}, 60_000);

it('is not replaced by what an archive brings: that is refused, and everything is as it was', async () => {
  const { home, core, pack } = await original();
  const copy = join(temporaryFolder(), 'copy.safetensors');
  cpSync(fileOf({ home }, pack), copy);
  const { pack: imported } = await core.packs.import(copy, 'imported');
  if (imported === null) throw new Error('it was not kept');
  const project = core.projects.resolve('flow');
  await core.packs.apply(imported.id, project, 'all');
  const file = join(home, 'flow.dtlproject');
  await core.archives.write(project, file, { photos: false });

  const asked = { name: null, photosIn: [], extractTo: null };
  const opened = await core.archives.open(file, asked);
  expect(opened.name).toBe('flow 2');
  const place = fileOf({ home }, imported);
  writeFileSync(place, 'what somebody put here');
  const before = readdirSync(home, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /^(?:packs|runs)/.test(name),
  );
  await expect(core.archives.open(file, asked)).rejects.toMatchObject({
    code: 'archive.in-the-way',
    data: { place },
  });
  expect(readFileSync(place, 'utf8')).toBe('what somebody put here');
  expect(core.projects.list().map(({ project: { name } }) => name)).toEqual(['flow', 'flow 2']);
  const after = readdirSync(home, { recursive: true, encoding: 'utf8' }).filter((name) => /^(?:packs|runs)/.test(name));
  expect(after).toEqual(before);
  // Importing it again makes up for it.
  await core.packs.import(copy, null);
  expect(sha(place)).toBe(imported.sha256);
  expect((await core.archives.open(file, asked)).name).toBe('flow 3');
}, 60_000);

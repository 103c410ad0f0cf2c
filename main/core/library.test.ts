/** Imports, labels and splits over real files and the real store. */
import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { cp, mkdtemp, readFile, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Project } from '#app/domain/project.ts';
import { packContent } from '../files/testing/packs.ts';
import { packFiles } from './files.ts';
import { coresIn } from './machine.ts';
import type { Core } from './open-core.ts';
import { openCore } from './open-core.ts';
import { renderSamplePhotos } from './samples.ts';
import type { TrainRequest } from './use-cases.ts';

let folder: string;
let photos: string;
let core: Core;
let project: Project;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dtl-core-'));
  photos = join(folder, 'photos');
  await renderSamplePhotos(photos, { seed: 0, perClass: 3, size: 48 });
  core = await openCore({ home: join(folder, 'home'), what: 'a test', access: 'write' });
  project = core.projects.create('p');
});

afterEach(async () => {
  core.close();
  await rm(folder, { recursive: true, force: true });
});

const gear = (number: number): string => join(photos, 'gear', `gear-00${number}.jpg`);

function labelOf(name: string): unknown {
  return core.labels.rows(project).find((row) => row[0] === name)?.[1];
}

describe('an import', () => {
  it('opens nothing the second time, and only what was touched the third', async () => {
    expect(await core.library.import(project, photos)).toMatchObject({ added: 18, unchanged: 0 });
    const read: number[] = [];
    const onProgress = ({ phase, done }: { phase: string; done: number }): void => {
      if (phase === 'reading') read.push(done);
    };
    expect(await core.library.import(project, photos, { onProgress })).toMatchObject({ added: 0, unchanged: 18 });
    expect(read).toEqual([]);
    await utimes(gear(1), new Date(), new Date());
    expect(await core.library.import(project, photos, { onProgress })).toMatchObject({ unchanged: 18, changed: 0 });
    expect(read).toEqual([1]);
  });

  it('names labelled photos that show something else now, and not those that were only saved again', async () => {
    await core.library.import(project, photos);
    await writeFile(gear(2), await readFile(join(photos, 'washer', 'washer-001.jpg')));
    expect(await core.library.import(project, photos)).toMatchObject({ changed: 1, changedLabelled: [] });
    core.labels.fromFolders(project, { folder: null, overwrite: false });
    await writeFile(gear(1), await readFile(join(photos, 'washer', 'washer-002.jpg')));
    // Bytes after the end of a JPEG change the file and none of its pixels.
    await writeFile(gear(3), Buffer.concat([await readFile(gear(3)), Buffer.from('appended')]));
    expect(await core.library.import(project, photos)).toMatchObject({ changed: 2, changedLabelled: [gear(1)] });
  });

  it('remembers what earlier imports found to be no photos', async () => {
    await writeFile(gear(1), 'no photo');
    const first = await core.library.import(project, photos);
    expect(first).toMatchObject({ undecodable: [{ path: gear(1) }], undecodableBefore: 0 });
    expect(await core.library.import(project, photos)).toMatchObject({ undecodable: [], undecodableBefore: 1 });
  });

  it('follows a file that was renamed while another took its name', async () => {
    await core.library.import(project, photos);
    core.labels.fromFolders(project, { folder: null, overwrite: false });
    await rename(gear(1), join(photos, 'gear', 'old.jpg'));
    await cp(join(photos, 'washer', 'washer-001.jpg'), gear(1));
    // A copy of a washer: known content, but its photo is where it was.
    expect(await core.library.import(project, photos)).toMatchObject({ moved: 1, added: 1, changed: 0, missing: 0 });
    expect(labelOf('gear/old.jpg')).toBe('gear');
    expect(labelOf('gear/gear-001.jpg')).toBeUndefined();
    expect(labelOf('washer/washer-001.jpg')).toBe('washer');
  });

  it('finds a photo in another folder once its own is gone, and not while it is there', async () => {
    await core.library.import(project, photos);
    core.labels.fromFolders(project, { folder: null, overwrite: false });
    const other = join(folder, 'other');
    await cp(gear(1), join(other, 'copy.jpg'));
    expect(await core.library.import(project, other)).toMatchObject({ added: 1, moved: 0 });
    await rename(gear(2), join(other, 'moved.jpg'));
    expect(await core.library.import(project, other)).toMatchObject({ added: 0, moved: 1, unchanged: 1 });
    expect(labelOf('moved.jpg')).toBe('gear');
  });

  it('keeps a missing photo with its label until it is back', async () => {
    await core.library.import(project, photos);
    core.labels.fromFolders(project, { folder: null, overwrite: false });
    await rename(photos, join(folder, 'away'));
    await expect(core.library.import(project, photos)).rejects.toMatchObject({ code: 'photos.folder-missing' });
    expect(core.projects.show(project).photos).toEqual({ ok: 18, missing: 0, undecodable: 0 });
    await rename(join(folder, 'away'), photos);
    const kept = await readFile(gear(1));
    await rm(gear(1));
    expect(await core.library.import(project, photos)).toMatchObject({ missing: 1 });
    expect(core.projects.show(project).photos).toMatchObject({ missing: 1 });
    await writeFile(gear(1), kept);
    expect(await core.library.import(project, photos)).toMatchObject({ missing: 0, returned: 1 });
    expect(labelOf('gear/gear-001.jpg')).toBe('gear');
  });

  it('ends with words when the drive is unplugged amid it, calls no photo broken, and goes on when it is back', async () => {
    await renderSamplePhotos(photos, { seed: 1, perClass: 15, size: 24 });
    const away = join(folder, 'away');
    const unplug = ({ phase, done }: { phase: string; done: number }): void => {
      if (phase !== 'reading' || done < 64 || existsSync(away)) return;
      renameSync(photos, away);
      // What is left where a drive was mounted.
      mkdirSync(photos);
    };
    await expect(core.library.import(project, photos, { onProgress: unplug })).rejects.toMatchObject({
      code: 'photos.folder-missing',
      kind: 'expected',
      message: expect.stringMatching(/vanished.*is kept.*connect the drive/) as string,
    });
    const { ok, ...others } = core.projects.show(project).photos;
    // What was being decoded may still have come to its end.
    expect(ok).toBeGreaterThanOrEqual(64);
    expect(ok).toBeLessThan(90);
    expect(others).toEqual({ missing: 0, undecodable: 0 });
    await rm(photos, { recursive: true });
    await rename(away, photos);
    expect(await core.library.import(project, photos)).toMatchObject({
      added: 90 - ok,
      unchanged: ok,
      undecodable: [],
    });
  });

  it('keeps what it has read when it is stopped, and goes on from there', async () => {
    const controller = new AbortController();
    await renderSamplePhotos(photos, { seed: 1, perClass: 15, size: 24 });
    let told = 0;
    const onProgress = ({ phase, done }: { phase: string; done: number }): void => {
      if (phase !== 'reading') return;
      told = done;
      if (done === 64) controller.abort();
    };
    await expect(core.library.import(project, photos, { signal: controller.signal, onProgress })).rejects.toMatchObject(
      {
        kind: 'cancelled',
        message: expect.stringMatching(/^The import .*What was read so far is kept/) as string,
      },
    );
    expect(told).toBeLessThan(90);
    expect(core.projects.show(project).photos.ok).toBe(told);
    expect(await core.library.import(project, photos)).toMatchObject({ added: 90 - told, unchanged: told });
  });
});

describe('an import that is stopped while it decodes', () => {
  it('keeps every photo that it said it had read, and calls none of the others missing', async () => {
    const controller = new AbortController();
    let told = 0;
    const onProgress = ({ phase, done }: { phase: string; done: number }): void => {
      if (phase !== 'reading') return;
      told = done;
      if (done === 3) controller.abort();
    };
    const importing = core.library.import(project, photos, { signal: controller.signal, onProgress });
    await expect(importing).rejects.toMatchObject({
      kind: 'cancelled',
      message: expect.stringMatching(/What was read so far is kept/) as string,
    });
    const { ok, missing, undecodable } = core.projects.show(project).photos;
    expect(ok + undecodable).toBe(told);
    expect(told).toBeGreaterThanOrEqual(3);
    expect(missing).toBe(0);
  });
});

describe('folder labels', () => {
  it('say what the folder of a moved photo says now, and keep its label unless told otherwise', async () => {
    await core.library.import(project, photos);
    core.labels.fromFolders(project, { folder: null, overwrite: false });
    await rename(gear(1), join(photos, 'washer', 'moved.jpg'));
    expect(await core.library.import(project, photos)).toMatchObject({ moved: 1, added: 0 });
    const again = core.labels.fromFolders(project, { folder: null, overwrite: false });
    expect(again).toMatchObject({ changed: 0, kept: 1 });
    expect(labelOf('washer/moved.jpg')).toBe('gear');
    expect(core.labels.fromFolders(project, { folder: null, overwrite: true })).toMatchObject({ changed: 1, kept: 0 });
    expect(labelOf('washer/moved.jpg')).toBe('washer');
  });

  it('are the innermost folders: a class that lies in several parents is one', async () => {
    const nested = join(folder, 'nested');
    await cp(join(photos, 'gear'), join(nested, 'train', 'gear'), { recursive: true });
    await cp(join(photos, 'washer'), join(nested, 'train', 'washer'), { recursive: true });
    await cp(gear(1), join(nested, 'test', 'gear', 'again.jpg'));
    await cp(gear(2), join(nested, 'loose.jpg'));
    expect((await core.library.import(project, nested)).offered).toEqual([
      { name: 'gear', photos: 4, folders: ['test/gear', 'train/gear'] },
      { name: 'washer', photos: 3, folders: ['train/washer'] },
    ]);
    const report = core.labels.fromFolders(project, { folder: null, overwrite: false });
    expect(report).toMatchObject({ changed: 7, withoutFolder: 1, newClasses: ['gear', 'washer'] });
    expect(labelOf('test/gear/again.jpg')).toBe('gear');
  });

  it('cannot be names with control characters or of 300 characters: the import names them', async () => {
    const names = ['red\u001b[2J', 'two\nlines'];
    for (const [at, name] of names.entries()) await cp(gear(at + 1), join(photos, name, 'x.jpg'));
    const { offered, unfitNames } = await core.library.import(project, photos);
    expect(unfitNames).toEqual(names.map((name) => ({ name, photos: 1 })));
    expect(offered.map(({ name }) => name)).not.toEqual(expect.arrayContaining([names[0]]));
    const report = core.labels.fromFolders(project, { folder: null, overwrite: false });
    expect(report).toMatchObject({ changed: 18, withoutFolder: 2 });
    expect(report.newClasses).toHaveLength(6);
  });

  it('follow a folder that was renamed', async () => {
    await core.library.import(project, photos);
    core.labels.fromFolders(project, { folder: null, overwrite: false });
    await rename(join(photos, 'gear'), join(photos, 'cog'));
    expect(await core.library.import(project, photos)).toMatchObject({ moved: 3, added: 0 });
    expect(core.labels.fromFolders(project, { folder: null, overwrite: false })).toMatchObject({ kept: 3 });
    expect(core.labels.fromFolders(project, { folder: null, overwrite: true })).toMatchObject({
      changed: 3,
      newClasses: ['cog'],
    });
  });

  it('are not lost when a class folder is imported by itself, and are there once its parent is', async () => {
    await core.library.import(project, join(photos, 'gear'));
    expect(() => core.labels.fromFolders(project, { folder: null, overwrite: false })).toThrow('lies in a folder');
    expect(await core.library.import(project, photos)).toMatchObject({ added: 15, unchanged: 3 });
    await core.library.import(project, join(photos, 'gear'));
    expect(core.labels.fromFolders(project, { folder: null, overwrite: false })).toMatchObject({ changed: 18 });
  });

  it('do not replace what somebody has said, unless they are told to', async () => {
    await core.library.import(project, photos);
    await writeFile(join(folder, 'labels.csv'), 'file_name,label\ngear/gear-001.jpg,odd one\n');
    await core.labels.fromTable(project, { path: join(folder, 'labels.csv'), folder, skipMissing: false });
    expect(core.labels.fromFolders(project, { folder: null, overwrite: false })).toMatchObject({
      changed: 17,
      kept: 1,
    });
    expect(labelOf('gear/gear-001.jpg')).toBe('odd one');
    expect(core.labels.fromFolders(project, { folder: null, overwrite: true })).toMatchObject({ changed: 1, kept: 0 });
    expect(labelOf('gear/gear-001.jpg')).toBe('gear');
  });
});

describe('a split', () => {
  it('warns of photos with the same pixels and different labels', async () => {
    await cp(gear(1), join(photos, 'washer', 'copy.jpg'));
    await core.library.import(project, photos);
    core.labels.fromFolders(project, { folder: null, overwrite: false });
    const { warnings } = core.splits.draw(project);
    const [warning = ''] = warnings.filter((text) => text.includes('same pixels'));
    expect(warning).toMatch(/^One pair of photos shows/);
    expect(warning).toContain(`"${gear(1)}" (gear) and "${join(photos, 'washer', 'copy.jpg')}" (washer)`);
    await writeFile(join(folder, 'labels.csv'), 'file_name,label\nwasher/copy.jpg,gear\n');
    await core.labels.fromTable(project, { path: join(folder, 'labels.csv'), folder, skipMissing: false });
    expect(core.splits.draw(project).warnings.join()).not.toContain('same pixels');
  });

  it('that a table gives leaves out labelled photos that have none there, and says how many', async () => {
    await core.library.import(project, photos);
    core.labels.fromFolders(project, { folder: null, overwrite: false });
    const table = join(folder, 'labels.csv');
    await writeFile(table, 'file_name,label,split\ngear/gear-001.jpg,gear,train\ngear/gear-002.jpg,gear,\n');
    const { split } = await core.labels.fromTable(project, { path: table, folder, skipMissing: false });
    expect(split).toMatchObject({ split: { counts: { train: 1 } }, withoutSubset: 17, unusable: 0 });
    expect(core.splits.draw(project).withoutSubset).toBe(0);
  });

  it('puts a file and its copy on one side, and has the same digest wherever the photos lie', async () => {
    await cp(gear(1), join(photos, 'gear', 'copy.jpg'));
    await core.library.import(project, photos);
    core.labels.fromFolders(project, { folder: null, overwrite: false });
    const here = core.splits.draw(project, { seed: 4 });
    expect(here.nearIdentical).toBe(2);
    const subsets = new Map(core.labels.rows(project).map((row) => [row[0], row[2]]));
    expect(subsets.get('gear/copy.jpg')).toBe(subsets.get('gear/gear-001.jpg'));

    const elsewhere = join(folder, 'elsewhere');
    await cp(photos, elsewhere, { recursive: true });
    const other = core.projects.create('other');
    await core.library.import(other, elsewhere);
    core.labels.fromFolders(other, { folder: null, overwrite: false });
    expect(core.splits.draw(other, { seed: 4 }).split.digest).toBe(here.split.digest);
    expect(core.splits.draw(other, { seed: 5 }).split.digest).not.toBe(here.split.digest);
  });
});

describe('a pack that is imported again', () => {
  it('keeps its name, and that is said where another was wanted', async () => {
    const file = join(folder, 'pack.safetensors');
    await packFiles.write(file, packContent());
    expect((await core.packs.import(file, 'first')).notes.join()).not.toContain('keeps that name');
    const again = await core.packs.import(file, 'again');
    expect(again.pack?.name).toBe('first');
    expect(again.notes.at(-1)).toContain('"first". It keeps that name; "again" was not used');
    expect((await core.packs.import(file, 'first')).notes.join()).not.toContain('keeps that name');
  });
});

describe('photos to classify', () => {
  it('that are not there are called neither a folder nor empty', async () => {
    const inputs = [{ path: join(folder, 'nowhere.jpg'), name: 'nowhere.jpg' }];
    await expect(core.predict.find(inputs)).rejects.toMatchObject({
      code: 'predict.missing',
      message: expect.stringContaining('There is no photo and no folder "nowhere.jpg"') as string,
    });
  });
});

describe('counts in messages', () => {
  it('agree with their words', async () => {
    const loose = join(folder, 'loose');
    await cp(gear(1), join(loose, 'a.jpg'));
    await core.library.import(project, loose);
    const fromFolders = (): unknown => core.labels.fromFolders(project, { folder: null, overwrite: false });
    expect(fromFolders).toThrow('The one photo of "p" does not lie in a folder');
    const table = join(folder, 'labels.csv');
    const request = { path: table, folder, skipMissing: false };
    await writeFile(table, 'file_name,label\nb.jpg,x\n');
    await expect(core.labels.fromTable(project, request)).rejects.toThrow('has labels for 1 file that');
    expect(() => core.splits.draw(project)).toThrow('1 has no label');
    await writeFile(table, 'file_name,label\na.jpg,x\n');
    await core.labels.fromTable(project, request);
    const training: TrainRequest = {
      split: null,
      backbone: null,
      method: 'linear',
      methodSettings: {},
      recipe: 'default',
      recipeChanges: {},
      device: null,
      plan: {},
      seed: 0,
      fit: 'squash',
      sixteenBit: 'full-range',
      name: null,
      note: '',
    };
    await expect(core.runs.prepare(project, training)).rejects.toThrow('The one labelled photo is of one class');
  });
});

describe('physical cores', () => {
  it('are counted once for both of their threads', () => {
    const thread = (chip: number, core_: number): string =>
      `processor : 0\nphysical id\t: ${chip}\ncore id\t\t: ${core_}\n`;
    expect(coresIn([thread(0, 0), thread(0, 1), thread(0, 0), thread(0, 1), thread(1, 0)].join('\n'))).toBe(3);
    expect(coresIn('processor\t: 0\nBogoMIPS\t: 50.00\n')).toBe(0);
  });
});

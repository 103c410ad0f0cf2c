/** Restores that are disturbed: by acts that go on, by files that go away, by a disk that refuses a call. */
import { cpSync, mkdirSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import type * as FilePromises from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { AppError } from '#app/domain/errors.ts';
import { openDatabase } from '../db/open.ts';
import { newPhoto } from '../db/testing/samples.ts';
import { mountDisk } from '../files/testing/faults.ts';
import { profilePaths } from '../files/profile/profile.ts';
import { backupCases, backupFor, listBackupsAt, restoreBackupAt, swapOf } from './backup-cases.ts';
import { openCore } from './open-core.ts';
import type { Core } from './open-core.ts';
import { backupScene, photosIn } from './testing/backup-scene.ts';
import type { BackupScene } from './testing/backup-scene.ts';
import { failAt, healFiles } from './testing/failing-files.ts';

/** One more call that is refused: `rename` onto a file of that name, or `rm` of it. */
const refusal = vi.hoisted(() => ({ deed: '', name: '' }));
vi.mock('node:fs/promises', async (original) => {
  const { failing } = await import('./testing/failing-files.ts');
  const { systemError } = await import('../files/testing/faults.ts');
  const some = failing(await original<typeof FilePromises>());
  const gate = (deed: string, path: unknown): void => {
    if (refusal.deed === deed && String(path).endsWith(`/${refusal.name}`)) throw systemError('EIO');
  };
  const wrapped = {
    ...some,
    rename: async (...args: Parameters<typeof some.rename>) => {
      gate('rename', args[1]);
      return some.rename(...args);
    },
    rm: async (...args: Parameters<typeof some.rm>) => {
      gate('rm', args[0]);
      return some.rm(...args);
    },
  };
  return { ...wrapped, default: wrapped };
});
afterEach(() => refuse('', ''));

function refuse(deed: string, name: string): void {
  Object.assign(refusal, { deed, name });
}

const openHome = (home: string): Promise<Core> => openCore({ home, what: 'a test', access: 'write' });
const wishOf = (home: string): string => join(home, 'restore.json');

async function opened(
  home: string,
): Promise<{ readonly photos: number | undefined; readonly notes: readonly string[] }> {
  const core = await openHome(home);
  try {
    return { photos: core.projects.list()[0]?.photos.ok, notes: core.notes };
  } finally {
    core.close();
  }
}

/** Eight photos in the backup, nine in the database, and a wish that was not carried out. */
async function wished(): Promise<BackupScene & { readonly backup: string; readonly kept: number }> {
  const own = backupScene();
  const { path } = await own.backups.make();
  own.store.photos.add(own.project, [newPhoto(100)]);
  const kept = await own.backups.intendRestore(1);
  return { ...own, backup: path, kept: kept.id };
}

describe('what is done after the wish was written down', () => {
  it.each(['closed', 'still read by somebody'])('is in what is kept, where the database is %s', async (how) => {
    const { store, project, home, database, kept } = await wished();
    const { id: reused } = store.projects.create('acknowledged later');
    store.photos.add(project, [newPhoto(101)]);
    if (how === 'closed') store.close();
    expect((await opened(home)).photos).toBe(8);
    store.close();
    const again = openDatabase(database);
    const next = again.prepare<[], { seq: number }>(`SELECT seq FROM sqlite_sequence WHERE name = 'projects'`).get();
    again.close();
    expect(next?.seq).toBe(reused);
    expect((await listBackupsAt(home)).map(({ id, contents }) => [id, contents?.photos])).toEqual([
      [kept, 10],
      [1, 8],
    ]);
    // One that nobody read meanwhile stands by itself; looking at it leaves nothing beside it.
    if (how === 'closed')
      expect(readdirSync(profilePaths(home).backups).filter((name) => /-(wal|shm)$/.test(name))).toEqual([]);
    await restoreBackupAt(home, kept, 'a test');
    expect(photosIn(database, project)).toBe(10);
  });

  it('is kept also where the copy was removed meanwhile', async () => {
    const { store, project, home, database, backups, kept } = await wished();
    await backups.remove(kept);
    store.close();
    expect((await opened(home)).photos).toBe(8);
    await restoreBackupAt(home, kept, 'a test');
    expect(photosIn(database, project)).toBe(9);
  });

  it('is kept as it was found where it was damaged since, and so is the copy', async () => {
    const { store, home, database, kept } = await wished();
    store.close();
    const bytes = readFileSync(database);
    bytes.fill(0xa5, 3 * 4096, 7 * 4096);
    writeFileSync(database, bytes);
    expect((await opened(home)).photos).toBe(8);
    const [damaged, copy] = await listBackupsAt(home);
    expect(damaged).toMatchObject({ id: kept + 1, reason: 'damaged' });
    expect(copy).toMatchObject({ id: kept, contents: { photos: 9 } });
    const folder = profilePaths(home).backups;
    const name = readdirSync(folder).find((one) => one.endsWith('-damaged.sqlite')) ?? '';
    expect(readFileSync(join(folder, name)).equals(bytes)).toBe(true);
  });

  it('is kept where the folder of backups is a link to another disk', async () => {
    const { store, project, home, database, kept } = await wished();
    store.close();
    const { backups } = profilePaths(home);
    const disk = `${home}-disk`;
    mkdirSync(disk);
    const release = mountDisk(disk, 'size=16m');
    if (release === null) return;
    onTestFinished(release);
    cpSync(backups, disk, { recursive: true });
    rmSync(backups, { recursive: true });
    symlinkSync(disk, backups);
    expect((await opened(home)).photos).toBe(8);
    await restoreBackupAt(home, kept, 'a test');
    expect(photosIn(database, project)).toBe(9);
  });

  it('is kept whatever call is refused while it is carried out', { timeout: 120_000 }, async () => {
    const { store, project, home, database, kept } = await wished();
    store.photos.add(project, [newPhoto(101)]);
    store.close();
    const before = `${home}-before`;
    cpSync(home, before, { recursive: true });
    let refusals = 0;
    for (let refused: unknown = refusals; refused !== null;) {
      rmSync(home, { recursive: true });
      cpSync(before, home, { recursive: true });
      failAt(home, refusals + 1, 'EIO');
      refused = await swapOf(profilePaths(home))
        .complete()
        .then(() => null)
        .catch((error: unknown) => error);
      const when = healFiles()[refusals] ?? 'nothing refused';
      if (refused !== null) {
        refusals += 1;
        expect(refused, when).toMatchObject({ kind: 'expected' });
      }
      expect((await opened(home)).photos, when).toBe(8);
      expect(readdirSync(home), when).not.toContain('restore.json');
      await restoreBackupAt(home, kept, 'a test');
      expect(photosIn(database, project), when).toBe(10);
    }
    expect(refusals).toBeGreaterThan(5);
  });

  it('is kept where the wish outlives its end', async () => {
    const { store, project, home, database, kept } = await wished();
    store.close();
    refuse('rm', 'restore.json');
    await expect(openHome(home)).rejects.toMatchObject({ code: 'files.io' });
    refuse('', '');
    expect((await opened(home)).photos).toBe(8);
    await restoreBackupAt(home, kept, 'a test');
    expect(photosIn(database, project)).toBe(9);
  });
});

describe('a wish that cannot be fulfilled', () => {
  const gone = {
    'the backup is gone': ({ backup }: { readonly backup: string }) => rmSync(backup),
    'the backup was damaged since': ({ backup }: { readonly backup: string }) => {
      const bytes = readFileSync(backup);
      bytes.fill(0x5a, 2 * 4096);
      writeFileSync(backup, bytes);
    },
    'it cannot be read': ({ home }: { readonly home: string }) => writeFileSync(wishOf(home), '{"backup":'),
  };

  it.each(Object.entries(gone))('is dropped with a note: %s', async (_what, spoil) => {
    const own = await wished();
    own.store.close();
    spoil(own);
    const { photos, notes } = await opened(own.home);
    expect(photos).toBe(9);
    expect(notes).toEqual([expect.stringMatching(/was not put .* database .* as it was/s)]);
    expect(readdirSync(own.home)).not.toContain('restore.json');
    expect((await opened(own.home)).notes).toEqual([]);
  });

  it.each(Object.entries(gone))('gives way to another restore: %s', async (_what, spoil) => {
    const own = await wished();
    own.store.photos.add(own.project, [newPhoto(101)]);
    const other = await own.backups.make();
    own.store.close();
    spoil(own);
    await restoreBackupAt(own.home, other.id, 'a test');
    expect(photosIn(own.database, own.project)).toBe(10);
    expect(readdirSync(own.home)).not.toContain('restore.json');
  });

  describe.each([
    ['before that was noted', 'restore.json'],
    ['and that was noted', 'dtl-studio.sqlite'],
  ])('whose database was moved away, %s,', (_what, name) => {
    it('has it in its place again', async () => {
      const { store, home, backup } = await wished();
      store.close();
      refuse('rename', name);
      await expect(openHome(home)).rejects.toMatchObject({ code: 'files.io' });
      refuse('', '');
      expect(readdirSync(home)).not.toContain('dtl-studio.sqlite');
      rmSync(backup);
      const { photos, notes } = await opened(home);
      expect(photos).toBe(9);
      expect(notes).toHaveLength(1);
    });

    it('gives way to another restore, which keeps that database', async () => {
      const { store, home, database, project, kept } = await wished();
      store.close();
      refuse('rename', name);
      await expect(openHome(home)).rejects.toMatchObject({ code: 'files.io' });
      refuse('', '');
      await restoreBackupAt(home, 1, 'a test');
      expect(photosIn(database, project)).toBe(8);
      const [newest] = await listBackupsAt(home);
      expect(newest?.id).toBeGreaterThan(kept);
      expect(newest?.contents?.photos).toBe(9);
    });
  });
});

describe('the backup that a restore waits for', () => {
  it('is not removed, whoever asks', async () => {
    const { backups, home } = await wished();
    await expect(backups.remove(1)).rejects.toMatchObject({
      code: 'backups.wanted',
      message: expect.stringMatching(/Backup 1 .*not removed/) as string,
    });
    expect((await listBackupsAt(home)).map(({ id }) => id)).toContain(1);
  });

  it('is not thinned out', async () => {
    const own = backupScene();
    own.store.settings.set({ backupsKept: 1 });
    const first = await own.backups.makeScheduled();
    await own.backups.intendRestore(first.id);
    for (let i = 0; i < 3; i += 1) {
      own.time += 3_600_000;
      await own.backups.makeScheduled();
    }
    const scheduled = (await own.backups.list()).filter(({ reason }) => reason === 'scheduled');
    expect(scheduled.map(({ id }) => id)).toContain(first.id);
    expect(scheduled).toHaveLength(2);
  });
});

describe('numbers of backups', () => {
  it('are never given again, also when the newest was removed and the folder was opened anew', async () => {
    const { backups, store, home } = backupScene();
    await backups.make();
    await backups.make();
    await backups.remove(2);
    await backups.remove(1);
    expect((await backupCases(store, profilePaths(home)).make()).id).toBe(3);
  });

  it('differ where two are made at once', async () => {
    const { backups } = backupScene();
    const [one, two] = await Promise.all([backups.make(), backups.make()]);
    expect([one.id, two.id].toSorted()).toEqual([1, 2]);
  });

  it.each(['', 'many', '-4', '1e300'])('go on behind what is there where their file says %j', async (text) => {
    const { backups, home } = backupScene();
    await backups.make();
    writeFileSync(join(profilePaths(home).backups, 'last-number'), text);
    expect((await backups.make()).id).toBe(2);
    rmSync(join(profilePaths(home).backups, 'last-number'));
    expect((await backups.make()).id).toBe(3);
  });
});

describe('a database that cannot be opened just now', () => {
  it('is not called damaged: no backup is offered or put in its place, and it is as it was', async () => {
    const { backups, store, project, home, database } = backupScene();
    await backups.make();
    store.photos.add(project, [newPhoto(100)]);
    store.close();
    // What the system refuses to open: here a folder where the log belongs.
    mkdirSync(`${database}-wal`);
    const refused = await openHome(home).catch((error: unknown) => error);
    expect(await backupFor(home, refused as AppError)).toBeNull();
    expect(refused).toMatchObject({ code: 'store.io', message: expect.stringContaining(`${database}-wal`) as string });
    await expect(restoreBackupAt(home, 1, 'a test')).rejects.toMatchObject({ code: 'store.io' });
    rmSync(`${database}-wal`, { recursive: true });
    expect(photosIn(database, project)).toBe(9);
  });
});

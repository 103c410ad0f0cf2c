/** Backups of real databases: made while they are in use, put back, also where the database was damaged. */
import { mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openDatabase } from '../db/open.ts';
import { openStore } from '../db/store.ts';
import { newPhoto } from '../db/testing/samples.ts';
import { profilePaths } from '../files/profile/profile.ts';
import { backupCases, listBackupsAt, restoreBackupAt, swapOf } from './backup-cases.ts';
import { openCore } from './open-core.ts';
import { backupScene, photosIn } from './testing/backup-scene.ts';

const DAY = 86_400_000;

/** Beside the file that remembers the last number. */
function filesOf(home: string): readonly string[] {
  return readdirSync(profilePaths(home).backups).filter((name) => name !== 'last-number');
}

describe('a backup', () => {
  it('is made while labels are set, is whole, and tells what it holds', async () => {
    const { backups, store, project, home } = backupScene(3000);
    const photos = store.photos.list(project).map(({ id }) => id);
    const [one] = store.classes.list(project);
    let labelled = 0;
    const making = backups.make({
      onProgress: () => {
        // The connection that is being copied goes on being written.
        const photo = photos[labelled++];
        if (photo !== undefined) {
          store.labels.set(project, [{ photoId: photo, classId: labelled % 2 === 0 ? null : (one?.id ?? null) }], {
            actor: 'ada',
            source: 'manual',
          });
        }
      },
    });
    const made = await making;
    expect(labelled).toBeGreaterThan(1);
    const copy = openDatabase(made.path, { readOnly: true });
    expect(copy.pragma('integrity_check')).toBe('ok');
    copy.close();
    const [listed] = await listBackupsAt(home);
    expect(listed).toMatchObject({ id: 1, reason: 'asked', contents: { projects: ['plots'], photos: 3000, runs: 0 } });
    expect(filesOf(home)).toHaveLength(1);
  });

  it('is made when one is due, thinned out, and not stopped by a clock that was put back', async () => {
    const own = backupScene();
    const { backups } = own;
    expect(await backups.isDue()).toBe(true);
    for (let day = 0; day < 40; day += 1) {
      await backups.makeScheduled();
      expect(await backups.isDue()).toBe(false);
      own.time += DAY;
    }
    const before = await backups.list();
    expect(before.length).toBeLessThan(25);
    own.time -= 365 * DAY;
    expect(await backups.isDue()).toBe(true);
    const made = await backups.makeScheduled();
    const after = await backups.list();
    expect(after[0]).toMatchObject({ id: made.id, at: own.time });
    expect(after.slice(1)).toEqual(before);
    expect(await backups.isDue()).toBe(false);
  }, 60_000);

  it('is not due in a profile without a project, or where there are to be none', async () => {
    const { backups, store, home } = backupScene();
    store.settings.set({ backupEvery: 'off' });
    expect(await backups.isDue()).toBe(false);
    const empty = openStore(join(home, 'empty.sqlite'), { now: Date.now });
    expect(await backupCases(empty, profilePaths(home)).isDue()).toBe(false);
    empty.close();
  });

  it('that is cut off or cannot be written leaves the others alone', async () => {
    const { backups, home } = backupScene(3000);
    await backups.make();
    await expect(backups.make({ signal: AbortSignal.abort() })).rejects.toMatchObject({ kind: 'cancelled' });
    expect(filesOf(home)).toHaveLength(1);
    expect(await backups.list()).toHaveLength(1);
  });
});

describe('restoring a backup', () => {
  it('brings back what was then, and keeps what was there as a backup that can be restored in turn', async () => {
    const { backups, store, project, home, database } = backupScene();
    const made = await backups.make();
    store.photos.add(project, [newPhoto(100)]);
    store.close();
    const restored = await restoreBackupAt(home, made.id, 'a test');
    expect(restored).toMatchObject({ wasDamaged: false, kept: { reason: 'before-restore' } });
    expect(photosIn(database, project)).toBe(8);
    await restoreBackupAt(home, restored.kept?.id ?? 0, 'a test');
    expect(photosIn(database, project)).toBe(9);
  });

  it('never gives the number of a run again, because folders are named after them', async () => {
    const { backups, store, home, database } = backupScene();
    const made = await backups.make();
    mkdirSync(join(profilePaths(home).runs, '7'));
    store.close();
    await restoreBackupAt(home, made.id, 'a test');
    const db = openDatabase(database);
    const seq = db.prepare<[], { seq: number }>(`SELECT seq FROM sqlite_sequence WHERE name = 'runs'`).get()?.seq;
    db.close();
    expect(seq).toBe(7);
  });

  it.each([
    ['its beginning', 0, 64],
    ['pages in the middle', 3 * 4096, 4 * 4096],
  ])('works where %s of the database was overwritten, which the program says', async (_what, from, length) => {
    const { backups, store, home, database, project } = backupScene(3000);
    const made = await backups.make();
    store.close();
    const bytes = readFileSync(database);
    bytes.fill(0xa5, from, from + length);
    writeFileSync(database, bytes);
    // Damage in the middle shows when it is read: here, and when a log was left behind.
    writeFileSync(`${database}-wal`, 'left behind');
    await expect(openCore({ home, what: 'a test', access: 'write' })).rejects.toMatchObject({
      message: expect.stringContaining('dtl backup restore') as unknown,
    });
    expect((await listBackupsAt(home)).map(({ id }) => id)).toEqual([made.id]);
    const restored = await restoreBackupAt(home, made.id, 'a test');
    expect(restored).toMatchObject({ wasDamaged: true, kept: { reason: 'damaged' } });
    expect(readFileSync(restored.kept?.path ?? '').equals(bytes)).toBe(true);
    const now = openStore(database, { now: Date.now });
    expect(now.photos.count(project)).toBe(3000);
    expect(now.labels.check(project).problems).toEqual([]);
    now.close();
  });

  it('that was cut off after it was asked for comes to its end at the next start', async () => {
    const { backups, store, project, home, database } = backupScene();
    const made = await backups.make();
    store.photos.add(project, [newPhoto(100)]);
    await backups.intendRestore(made.id);
    store.close();
    // As far as a killed process may have come: the old database is gone, the new one not there yet.
    rmSync(database);
    const core = await openCore({ home, what: 'a test', access: 'write' });
    expect(core.projects.list()[0]?.photos.ok).toBe(8);
    core.close();
    expect(readdirSync(home)).not.toContain('restore.json');
    await swapOf(profilePaths(home)).complete();
    expect(statSync(database).size).toBeGreaterThan(0);
  });

  it('refuses a backup that is not sound, and one that is not there, and changes nothing', async () => {
    const { backups, store, home, database } = backupScene(500);
    const made = await backups.make();
    const bytes = readFileSync(made.path);
    bytes.fill(0x5a, 4096, 9 * 4096);
    writeFileSync(made.path, bytes);
    await expect(backups.intendRestore(made.id)).rejects.toMatchObject({ code: 'backups.damaged' });
    store.close();
    const before = readFileSync(database);
    await expect(restoreBackupAt(home, made.id, 'a test')).rejects.toMatchObject({ code: 'backups.damaged' });
    await expect(restoreBackupAt(home, 99, 'a test')).rejects.toMatchObject({ code: 'backups.unknown' });
    expect(readFileSync(database).equals(before)).toBe(true);
  });
});

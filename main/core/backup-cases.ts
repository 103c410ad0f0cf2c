/** Backups bound to a profile. Restoring one where the database is damaged needs no open store. */
import { intendRestore, isDue, listBackups, makeBackup, makeScheduled, removeBackup } from '#app/backups/backups.ts';
import type { BackupPorts } from '#app/backups/backups.ts';
import type { BackupView } from '#app/contract/backups.ts';
import { AppError } from '#app/domain/errors.ts';
import type { BackupFile, UsedNumbers } from '#app/ports/backups.ts';
import type { ProfilePaths } from '#app/ports/files.ts';
import type { Store } from '#app/ports/repositories.ts';
import type { Work } from '#app/ports/work.ts';
import { readSettings } from '#app/settings/settings.ts';
import { copyChecks, raiseNumbers, settleDatabase } from '../db/copies.ts';
import { openStore } from '../db/store.ts';
import { backupFolder } from '../files/backups/backup-folder.ts';
import { databaseSwap } from '../files/backups/swap.ts';
import { openProfile, profilePaths } from '../files/profile/profile.ts';

export function swapOf(paths: ProfilePaths) {
  const settle = (path: string): UsedNumbers | null => unlessDamaged(() => settleDatabase(path));
  const checks = copyChecks();
  return databaseSwap(paths, { settle, check: (path) => checks.check(path), prepare: raiseNumbers, now: Date.now });
}

/** `now`: another clock than the machine's, for tests. */
export function backupCases(store: Store, paths: ProfilePaths, now: () => number = Date.now) {
  const ports: BackupPorts = {
    store,
    backups: backupFolder(paths.backups),
    checks: copyChecks(),
    swap: swapOf(paths),
    now,
  };
  const rules = () => {
    const { backupEvery: every, backupsKept: keep } = readSettings({ store });
    return { every, keep };
  };
  return {
    list: () => listBackups(ports),
    make: (work?: Work) => makeBackup(ports, 'asked', work),
    isDue: () => isDue(ports, rules()),
    makeScheduled: (work?: Work) => makeScheduled(ports, rules(), work),
    remove: (id: number) => removeBackup(ports, id),
    /** The database is exchanged when this core was closed and the profile is opened again. */
    intendRestore: (id: number, work?: Work) => intendRestore(ports, id, work),
  };
}

export interface RestoredDatabase {
  readonly backup: BackupFile;
  /** The database that was in its place: as a backup, or as it was found where it is damaged. */
  readonly kept: BackupFile | null;
  readonly wasDamaged: boolean;
}

/** Lists without opening the database, which may be damaged. */
export function listBackupsAt(home: string): Promise<readonly BackupView[]> {
  return listBackups({ backups: backupFolder(profilePaths(home).backups), checks: copyChecks() });
}

/** The newest one that could take the place of a database that `error` calls damaged. */
export async function backupFor(home: string, error: AppError): Promise<BackupView | null> {
  if (!isDamage(error)) return null;
  return (await listBackupsAt(home)).find(({ contents }) => contents !== null) ?? null;
}

/**
 * Puts a backup in the place of the database of a profile that nobody has open. Throws `profile.locked`, `backups.unknown`,
 * `backups.damaged`, `files.*`; the database is as it was then.
 */
export async function restoreBackupAt(
  home: string,
  id: number,
  what: string,
  work: Work = {},
): Promise<RestoredDatabase> {
  const profile = await openProfile(home, what);
  try {
    const { paths } = profile;
    const backups = backupFolder(paths.backups);
    const [swap, checks] = [swapOf(paths), copyChecks()];
    const backup = await backups.get(id);
    // Another restore that waits is given up for this one.
    await swap.undo();
    const present = unlessDamaged(() => openStore(paths.database, { now: Date.now }));
    let kept: BackupFile | null = null;
    if (present === null) {
      await checks.check(backup.path);
      await swap.intend({ backup: id, kept: null, used: {} });
    } else {
      try {
        kept = await intendRestore({ store: present, backups, checks, swap, now: Date.now }, id, work);
      } catch (error) {
        // Damage that only shows when everything is read.
        if (!(error instanceof AppError && isDamage(error) && error.data['path'] !== backup.path)) throw error;
        await checks.check(backup.path);
        await swap.intend({ backup: id, kept: null, used: {} });
      } finally {
        present.close();
      }
    }
    const dropped = await swap.complete();
    if (dropped !== null) throw new AppError('backups.damaged', dropped, { data: { path: backup.path } });
    openStore(paths.database, { now: Date.now }).close();
    const wasDamaged = kept === null;
    kept =
      (await backups.list()).find((one) => (kept === null ? one.reason === 'damaged' : one.id === kept.id)) ?? null;
    return { backup, kept, wasDamaged };
  } finally {
    profile.close();
  }
}

/** Null where it is damaged. */
function unlessDamaged<T>(work: () => T): T | null {
  try {
    return work();
  } catch (error) {
    if (error instanceof AppError && isDamage(error)) return null;
    throw error;
  }
}

function isDamage({ code }: AppError): boolean {
  return ['store.corrupt', 'store.foreign', 'backups.damaged'].includes(code);
}

/** Backups of the database: made on time and on request, thinned out, listed and put back. */
import { outlivedBackups, isBackupDue } from '../domain/backup.ts';
import type { BackupInterval, BackupReason } from '../domain/backup.ts';
import type { BackupView } from '../contract/backups.ts';
import { AppError } from '../domain/errors.ts';
import type { BackupFile, BackupFolder, CopyChecks, DatabaseSwap } from '../ports/backups.ts';
import type { Store } from '../ports/repositories.ts';
import type { Work } from '../ports/work.ts';

export interface BackupPorts {
  readonly store: Pick<Store, 'projects' | 'copies'>;
  readonly backups: BackupFolder;
  readonly checks: CopyChecks;
  readonly swap: DatabaseSwap;
  readonly now: () => number;
}

export interface BackupRules {
  readonly every: BackupInterval;
  readonly keep: number;
}

/** Newest first. */
export async function listBackups({
  backups,
  checks,
}: Pick<BackupPorts, 'backups' | 'checks'>): Promise<readonly BackupView[]> {
  const all = await backups.list();
  const contents = await checks.contents(all.filter(({ reason }) => reason !== 'damaged').map(({ path }) => path));
  return all.map(({ path, ...backup }) => ({ ...backup, contents: contents.get(path) ?? null }));
}

/** Counts only when it was checked. Throws `store.*`, `files.*`, `backups.damaged`, `cancelled`; the others stay then. */
export async function makeBackup(
  { store, backups, checks, now }: Pick<BackupPorts, 'store' | 'backups' | 'checks' | 'now'>,
  reason: BackupReason,
  work: Work = {},
): Promise<BackupFile> {
  return backups.add(now(), reason, async (partial) => {
    await store.copies.copy(partial, {
      ...(work.signal === undefined ? {} : { signal: work.signal }),
      onProgress: ({ done, total }) => work.onProgress?.({ phase: 'backup', done, total }),
    });
    await checks.check(partial);
  });
}

export async function isDue(
  { store, backups, now }: Pick<BackupPorts, 'store' | 'backups' | 'now'>,
  { every }: BackupRules,
): Promise<boolean> {
  if (every === 'off' || store.projects.list().length === 0) return false;
  return isBackupDue(await backups.list(), every, now());
}

/** Makes one, then takes away what has done its time: never the other way round. */
export async function makeScheduled(ports: BackupPorts, { keep }: BackupRules, work: Work = {}): Promise<BackupFile> {
  const made = await makeBackup(ports, 'scheduled', work);
  const wanted = await ports.swap.wanted();
  for (const id of outlivedBackups(await ports.backups.list(), keep, ports.now())) {
    if (id !== wanted) await ports.backups.remove(id);
  }
  return made;
}

/** Throws `backups.unknown`, `files.*`, and `backups.wanted` for the one that is about to take the database's place. */
export async function removeBackup(
  { backups, swap }: Pick<BackupPorts, 'backups' | 'swap'>,
  id: number,
): Promise<void> {
  if ((await swap.wanted()) === id) {
    throw new AppError(
      'backups.wanted',
      `Backup ${id} is about to take the place of the database, so it was not removed. Remove it when the program has started anew.`,
      { data: { id } },
    );
  }
  await backups.remove(id);
}

/**
 * Checks the backup, keeps the present database as one of its own, and notes that the backup is to take its place: that happens
 * when the database is closed (`DatabaseSwap.complete`), which also brings what was told until then into the one that is kept.
 * Throws `backups.unknown`, `backups.damaged`, and what `makeBackup` throws; nothing was changed then.
 */
export async function intendRestore(ports: BackupPorts, id: number, work: Work = {}): Promise<BackupFile> {
  const backup = await ports.backups.get(id);
  await ports.checks.check(backup.path);
  const kept = await makeBackup(ports, 'before-restore', work);
  await ports.swap.intend({ backup: id, kept: kept.id, used: ports.store.copies.usedNumbers() });
  return kept;
}

/**
 * Puts a backup in the database's place. The wish is written down first, whole and flushed, and every step can be done
 * again, so that a restore that was cut off comes to its end when the profile is opened next. The old database with its log is
 * moved away before: a log that stayed would be played into the other database.
 */
import { copyFile, readFile, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { DatabaseSwap, UsedNumbers } from '#app/ports/backups.ts';
import type { ProfilePaths } from '#app/ports/files.ts';
import { moveInPlace, partialPath } from '#native-models/formats/write-atomic.ts';
import { writeFileAtomic } from '../atomic.ts';
import { errnoOf, fileProblem } from '../problems.ts';
import { backupFolder, backupName } from './backup-folder.ts';

const wish = z.object({
  backup: z.int().positive(),
  kept: z.boolean(),
  used: z.record(z.string(), z.int().nonnegative()),
});

export interface SwapTools {
  /** Notes in a copy which numbers must not be given again. */
  readonly prepare: (path: string, used: UsedNumbers) => void;
  readonly now: () => number;
}

export function databaseSwap(
  { home, database, runs, cache, backups: folder }: ProfilePaths,
  tools: SwapTools,
): DatabaseSwap {
  const place = join(home, 'restore.json');

  async function intended(): Promise<z.infer<typeof wish> | null> {
    try {
      return wish.parse(JSON.parse(await readFile(place, 'utf8')));
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return null;
      throw fileProblem(error, 'read', place);
    }
  }

  /** Numbers of runs by their folders: a database that is damaged cannot be asked. */
  async function folderNumbers(): Promise<UsedNumbers> {
    const names = await readdir(runs).catch(() => []);
    return { runs: Math.max(0, ...names.map(Number).filter(Number.isSafeInteger)) };
  }

  async function moveAway(isKept: boolean): Promise<void> {
    if ((await stat(database).catch(() => null)) === null) return;
    if (isKept) {
      await rm(`${database}-wal`, { force: true });
    } else {
      const [newest] = await backupFolder(folder).list();
      const kept = join(folder, backupName((newest?.id ?? 0) + 1, tools.now(), 'damaged'));
      await rename(`${database}-wal`, `${kept}-wal`).catch(ignoreMissing);
      await rename(database, kept);
    }
    await rm(`${database}-shm`, { force: true });
  }

  return {
    intend: (restore) => writeFileAtomic(place, new TextEncoder().encode(JSON.stringify(restore))),
    complete: async () => {
      const restore = await intended();
      if (restore === null) return;
      const { path } = await backupFolder(folder).get(restore.backup);
      const copy = partialPath(database);
      try {
        await copyFile(path, copy);
        const used = await folderNumbers();
        const most = Math.max(restore.used['runs'] ?? 0, used['runs'] ?? 0);
        tools.prepare(copy, { ...restore.used, runs: most });
        await moveAway(restore.kept);
        await moveInPlace(copy, database);
        // ONNX files are named after numbers of packs, and can be made again.
        await rm(join(cache, 'exports'), { recursive: true, force: true });
        await rm(place);
      } catch (error) {
        await rm(copy, { force: true }).catch(() => undefined);
        throw fileProblem(
          error,
          'written',
          database,
          'The backup stays, and putting it in place is tried again at the next start.',
        );
      }
    },
  };
}

function ignoreMissing(error: unknown): void {
  if (errnoOf(error) !== 'ENOENT') throw error;
}

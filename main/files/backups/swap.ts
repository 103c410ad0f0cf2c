/**
 * Puts a backup in the database's place. The wish is written down first, whole and flushed, and every step can be done
 * again, so that a restore that was cut off comes to its end when the profile is opened next. The old database itself is moved
 * among the backups, over the copy that was made of it before: what was told after that copy is in it too. A wish that cannot be
 * fulfilled is dropped, since a profile that waits for it could never be opened.
 */
import { copyFile, readFile, readdir, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { AppError } from '#app/domain/errors.ts';
import type { DatabaseSwap, UsedNumbers } from '#app/ports/backups.ts';
import type { ProfilePaths } from '#app/ports/files.ts';
import { discard, moveInPlace, partialPath } from '#native-models/formats/write-atomic.ts';
import { writeFileAtomic } from '../atomic.ts';
import { errnoOf, fileProblem } from '../problems.ts';
import { backupFolder, backupName, claimNumber, isBackupName } from './backup-folder.ts';

const wish = z.object({
  backup: z.int().positive(),
  /** Whether the old database is sound; one that is not is moved as it is found, with its log. */
  kept: z.boolean(),
  /** The name among the backups that it gets. */
  aside: z.string().refine(isBackupName),
  /** From then on, what is in the database's place is the backup. */
  moved: z.boolean(),
  used: z.record(z.string(), z.int().nonnegative()),
});

type Wish = z.infer<typeof wish>;

export interface SwapTools {
  /** Brings all of a database into its one file and gives the numbers that were used; null where it is damaged. */
  readonly settle: (path: string) => UsedNumbers | null;
  /** Throws `backups.damaged`. */
  readonly check: (path: string) => Promise<unknown>;
  /** Notes in a copy which numbers must not be given again. */
  readonly prepare: (path: string, used: UsedNumbers) => void;
  readonly now: () => number;
}

export function databaseSwap(
  { home, database, runs, cache, backups: folder }: ProfilePaths,
  tools: SwapTools,
): DatabaseSwap {
  const place = join(home, 'restore.json');
  const backups = backupFolder(folder);

  async function intended(): Promise<Wish | 'unreadable' | null> {
    let text: string;
    try {
      text = await readFile(place, 'utf8');
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return null;
      throw fileProblem(error, 'read', place);
    }
    try {
      return wish.parse(JSON.parse(text));
    } catch {
      return 'unreadable';
    }
  }

  async function note(restore: Wish): Promise<Wish> {
    await writeFileAtomic(place, new TextEncoder().encode(JSON.stringify(restore)));
    return restore;
  }

  async function damagedName(): Promise<string> {
    return backupName(await claimNumber(folder), tools.now(), 'damaged');
  }

  /** Numbers of runs by their folders: a database that is damaged cannot be asked. */
  async function folderNumbers(): Promise<UsedNumbers> {
    const names = await readdir(runs).catch(() => []);
    return { runs: Math.max(0, ...names.map(Number).filter(Number.isSafeInteger)) };
  }

  async function carryOut(asked: Wish): Promise<void> {
    const { path } = await backups.get(asked.backup);
    const copy = partialPath(database);
    let restore = asked;
    try {
      await copyFile(path, copy);
      // Days may lie between the wish and its end.
      await tools.check(copy);
      const isPresent = await isThere(database);
      const old = isPresent ? database : join(folder, restore.aside);
      const used = restore.kept && (await isThere(old)) ? tools.settle(old) : {};
      if (used === null && isPresent) {
        restore = await note({ ...restore, kept: false, aside: await damagedName() });
      }
      tools.prepare(copy, highest([restore.used, used ?? {}, await folderNumbers()]));
      if (isPresent) await moveAway(restore);
      await note({ ...restore, moved: true });
      await moveInPlace(copy, database);
    } finally {
      await discard(copy);
    }
  }

  async function moveAway({ kept, aside }: Wish): Promise<void> {
    const target = join(folder, aside);
    // A log that stayed would be played into the other database; that of a sound one is empty by now.
    if (kept) await rm(`${database}-wal`, { force: true });
    else await move(`${database}-wal`, `${target}-wal`).catch(ignoreMissing);
    await move(database, target);
    await rm(`${database}-shm`, { force: true });
  }

  /** The old database, where it was moved away and nothing took its place. */
  async function putBack(restore: Wish): Promise<void> {
    const old = join(folder, restore.aside);
    if ((await isThere(database)) || !(await isThere(old))) return;
    // First: what is in the place afterwards is not the backup.
    await note({ ...restore, moved: false });
    await move(`${old}-wal`, `${database}-wal`).catch(ignoreMissing);
    await move(old, database);
  }

  async function finish(): Promise<void> {
    // ONNX files are named after numbers of packs, and can be made again.
    await rm(join(cache, 'exports'), { recursive: true, force: true });
    await rm(place);
  }

  /** Gives the note for the person. */
  async function drop(what: string, why: string): Promise<string> {
    await rm(place);
    const left = (await isThere(database)) ? 'The database is as it was' : 'There was no database, so one was begun';
    return `${what} was not put in the place of the database: ${why}. ${left}. To put one in its place, choose it in Settings or with "dtl backup restore ID".`;
  }

  async function complete(): Promise<string | null> {
    const restore = await intended();
    if (restore === null) return null;
    if (restore === 'unreadable') return drop('A backup', `"${place}" does not say which one`);
    if (!restore.moved || !(await isThere(database))) {
      try {
        await carryOut(restore);
      } catch (error) {
        const why = unfulfillable(error);
        if (why === null) throw error;
        await putBack(restore);
        return drop(`Backup ${restore.backup}`, why);
      }
    }
    await finish();
    return null;
  }

  async function explained<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw fileProblem(
        error,
        'written',
        database,
        'The backup stays, and putting it in place is tried again at the next start.',
      );
    }
  }

  return {
    intend: async ({ backup, kept, used }) => {
      const aside = kept === null ? await damagedName() : basename((await backups.get(kept)).path);
      await note({ backup, kept: kept !== null, aside, moved: false, used });
    },
    wanted: async () => {
      const restore = await intended();
      return restore === null || restore === 'unreadable' ? null : restore.backup;
    },
    complete: () => explained(complete),
    undo: () =>
      explained(async () => {
        const restore = await intended();
        if (restore === null || restore === 'unreadable') return;
        if (restore.moved && (await isThere(database))) await finish();
        else await putBack(restore);
      }),
  };
}

/** Why trying again would not help; null where it may. */
function unfulfillable(error: unknown): string | null {
  if (!(error instanceof AppError)) return null;
  if (error.code === 'backups.unknown') return 'it is not there any more';
  return error.code === 'backups.damaged' ? `it is not sound (${String(error.data['problem'])})` : null;
}

function highest(all: readonly UsedNumbers[]): UsedNumbers {
  const numbers = new Map<string, number>();
  for (const used of all) {
    for (const [name, number] of Object.entries(used)) numbers.set(name, Math.max(number, numbers.get(name) ?? 0));
  }
  return Object.fromEntries(numbers);
}

async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    ignoreMissing(error);
    return false;
  }
}

/** The folder of backups may be a link to another disk. */
async function move(from: string, to: string): Promise<void> {
  try {
    await moveInPlace(from, to);
  } catch (error) {
    if (errnoOf(error) !== 'EXDEV') throw error;
    const partial = partialPath(to);
    try {
      await copyFile(from, partial);
      await moveInPlace(partial, to);
    } finally {
      await discard(partial);
    }
    await rm(from);
  }
}

function ignoreMissing(error: unknown): void {
  if (errnoOf(error) !== 'ENOENT') throw error;
}

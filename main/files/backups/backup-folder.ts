/** Backups as files of one folder. A name tells all that is known of one, and only whole ones have such a name. */
import { readFile, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { backupReasons } from '#app/domain/backup.ts';
import type { BackupReason } from '#app/domain/backup.ts';
import { AppError } from '#app/domain/errors.ts';
import type { BackupFile, BackupFolder } from '#app/ports/backups.ts';
import { makeFolder } from '#native-models/formats/write-atomic.ts';
import { makeFileAtomic, writeFileAtomic } from '../atomic.ts';
import { errnoOf, fileProblem } from '../problems.ts';

const NAME = /^(\d{6,})-(\d{8})T(\d{6})(\d{3})Z-([a-z-]+)\.sqlite$/;
/** The highest number that was given, so that one whose backup was removed is not given again. */
const LAST = 'last-number';

export function backupFolder(folder: string): BackupFolder {
  const list = (): Promise<readonly BackupFile[]> => listIn(folder);

  async function get(id: number): Promise<BackupFile> {
    const all = await list();
    const found = all.find((one) => one.id === id);
    if (found !== undefined) return found;
    throw new AppError(
      'backups.unknown',
      `There is no backup ${id}. ${all.length === 0 ? 'There are none yet.' : `There are: ${all.map((one) => one.id).join(', ')}.`} Nothing was changed.`,
      { data: { id } },
    );
  }

  return {
    list,
    get,
    add: async (at, reason, make) => {
      const id = await claimNumber(folder);
      const path = join(folder, backupName(id, at, reason));
      await makeFileAtomic(path, make, () => Promise.resolve(path));
      return get(id);
    },
    remove: async (id) => {
      const { path } = await get(id);
      try {
        await rm(path);
        for (const end of ['-wal', '-shm']) await rm(`${path}${end}`, { force: true });
      } catch (error) {
        throw fileProblem(error, 'removed', path);
      }
    },
  };
}

let claimed: Promise<unknown> = Promise.resolve();

/** A number for one more backup, given once: one after the other, since two may be made at the same time. */
export function claimNumber(folder: string): Promise<number> {
  const claim = claimed.then(() => nextNumber(folder));
  claimed = claim.catch(() => undefined);
  return claim;
}

async function nextNumber(folder: string): Promise<number> {
  try {
    await makeFolder(folder);
  } catch (error) {
    throw fileProblem(error, 'created', folder);
  }
  const path = join(folder, LAST);
  const noted = Number(await readFile(path, 'utf8').catch(() => ''));
  const last = Number.isSafeInteger(noted) ? noted : 0;
  const next = Math.max(0, last, ...(await listIn(folder)).map((one) => one.id)) + 1;
  await writeFileAtomic(path, new TextEncoder().encode(`${next}\n`));
  return next;
}

async function listIn(folder: string): Promise<readonly BackupFile[]> {
  let names: readonly string[];
  try {
    names = await readdir(folder);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw fileProblem(error, 'read', folder);
  }
  const files = await Promise.all(names.map((name) => fileOf(folder, name)));
  return files.filter((file) => file !== null).toSorted((a, b) => b.id - a.id);
}

/** A clock far off still gives a name. */
export function backupName(id: number, at: number, reason: BackupReason): string {
  const time = new Date(Math.min(Math.max(at, 0), 253_402_300_799_999)).toISOString().replaceAll(/[-:.]/g, '');
  return `${String(id).padStart(6, '0')}-${time}-${reason}.sqlite`;
}

export function isBackupName(name: string): boolean {
  return NAME.test(name);
}

async function fileOf(folder: string, name: string): Promise<BackupFile | null> {
  const [, id, day, time, milliseconds, given] = NAME.exec(name) ?? [];
  const reason = backupReasons.find((one) => one === given);
  if (id === undefined || day === undefined || time === undefined || reason === undefined) return null;
  const text = `${day.replace(/(....)(..)(..)/, '$1-$2-$3')}T${time.replace(/(..)(..)(..)/, '$1:$2:$3')}.${milliseconds ?? '000'}Z`;
  const at = Date.parse(text);
  const path = join(folder, name);
  const facts = await stat(path).catch(() => null);
  if (!Number.isFinite(at) || facts?.isFile() !== true) return null;
  return { id: Number(id), at, reason, path, bytes: facts.size };
}

/** A copy of the database before it is changed for good, written whole, flushed to the disk, never over another file. */
import { closeSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { AppError } from '#app/domain/errors.ts';
import type { Connection } from './connection.ts';

function flush(path: string): void {
  const descriptor = openSync(path, 'r+');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Makes a new name in a folder durable. Windows cannot open folders, and keeps names without being asked. */
function flushFolder(path: string): void {
  if (process.platform === 'win32') return;
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function errorCode(thrown: unknown): unknown {
  return thrown instanceof Error && 'code' in thrown ? thrown.code : undefined;
}

/** After a failure: what cannot be removed either must not hide why. */
function removeIfPossible(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // The first error is the one to report; the next backup tries to remove it again.
  }
}

/** The first free one of `file.v3.backup`, `file.v3.2.backup`...; it is claimed by creating it empty. */
function claimName(file: string, version: number): string {
  for (let attempt = 1; ; attempt += 1) {
    const name = `${file}.v${version}${attempt === 1 ? '' : `.${attempt}`}.backup`;
    try {
      closeSync(openSync(name, 'wx'));
      return name;
    } catch (thrown) {
      if (errorCode(thrown) !== 'EEXIST') throw thrown;
    }
  }
}

/**
 * Copies what is committed to a new file beside the database and gives its path. Throws AppError `store.backup-failed`
 * and leaves no half-written file.
 */
export function backUp(db: Connection, version: number): string {
  const unfinished = `${db.file}.v${version}.backup-unfinished`;
  let claimed: string | undefined;
  try {
    rmSync(unfinished, { force: true });
    db.prepare<[string]>('VACUUM INTO ?').run(unfinished);
    flush(unfinished);
    claimed = claimName(db.file, version);
    renameSync(unfinished, claimed);
    flushFolder(dirname(claimed));
    return claimed;
  } catch (thrown) {
    removeIfPossible(unfinished);
    if (claimed !== undefined) removeIfPossible(claimed);
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    throw new AppError(
      'store.backup-failed',
      `"${db.file}" has to be changed for this version of the program, and the backup that is made before could not ` +
        `be written: ${reason} The database was left as it was. Free some space, check that you may write to its ` +
        'folder, and start again.',
      { data: { file: db.file }, cause: thrown },
    );
  }
}

/** Opening the database file: is it ours, is it sound, is it of this version, and how it is to be written. */
import { existsSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { AppError } from '#app/domain/errors.ts';
import { backUp } from './backup.ts';
import { Connection } from './connection.ts';
import { applicationId, migrate, readMigrations, schemaVersion } from './migrations.ts';
import type { Migration } from './migrations.ts';

export interface OpenOptions {
  /** While another process owns the profile: nothing is created, migrated or written. */
  readonly readOnly?: boolean;
  /** Milliseconds to wait for another process's write; 5000 unless told. */
  readonly busyTimeout?: number;
  readonly migrations?: readonly Migration[];
}

/**
 * Gives a connection to a database of the newest version. Refuses, leaving the file as it is: a file that is no
 * database or another program's (`store.foreign`), one of a newer program (`store.newer`), a damaged one
 * (`store.corrupt`); read-only also one that is not there (`store.missing`) or of an older version (`store.older`).
 */
export function openDatabase(path: string, options: OpenOptions = {}): Connection {
  const file = resolve(path);
  const readOnly = options.readOnly ?? false;
  const migrations = options.migrations ?? readMigrations();
  if (readOnly && !existsSync(file)) {
    throw new AppError('store.missing', `There is no database "${file}" to read. Check the profile's folder.`, {
      data: { file },
    });
  }
  if (!existsSync(dirname(file))) {
    throw new AppError('store.io', `"${file}" cannot be opened: its folder is not there. Check the profile's folder.`, {
      data: { file },
    });
  }
  // What another process left behind when it was killed or the power went is looked at before it is trusted.
  const leftBehind = !readOnly && (statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0;
  const db = new Connection(file, { readOnly, busyTimeout: options.busyTimeout ?? 5000 });
  try {
    const version = assertOurs(db, migrations.length);
    if (readOnly) assertCurrent(db, version, migrations.length);
    else {
      if (leftBehind) assertSound(db);
      prepareForWriting(db);
      bringUpToDate(db, version, migrations);
    }
    return db;
  } catch (thrown) {
    db.close();
    throw thrown;
  }
}

/** The version of a database of ours, 0 for a new file. Only reads. */
function assertOurs(db: Connection, newest: number): number {
  const { file } = db;
  const id = Number(db.pragma('application_id'));
  const version = schemaVersion(db);
  if (id !== applicationId) {
    const tables = db.prepare<[], { n: number }>('SELECT count(*) AS n FROM sqlite_schema').get()?.n ?? 0;
    if (id === 0 && version === 0 && tables === 0) return 0;
    throw new AppError(
      'store.foreign',
      `"${file}" is a database of another program. It was left as it is. ` +
        'Choose another profile folder, or move that file away.',
      { data: { file } },
    );
  }
  if (version > newest) {
    throw new AppError(
      'store.newer',
      `"${file}" was written by a newer version of DTL Studio (database version ${version}; this program knows ` +
        `${newest}). It was left as it is. Install the newer version, or use another profile folder.`,
      { data: { file, version, newest } },
    );
  }
  return version;
}

function assertCurrent(db: Connection, version: number, newest: number): void {
  if (version === newest) return;
  throw new AppError(
    'store.older',
    `"${db.file}" has database version ${version} and this program reads version ${newest}. Nothing was changed. ` +
      'Close the other process that uses the profile and start this program once, which brings it up to date.',
    { data: { file: db.file, version, newest } },
  );
}

/** Throws `store.corrupt`. */
export function assertSound(db: Connection): void {
  const verdict = db.pragma('quick_check(1)');
  if (verdict === 'ok') return;
  throw new AppError(
    'store.corrupt',
    `"${db.file}" is damaged: ${String(verdict)}. It was left as it is. ` +
      'See what backups there are with "dtl backup list", and put one in its place with "dtl backup restore ID"; the damaged one ' +
      'is kept.',
    { data: { file: db.file, verdict: String(verdict) } },
  );
}

function prepareForWriting(db: Connection): void {
  db.pragma('journal_mode = WAL');
  // A committed label survives a power cut: the log is flushed at every commit, on macOS down to the platter.
  db.pragma('synchronous = FULL');
  db.pragma('fullfsync = ON');
  db.pragma('checkpoint_fullfsync = ON');
  db.pragma('foreign_keys = ON');
}

function bringUpToDate(db: Connection, version: number, migrations: readonly Migration[]): void {
  if (version === migrations.length) return;
  if (version > 0) {
    assertSound(db);
    backUp(db, version);
  }
  migrate(db, migrations);
}

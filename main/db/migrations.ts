/**
 * The numbered SQL files of `migrations/` and how a database is taken through them. All pending ones run in one
 * transaction together with the new version number, so a failure leaves the file exactly as it was.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { AppError, asAppError } from '#app/domain/errors.ts';
import type { Connection } from './connection.ts';

export interface Migration {
  /** 1, 2, 3... */
  readonly version: number;
  readonly name: string;
  readonly sql: string;
}

/** "DTLS" in the file's header: how a database of ours is told from any other. */
export const applicationId = 0x44544c53;

const shippedFolder = new URL('../../migrations/', import.meta.url);

/** Reads `NNNN-name.sql` files, which have to be numbered 0001, 0002... without a gap. Throws a bug otherwise. */
export function readMigrations(folder: URL = shippedFolder): readonly Migration[] {
  const files = readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .sort();
  return files.map((name, i) => {
    const version = Number(/^(\d{4})-[a-z0-9-]+\.sql$/.exec(name)?.[1]);
    if (version !== i + 1) {
      throw new AppError('store.migrations-misnumbered', `"${name}" stands where migration ${i + 1} is expected.`, {
        kind: 'bug',
        data: { name },
      });
    }
    return { version, name: name.slice(0, -'.sql'.length), sql: readFileSync(new URL(name, folder), 'utf8') };
  });
}

export function schemaVersion(db: Connection): number {
  return Number(db.pragma('user_version'));
}

/**
 * Takes `db` from its version to that of the last of `migrations`. Foreign keys are off meanwhile, because rebuilding a
 * table needs that, and checked before the commit. Throws AppError `store.migration-failed`, or what the disk said.
 */
export function migrate(db: Connection, migrations: readonly Migration[]): void {
  db.pragma('foreign_keys = OFF');
  try {
    db.transaction(() => {
      // Read inside the transaction: another process may have been here first.
      const from = schemaVersion(db);
      if (from === 0) db.pragma(`application_id = ${applicationId}`);
      for (const migration of migrations.slice(from)) apply(db, migration);
    });
  } finally {
    db.pragma('foreign_keys = ON');
  }
}

function apply(db: Connection, migration: Migration): void {
  try {
    db.exec(migration.sql);
    const orphan = db.prepare<[], { table: string }>('PRAGMA foreign_key_check').get();
    if (orphan) throw new Error(`rows of "${orphan.table}" refer to rows that do not exist`);
    db.pragma(`user_version = ${migration.version}`);
  } catch (thrown) {
    const cause = asAppError(thrown);
    if (cause.kind === 'expected') throw cause;
    throw new AppError(
      'store.migration-failed',
      `"${db.file}" could not be brought to version ${migration.version} (${migration.name}): ${cause.message}. ` +
        'It was left as it was. Go on with the program version that wrote it, and report this.',
      { kind: 'bug', data: { file: db.file, migration: migration.name }, cause },
    );
  }
}

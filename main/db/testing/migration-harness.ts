/** For the test of a migration: a database as an older version left it, rows put in, then the step to the next one. */
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import type { Connection } from '../connection.ts';
import { readMigrations, schemaVersion } from '../migrations.ts';
import { openDatabase } from '../open.ts';
import { temporaryFolder } from './temporary-store.ts';

export interface OldDatabase {
  readonly db: Connection;
  /** Closes it and opens it with the migrations up to `version`, as a newer program would. */
  migrateTo(version: number): OldDatabase;
}

function openAt(file: string, version: number): OldDatabase {
  const db = openDatabase(file, { migrations: readMigrations().slice(0, version) });
  onTestFinished(() => db.close());
  expect(schemaVersion(db)).toBe(version);
  return {
    db,
    migrateTo: (next) => {
      db.close();
      return openAt(file, next);
    },
  };
}

/** An empty database of an older version. */
export function databaseAt(version: number): OldDatabase {
  return openAt(join(temporaryFolder(), 'library.sqlite'), version);
}

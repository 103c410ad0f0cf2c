import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { expect, it, onTestFinished } from 'vitest';
import { assertNodeApi } from './connection.ts';
import { migrate, readMigrations, schemaVersion } from './migrations.ts';
import type { Migration } from './migrations.ts';
import { openDatabase } from './open.ts';
import type { OpenOptions } from './open.ts';
import { openStore } from './store.ts';
import { countingClock, temporaryFolder, temporaryStore } from './testing/temporary-store.ts';

const first: Migration = { version: 1, name: '0001-a', sql: 'CREATE TABLE a (x INTEGER NOT NULL) STRICT;' };
const second: Migration = {
  version: 2,
  name: '0002-b',
  sql: 'CREATE TABLE b (y TEXT); INSERT INTO b SELECT x FROM a;',
};
const broken: Migration = {
  version: 3,
  name: '0003-c',
  sql: 'CREATE TABLE c (z TEXT); INSERT INTO nowhere VALUES (1);',
};

function filled(): string {
  const file = join(temporaryFolder(), 'library.sqlite');
  const db = openDatabase(file, { migrations: [first] });
  db.exec('INSERT INTO a VALUES (41), (42)');
  db.close();
  return file;
}

function open(file: string, options: OpenOptions): ReturnType<typeof openDatabase> {
  const db = openDatabase(file, options);
  onTestFinished(() => db.close());
  return db;
}

function count(file: string, table: string): number {
  const db = new Sqlite(file, { readonly: true });
  try {
    return db.prepare<[], { n: number }>(`SELECT count(*) AS n FROM ${table}`).get()?.n ?? -1;
  } finally {
    db.close();
  }
}

it('creates a database of the newest version with its own application id', () => {
  const { store, path } = temporaryStore();
  store.close();
  const db = new Sqlite(path, { readonly: true });
  expect(db.pragma('application_id', { simple: true })).toBe(0x44544c53);
  expect(db.pragma('user_version', { simple: true })).toBe(readMigrations().length);
  db.close();
});

it('writes through a log that is flushed at every commit, with foreign keys on', () => {
  const db = open(join(temporaryFolder(), 'library.sqlite'), {});
  expect(db.pragma('journal_mode')).toBe('wal');
  expect(db.pragma('synchronous')).toBe(2);
  expect(db.pragma('foreign_keys')).toBe(1);
  expect(db.pragma('busy_timeout')).toBe(5000);
});

it('brings an older database up to date after backing it up', () => {
  const file = filled();
  const db = open(file, { migrations: [first, second] });
  expect(schemaVersion(db)).toBe(2);
  expect(db.prepare<[], { y: string }>('SELECT y FROM b').all()).toEqual([{ y: '41' }, { y: '42' }]);
  const backup = `${file}.v1.backup`;
  expect(count(backup, 'a')).toBe(2);
  const old = open(backup, { migrations: [first], readOnly: true });
  expect(schemaVersion(old)).toBe(1);
});

it('never writes a backup over another file', () => {
  const file = filled();
  writeFileSync(`${file}.v1.backup`, 'an earlier one');
  open(file, { migrations: [first, second] });
  expect(readFileSync(`${file}.v1.backup`, 'utf8')).toBe('an earlier one');
  expect(count(`${file}.v1.2.backup`, 'a')).toBe(2);
});

it('makes no backup of a database that it has just created', () => {
  const { path } = temporaryStore();
  expect(readdirSync(dirname(path)).filter((name) => name.includes('backup'))).toEqual([]);
});

it('leaves the file at its old version when the last of several migrations fails', () => {
  const file = filled();
  const before = readFileSync(file);
  expect(() => openDatabase(file, { migrations: [first, second, broken] })).toThrow(
    expect.objectContaining({ code: 'store.migration-failed', kind: 'bug' }),
  );
  expect(readFileSync(file)).toEqual(before);
  const db = open(file, { migrations: [first], readOnly: true });
  expect(schemaVersion(db)).toBe(1);
  expect(db.prepare<[], { name: string }>('SELECT name FROM sqlite_schema').all()).toEqual([{ name: 'a' }]);
});

it('refuses a migration that leaves rows without what they refer to', () => {
  const file = filled();
  const orphans: Migration = {
    version: 2,
    name: '0002-orphans',
    sql: 'CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE q (p REFERENCES p); INSERT INTO q VALUES (9);',
  };
  expect(() => openDatabase(file, { migrations: [first, orphans] })).toThrow(/refer to rows that do not exist/);
  expect(schemaVersion(open(file, { migrations: [first] }))).toBe(1);
});

it('does nothing when another process has migrated meanwhile', () => {
  const file = filled();
  const db = open(file, { migrations: [first] });
  migrate(db, [first, second]);
  migrate(db, [first, second]);
  expect(db.prepare<[], { y: string }>('SELECT y FROM b').all()).toHaveLength(2);
});

it('does not migrate when the backup cannot be written', () => {
  const file = filled();
  // A folder stands where the unfinished backup would be written.
  mkdirSync(join(`${file}.v1.backup-unfinished`, 'in-the-way'), { recursive: true });
  expect(() => openDatabase(file, { migrations: [first, second] })).toThrow(
    expect.objectContaining({ code: 'store.backup-failed', kind: 'expected' }),
  );
  expect(schemaVersion(open(file, { migrations: [first], readOnly: true }))).toBe(1);
});

it('refuses a database of a newer program and leaves it as it is', () => {
  const file = filled();
  open(file, { migrations: [first, second] }).close();
  const before = readFileSync(file);
  expect(() => openDatabase(file, { migrations: [first] })).toThrow(
    expect.objectContaining({ code: 'store.newer', data: { file, version: 2, newest: 1 } }),
  );
  expect(readFileSync(file)).toEqual(before);
});

it('refuses to read an older database without bringing it up to date', () => {
  const file = filled();
  expect(() => openDatabase(file, { migrations: [first, second], readOnly: true })).toThrow(
    expect.objectContaining({ code: 'store.older' }),
  );
});

it('refuses to read a database that is not there, and does not create it', () => {
  const file = join(temporaryFolder(), 'library.sqlite');
  expect(() => openDatabase(file, { readOnly: true })).toThrow(expect.objectContaining({ code: 'store.missing' }));
  expect(existsSync(file)).toBe(false);
});

it('names the file when its folder is not there', () => {
  const file = join(temporaryFolder(), 'gone', 'library.sqlite');
  expect(() => openDatabase(file)).toThrow(expect.objectContaining({ code: 'store.io', data: { file } }));
});

it("refuses another program's database and leaves it as it is", () => {
  const file = join(temporaryFolder(), 'library.sqlite');
  const other = new Sqlite(file);
  other.exec('CREATE TABLE bookmarks (url TEXT)');
  other.close();
  const before = readFileSync(file);
  expect(() => openDatabase(file)).toThrow(expect.objectContaining({ code: 'store.foreign' }));
  expect(readFileSync(file)).toEqual(before);
});

it('refuses a file that is no database and leaves it as it is', () => {
  const file = join(temporaryFolder(), 'library.sqlite');
  writeFileSync(file, 'photos,labels\n'.repeat(400));
  const before = readFileSync(file);
  expect(() => openDatabase(file)).toThrow(expect.objectContaining({ code: 'store.foreign' }));
  expect(readFileSync(file)).toEqual(before);
});

it('refuses a database that was cut off, before it is changed', () => {
  const file = filled();
  const db = openDatabase(file, { migrations: [first] });
  db.exec(
    'INSERT INTO a SELECT value FROM (WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < 9000) SELECT value FROM n)',
  );
  db.close();
  truncateSync(file, 3 * 4096);
  const before = readFileSync(file);
  expect(() => openDatabase(file, { migrations: [first, second] })).toThrow(
    expect.objectContaining({ code: 'store.corrupt' }),
  );
  expect(readFileSync(file)).toEqual(before);
});

it('goes on from the log of a process that was killed', () => {
  const { store, path } = temporaryStore();
  store.projects.create('committed');
  // What a kill leaves: the database and its log, copied while the first process still holds them.
  const copy = join(temporaryFolder(), 'library.sqlite');
  copyFileSync(path, copy);
  copyFileSync(`${path}-wal`, `${copy}-wal`);
  const again = openStore(copy, { now: countingClock() });
  onTestFinished(() => again.close());
  expect(again.projects.find('committed')?.name).toBe('committed');
});

it('uses the good part of a log whose end was never written', () => {
  const { store, path } = temporaryStore();
  store.projects.create('committed');
  const copy = join(temporaryFolder(), 'library.sqlite');
  copyFileSync(path, copy);
  const log = readFileSync(`${path}-wal`);
  store.projects.create('lost');
  const longer = readFileSync(`${path}-wal`);
  writeFileSync(`${copy}-wal`, longer.subarray(0, log.length + 100));
  const again = openStore(copy, { now: countingClock() });
  onTestFinished(() => again.close());
  expect(again.projects.list().map((project) => project.name)).toEqual(['committed']);
});

it('takes only migrations numbered without a gap', () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, '0001-start.sql'), 'SELECT 1;');
  writeFileSync(join(folder, '0003-later.sql'), 'SELECT 1;');
  expect(() => readMigrations(new URL(`file://${folder}/`))).toThrow(/"0003-later.sql" stands where migration 2/);
});

it('says which Node it needs before the driver is loaded by one that is too old', () => {
  expect(() => assertNodeApi('9')).toThrow(expect.objectContaining({ code: 'store.old-node', kind: 'expected' }));
  expect(() => assertNodeApi('')).toThrow(expect.objectContaining({ code: 'store.old-node' }));
  expect(() => assertNodeApi()).not.toThrow();
});

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { AppError } from '#app/domain/errors.ts';
import type { Connection } from './connection.ts';
import { labelRepository } from './labels.ts';
import { migrate, schemaVersion } from './migrations.ts';
import { openDatabase } from './open.ts';
import { photoRepository } from './photos.ts';
import { projectRepository } from './projects.ts';
import { openStore } from './store.ts';
import { countingClock, temporaryFolder, temporaryStore } from './testing/temporary-store.ts';
import { labelledProject, newPhoto } from './testing/samples.ts';

/** The file may grow by no more than `pages` pages of 4 KiB from here on: SQLite then reports a full disk. */
function fillUp(db: Connection, pages: number): void {
  db.pragma(`max_page_count = ${Number(db.pragma('page_count')) + pages}`);
}

function opened(): Connection {
  const db = openDatabase(join(temporaryFolder(), 'library.sqlite'));
  onTestFinished(() => db.close());
  return db;
}

function codeOf(work: () => unknown): string {
  try {
    work();
  } catch (thrown) {
    return thrown instanceof AppError ? `${thrown.kind} ${thrown.code}` : String(thrown);
  }
  return 'done';
}

const manyPhotos = Array.from({ length: 2000 }, (_, i) => newPhoto(i + 1));

it('adds no photo of a batch for which the disk has no room, and goes on when it has', () => {
  const db = opened();
  const photos = photoRepository(db, countingClock());
  const project = projectRepository(db, countingClock()).create('plots').id;
  photos.add(project, [newPhoto(9999)]);
  fillUp(db, 20);
  expect(() => photos.add(project, manyPhotos)).toThrow(
    expect.objectContaining({
      code: 'store.disk-full',
      kind: 'expected',
      data: { file: db.file, sqlite: 'SQLITE_FULL' },
    }),
  );
  expect(photos.list(project).map((photo) => photo.path)).toEqual(['/photos/009999.jpg']);
  expect(db.pragma('integrity_check')).toBe('ok');
  fillUp(db, 2000);
  expect(photos.add(project, manyPhotos)).toHaveLength(2000);
});

it('commits nothing of a transaction that goes on after the disk was full', () => {
  const db = opened();
  const clock = countingClock();
  const photos = photoRepository(db, clock);
  const projects = projectRepository(db, clock);
  const project = projects.create('plots').id;
  fillUp(db, 20);
  const codes: string[] = [];
  const whole = codeOf(() =>
    db.transaction(() => {
      projects.rememberFolder(project, '/photos');
      // SQLite undoes everything here, not only the photos; what follows must not be committed on its own.
      codes.push(codeOf(() => photos.add(project, manyPhotos)));
      codes.push(codeOf(() => projects.rememberFolder(project, '/more')));
    }),
  );
  expect([...codes, whole]).toEqual(Array(3).fill('expected store.disk-full'));
  expect(projects.folders(project)).toEqual([]);
  expect(photos.count(project)).toBe(0);
  expect(db.pragma('integrity_check')).toBe('ok');
  projects.rememberFolder(project, '/photos');
  expect(projects.folders(project)).toHaveLength(1);
});

it('commits nothing on its own when a transaction was ended from inside', () => {
  const db = opened();
  const projects = projectRepository(db, countingClock());
  expect(() =>
    db.transaction(() => {
      projects.create('lost');
      db.exec('ROLLBACK');
      projects.create('on its own');
    }),
  ).toThrow('ended from inside');
  expect(projects.list()).toEqual([]);
});

it('keeps every label that was acknowledged before the disk was full', () => {
  const { store, path } = temporaryStore();
  const { project, photos: ids, classes } = labelledProject(store);
  store.close();
  const db = openDatabase(path);
  onTestFinished(() => db.close());
  const labels = labelRepository(db, countingClock());
  fillUp(db, 3);
  let acknowledged = ids.length;
  let code = '';
  for (let i = 0; code === '' && i < 50_000; i += 1) {
    try {
      const change = { photoId: ids[0]!, classId: classes[(i + 1) % 2 === 0 ? 0 : 1].id };
      acknowledged = labels.set(project, [change], { actor: 'ada', source: 'manual' }).revision;
    } catch (thrown) {
      code = thrown instanceof AppError ? thrown.code : String(thrown);
    }
  }
  expect(code).toBe('store.disk-full');
  expect(acknowledged).toBeGreaterThan(ids.length + 10);
  expect(labels.revision(project)).toBe(acknowledged);
  expect(labels.events(project, 0, 100_000)).toHaveLength(acknowledged);
});

it('leaves a database at its version when the disk is full during a migration', () => {
  const db = opened();
  const version = schemaVersion(db);
  const big = {
    version: version + 1,
    name: 'big',
    sql: 'CREATE TABLE big (x); INSERT INTO big VALUES (zeroblob(1000000));',
  };
  fillUp(db, 20);
  const migrations = [...Array.from({ length: version }, () => big), big];
  expect(() => migrate(db, migrations)).toThrow(expect.objectContaining({ code: 'store.disk-full' }));
  expect(schemaVersion(db)).toBe(version);
  expect(db.pragma('foreign_keys')).toBe(1);
});

// A limit on the size of files makes the operating system itself refuse a write; Windows has none.
it.skipIf(process.platform === 'win32')('keeps every acknowledged label when the system refuses a write', () => {
  const { store, path } = temporaryStore();
  const { project, photos, classes } = labelledProject(store);
  store.close();
  const script = new URL('testing/write-until-refused.ts', import.meta.url).pathname;
  const child = spawnSync(
    'sh',
    // The signal is ignored so that the write fails instead of ending the process; the unit is 512 bytes.
    ['-c', `trap '' XFSZ; ulimit -f 1200; exec "$@"`, 'sh', process.execPath, script, path].concat(
      [project, photos[0]!, classes[0].id, classes[1].id].map(String),
    ),
    { encoding: 'utf8' },
  );
  const lines = child.stdout.trim().split('\n');
  expect(lines.at(-1)).toMatch(/^store\.(io|disk-full)$/);
  const acknowledged = Number(lines.at(-2));
  expect(acknowledged).toBeGreaterThan(photos.length + 10);
  const again = openStore(path, { now: countingClock() });
  onTestFinished(() => again.close());
  expect(again.labels.revision(project)).toBe(acknowledged);
  expect(again.labels.events(project, 0, 100_000)).toHaveLength(acknowledged);
});

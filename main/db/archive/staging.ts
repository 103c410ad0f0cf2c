/**
 * Rows of an archive on their way into the store. They are checked one by one and set aside in a database of their own, so that
 * an archive of any size takes little memory and one that turns out to be damaged leaves nothing; then `commit` takes them over.
 */
import { rmSync } from 'node:fs';
import { z } from 'zod';
import { AppError } from '#app/domain/errors.ts';
import { backboneIdentity } from '#app/domain/id-of.ts';
import type { ArchivedFile, ProjectStaging, WantedPhoto } from '#app/ports/archive.ts';
import { Connection } from '../connection.ts';
import type { SqlValue } from '../connection.ts';
import { commitStaged } from './commit.ts';
import { archiveNames, filesToPlace, reserveRuns } from './places.ts';
import { contentProblem } from './problem.ts';
import { head as headSchema, FORMAT, recordNames, records, VERSION } from './records.ts';
import type { ArchiveHead, RecordName } from './records.ts';
import { tableOf, takers } from './takers.ts';
import type { Columns } from './takers.ts';

/** What is stored of a row beside its JSON: what others refer to, and what has to be unique. */
const DDL = `
  CREATE TABLE classes (number INTEGER PRIMARY KEY, place INTEGER NOT NULL UNIQUE, row TEXT NOT NULL) STRICT;
  CREATE TABLE photos (number INTEGER PRIMARY KEY, place INTEGER NOT NULL UNIQUE, folder INTEGER NOT NULL, below TEXT NOT NULL,
    content_hash TEXT, bytes INTEGER NOT NULL, modified_at REAL NOT NULL, reason TEXT, width INTEGER, height INTEGER,
    orientation INTEGER, format TEXT, bits INTEGER, perceptual_hash TEXT, pixel_hash TEXT, offered_class TEXT, class INTEGER,
    group_name TEXT, added_at INTEGER NOT NULL, flagged INTEGER NOT NULL, excluded INTEGER NOT NULL, path TEXT,
    found_at REAL, UNIQUE (folder, below)) STRICT;
  CREATE UNIQUE INDEX photos_by_path ON photos (path) WHERE path IS NOT NULL;
  CREATE TABLE label_events (revision INTEGER PRIMARY KEY, photo INTEGER NOT NULL, from_class INTEGER, to_class INTEGER,
    batch INTEGER NOT NULL, actor TEXT NOT NULL, source TEXT NOT NULL, at INTEGER NOT NULL) STRICT;
  CREATE TABLE label_seals (revision INTEGER PRIMARY KEY, digest BLOB NOT NULL) STRICT;
  CREATE TABLE edits (place INTEGER PRIMARY KEY, row TEXT NOT NULL) STRICT;
  CREATE TABLE splits (number INTEGER PRIMARY KEY, row TEXT NOT NULL) STRICT;
  CREATE TABLE split_members (split INTEGER NOT NULL, photo INTEGER NOT NULL, subset TEXT NOT NULL, cluster INTEGER NOT NULL,
    PRIMARY KEY (split, photo)) STRICT, WITHOUT ROWID;
  CREATE TABLE runs (number INTEGER PRIMARY KEY, row TEXT NOT NULL) STRICT;
  CREATE TABLE run_samples (run INTEGER NOT NULL, position INTEGER NOT NULL, photo INTEGER NOT NULL, content_hash BLOB NOT NULL,
    bytes INTEGER NOT NULL, label INTEGER NOT NULL, subset TEXT NOT NULL, PRIMARY KEY (run, position)) STRICT, WITHOUT ROWID;
  CREATE TABLE run_metrics (run INTEGER NOT NULL, epoch INTEGER NOT NULL, train_loss REAL, learning_rate REAL,
    validation_loss REAL, validation_accuracy REAL, validation_macro_f1 REAL, images_per_second REAL,
    rss_bytes INTEGER NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (run, epoch)) STRICT, WITHOUT ROWID;
  CREATE TABLE run_predictions (run INTEGER NOT NULL, network TEXT NOT NULL, photo INTEGER NOT NULL, subset TEXT NOT NULL,
    label INTEGER NOT NULL, logits BLOB NOT NULL, PRIMARY KEY (run, network, photo)) STRICT, WITHOUT ROWID;
  CREATE TABLE run_log (run INTEGER NOT NULL, id INTEGER NOT NULL, at INTEGER NOT NULL, line TEXT NOT NULL,
    PRIMARY KEY (run, id)) STRICT, WITHOUT ROWID;
  CREATE TABLE checkpoints (run INTEGER PRIMARY KEY, epoch INTEGER NOT NULL, step INTEGER NOT NULL, at INTEGER NOT NULL) STRICT;
  CREATE TABLE packs (place INTEGER PRIMARY KEY, row TEXT NOT NULL, id INTEGER) STRICT;
  CREATE TABLE pack_words (pack INTEGER NOT NULL, photo INTEGER NOT NULL, class_index INTEGER NOT NULL, confidence REAL NOT NULL,
    probabilities BLOB NOT NULL, content_hash TEXT NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (pack, photo)) STRICT, WITHOUT ROWID;
  CREATE TABLE pack_applications (pack INTEGER PRIMARY KEY, at INTEGER NOT NULL, photos INTEGER NOT NULL) STRICT;
  CREATE TABLE run_of (number INTEGER PRIMARY KEY, id INTEGER NOT NULL) STRICT;
  CREATE TABLE split_of (number INTEGER PRIMARY KEY, id INTEGER NOT NULL) STRICT;
`;

/** `place`: where the rows are set aside; nothing may be there. Throws `archive.content`, `archive.newer`. */
export function stageProject(db: Connection, place: string, givenHead: unknown, now: () => number): ProjectStaging {
  const head = readHead(givenHead);
  const staged = new Connection(place, { readOnly: false, busyTimeout: 0 });
  staged.pragma('journal_mode = OFF');
  staged.pragma('synchronous = OFF');
  staged.exec(DDL);
  let [table, count] = ['', 0];
  let runsBefore: number | null = null;

  function addTo(name: RecordName, rows: readonly unknown[]): void {
    if (table !== name) [table, count] = [name, 0];
    const insertInto = inserter(staged, tableOf(name));
    staged.transaction(() => {
      for (const row of rows) {
        count += 1;
        const where = `line ${count} of ${name}`;
        const columns = takers[name](row, where, count);
        consistent(where, () => insertInto(columns));
      }
    });
  }

  return {
    summary: {
      name: head.name,
      appVersion: head.appVersion,
      archivedAt: head.archivedAt,
      withPhotos: head.withPhotos,
      counts: head.counts,
      backbones: head.backbones.map(({ identity, name }) => ({ identity: backboneIdentity(identity), name })),
    },
    tables: recordNames,
    add: (name, rows) => {
      const known = recordNames.find((one) => one === name);
      if (known === undefined) throw contentProblem(name, 'nobody knows what that is');
      addTo(known, rows);
    },
    *wanted(): Iterable<WantedPhoto> {
      const page = staged.prepare<
        [number, number],
        { number: number; folder: number; below: string; content_hash: string | null; bytes: number }
      >('SELECT number, folder, below, content_hash, bytes FROM photos WHERE number > ? ORDER BY number LIMIT ?');
      for (let after = 0; ;) {
        const rows = page.all(after, 10_000);
        for (const { number, folder, below, content_hash: contentHash, bytes } of rows) {
          const name = head.folders[folder]?.name;
          if (name === undefined) throw contentProblem('photos', `there is no folder ${folder}`);
          yield { number, folder: name, path: below, contentHash, bytes };
        }
        const last = rows.at(-1);
        if (last === undefined) return;
        after = last.number;
      }
    },
    place: (photos) => {
      const put = staged.prepare<[string, number, number]>('UPDATE photos SET path = ?, found_at = ? WHERE number = ?');
      staged.transaction(() => {
        for (const { number, path, modifiedAt } of photos) put.run(path, modifiedAt, number);
      });
    },
    files: () => stagedFiles(staged),
    reserve: (hasFile) => {
      const runs = staged.prepare<[], { n: number }>('SELECT count(*) AS n FROM runs').get()?.n ?? 0;
      runsBefore = reserveRuns(db, runs);
      return filesToPlace(staged, runsBefore, hasFile);
    },
    commit: (options) =>
      consistent('the project', () => {
        if (runsBefore === null) throw new Error('Numbers for the runs have to be reserved first.');
        return commitStaged(db, place, { head, asked: options, runsBefore, now: now() });
      }),
    close: () => {
      staged.close();
      rmSync(place, { force: true });
    },
  };
}

function readHead(value: unknown): ArchiveHead {
  const version = z.object({ format: z.literal(FORMAT), version: z.int().min(1) }).safeParse(value);
  if (version.success && version.data.version > VERSION) {
    throw new AppError(
      'archive.newer',
      `This archive was made by a newer version of DTL Studio (archive version ${version.data.version}; this program reads ` +
        `${VERSION}). Nothing was taken from it. Install the newer version.`,
      { data: { version: version.data.version } },
    );
  }
  const checked = headSchema.safeParse(value);
  if (checked.success) return checked.data;
  throw contentProblem('project.json', z.prettifyError(checked.error));
}

/** Files that rows of the archive speak of. */
function stagedFiles(staged: Connection): readonly ArchivedFile[] {
  const runs = staged
    .prepare<[], { number: number; row: string }>('SELECT number, row FROM runs ORDER BY number')
    .all();
  const checkpoints = new Set(
    staged
      .prepare<[], { run: number }>('SELECT run FROM checkpoints')
      .all()
      .map(({ run }) => run),
  );
  const packs = staged.prepare<[], { row: string }>('SELECT row FROM packs ORDER BY place').all();
  return [
    ...runs.flatMap(({ number, row }): ArchivedFile[] => {
      const { name, result } = records.runs.parse(JSON.parse(row));
      const of = (kind: 'weights' | 'checkpoint'): ArchivedFile => ({
        kind,
        name: archiveNames[kind](number),
        stored: '',
        sha256: null,
        title: `the ${kind} of ${name}`,
      });
      return [...(result === null ? [] : [of('weights')]), ...(checkpoints.has(number) ? [of('checkpoint')] : [])];
    }),
    ...packs.map(({ row }): ArchivedFile => {
      const { name, sha256 } = records.packs.parse(JSON.parse(row));
      return { kind: 'pack', name: archiveNames.pack(sha256), stored: '', sha256, title: `the pack "${name}"` };
    }),
  ];
}

function inserter(db: Connection, table: string): (columns: Columns) => void {
  let statement: ReturnType<typeof db.prepare<SqlValue[]>> | null = null;
  return (columns) => {
    statement ??= db.prepare<SqlValue[]>(
      `INSERT INTO ${table} (${columns.map(([column]) => column).join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`,
    );
    statement.run(...columns.map(([, value]) => value));
  };
}

/** What a rule of a table refuses is wrong with the archive. */
function consistent<T>(where: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof AppError && String(error.data['sqlite']).startsWith('SQLITE_CONSTRAINT')) {
      const { cause } = error;
      throw contentProblem(where, cause instanceof Error ? cause.message : error.message, error);
    }
    throw error;
  }
}

/**
 * A profile as it lies on the disk after everything that used it is gone, looked at with SQLite itself and none of the
 * program's own code. It is a copy that is looked at: opening a database brings its log into it, which is the program's task.
 */
import { copyFileSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { StoredEvent } from './ledger.ts';

export interface Inspection {
  /** Empty: the database is sound, and labels are what their history says. */
  readonly problems: readonly string[];
  /** Of all projects, in order. */
  readonly events: readonly StoredEvent[];
  /** Finished packs by name. */
  readonly packs: ReadonlyMap<string, Buffer>;
}

export function inspectProfile(home: string): Inspection {
  const copy = mkdtempSync(join(tmpdir(), 'dtl-inspect-'));
  try {
    for (const name of ['dtl-studio.sqlite', 'dtl-studio.sqlite-wal']) {
      if (existsSync(join(home, name))) copyFileSync(join(home, name), join(copy, name));
    }
    const db = new DatabaseSync(join(copy, 'dtl-studio.sqlite'));
    try {
      const events = all(
        db,
        'SELECT photo_id AS photo, to_class AS "to" FROM label_events ORDER BY project_id, revision',
      );
      return {
        problems: [...soundness(db), ...foldsUp(db), ...unfinished(home)],
        events: events.map(({ photo, to }) => ({ photo: Number(photo), to: to === null ? null : Number(to) })),
        packs: new Map(
          readdirSync(join(home, 'packs'))
            .filter((name) => !name.startsWith('.'))
            .map((name) => [name, readFileSync(join(home, 'packs', name))]),
        ),
      };
    } finally {
      db.close();
    }
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

type Row = Readonly<Record<string, unknown>>;

function all(db: DatabaseSync, sql: string): readonly Row[] {
  return db.prepare(sql).all();
}

function soundness(db: DatabaseSync): readonly string[] {
  const verdicts = all(db, 'PRAGMA integrity_check').map((row) => String(row['integrity_check']));
  const orphans = all(db, 'PRAGMA foreign_key_check').map(
    (row) => `"${String(row['table'])}" refers to rows that are not there`,
  );
  return [...verdicts.filter((verdict) => verdict !== 'ok'), ...orphans];
}

/** Every photo has the label of its last event, and a project's events are numbered without a gap up to its revision. */
function foldsUp(db: DatabaseSync): readonly string[] {
  const other = all(
    db,
    `SELECT p.id AS id FROM photos p WHERE p.class_id IS NOT
       (SELECT e.to_class FROM label_events e WHERE e.photo_id = p.id ORDER BY e.revision DESC LIMIT 1)`,
  ).map(({ id }) => `photo ${String(id)} has another label than its history says`);
  const gaps = all(
    db,
    `SELECT p.id AS id FROM projects p WHERE p.label_revision <> (SELECT count(*) FROM label_events e WHERE e.project_id = p.id)
       OR p.label_revision <> (SELECT ifnull(max(revision), 0) FROM label_events e WHERE e.project_id = p.id)`,
  ).map(({ id }) => `project ${String(id)} has gaps in its label history`);
  return [...other, ...gaps];
}

/** Whatever a run's record points to is there, whole to its last byte. */
function unfinished(home: string): readonly string[] {
  const runs = join(home, 'runs');
  return readdirSync(runs).flatMap((run) =>
    readdirSync(join(runs, run))
      .filter((name) => !name.startsWith('.') && name.endsWith('.safetensors'))
      .flatMap((name) => (isWhole(readFileSync(join(runs, run, name))) ? [] : [`runs/${run}/${name} is cut off`])),
  );
}

/** A safetensors file ends with its last tensor. */
export function isWhole(bytes: Buffer): boolean {
  if (bytes.length < 8) return false;
  const header = Number(bytes.readBigUInt64LE(0));
  if (bytes.length < 8 + header) return false;
  const entries = JSON.parse(bytes.toString('utf8', 8, 8 + header)) as Readonly<
    Record<string, { readonly data_offsets?: readonly [number, number] }>
  >;
  const end = Math.max(0, ...Object.values(entries).map(({ data_offsets: place }) => place?.[1] ?? 0));
  return bytes.length === 8 + header + end;
}

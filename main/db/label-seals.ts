/**
 * The chain of digests over a project's label events. It names photos and classes by the numbers that they had where the
 * history began, so that it holds in every profile that the project is carried to. It is made for accidents (a damaged disk, a database that was edited by
 * hand), not against somebody who computes it anew; against that helps a digest that was written down elsewhere.
 */
import { createHash } from 'node:crypto';
import type { Hash } from 'node:crypto';
import { count } from '#app/domain/count.ts';
import { AppError } from '#app/domain/errors.ts';
import type { ProjectId } from '#app/domain/ids.ts';
import type { HistoryCheck, HistoryProblem, LabelSource } from '#app/domain/label.ts';
import type { Connection } from './connection.ts';

/** A label event as it is stored. */
export interface EventRow {
  readonly project_id: number;
  readonly revision: number;
  readonly photo_id: number;
  readonly from_class: number | null;
  readonly to_class: number | null;
  readonly batch: number;
  readonly actor: string;
  readonly source: LabelSource;
  readonly at: number;
}

interface SealRow {
  readonly revision: number;
  readonly digest: Uint8Array;
}

export interface LabelSeals {
  /**
   * Before an act adds events behind `revision`: its seal would make genuine what something else added before it. Throws
   * `labels.history-changed`.
   */
  assertEnd(project: ProjectId, revision: number): void;
  /** Covers all events up to `revision`, which the project has just come to. Part of the transaction that added them. */
  seal(project: ProjectId, revision: number): void;
  check(project: ProjectId): HistoryCheck;
  has(project: ProjectId, digest: string): boolean;
}

/** Events read at once. */
const STRIDE = 10_000;

export function labelSeals(db: Connection): LabelSeals {
  const newest = db.prepare<[number], SealRow>(
    'SELECT revision, digest FROM label_seals WHERE project_id = ? ORDER BY revision DESC LIMIT 1',
  );
  const all = db.prepare<[number], SealRow>(
    'SELECT revision, digest FROM label_seals WHERE project_id = ? ORDER BY revision',
  );
  const same = db.prepare<[number, Uint8Array], { revision: number }>(
    'SELECT revision FROM label_seals WHERE project_id = ? AND digest = ?',
  );
  const insert = db.prepare<[number, number, Uint8Array]>(
    'INSERT INTO label_seals (project_id, revision, digest) VALUES (?, ?, ?)',
  );
  const between = db.prepare<[number, number, number, number], EventRow>(
    `SELECT e.project_id, e.revision, ifnull(p.history_number, e.photo_id + o.photo_shift) AS photo_id,
       ifnull(f.history_number, e.from_class + o.class_shift) AS from_class,
       ifnull(t.history_number, e.to_class + o.class_shift) AS to_class, e.batch, e.actor, e.source, e.at
     FROM label_events e
     JOIN projects o ON o.id = e.project_id
     LEFT JOIN photos p ON p.id = e.photo_id
     LEFT JOIN classes f ON f.id = e.from_class
     LEFT JOIN classes t ON t.id = e.to_class
     WHERE e.project_id = ? AND e.revision > ? AND e.revision <= ? ORDER BY e.revision LIMIT ?`,
  );
  const numberOf = db.prepare<[number], { number: number }>(
    'SELECT ifnull(history_number, id) AS number FROM projects WHERE id = ?',
  );
  const endOf = db.prepare<[number], { name: string; newest: number | null }>(
    `SELECT name, (SELECT max(e.revision) FROM label_events e WHERE e.project_id = projects.id) AS newest
     FROM projects WHERE id = ?`,
  );
  const totals = db.prepare<[number], { events: number; newest: number | null; told: number }>(
    `SELECT count(e.revision) AS events, max(e.revision) AS newest, p.label_revision AS told
     FROM projects p LEFT JOIN label_events e ON e.project_id = p.id WHERE p.id = ?`,
  );
  const strangers = db.prepare<[number, number], { id: number; path: string; revision: number | null }>(
    `SELECT p.id AS id, p.path AS path, (SELECT max(e.revision) FROM label_events e WHERE e.photo_id = p.id) AS revision
     FROM photos p WHERE p.project_id = ? AND p.class_id IS NOT
       (SELECT e.to_class FROM label_events e WHERE e.photo_id = p.id ORDER BY e.revision DESC LIMIT 1)
     ORDER BY p.path LIMIT ?`,
  );

  function digestOf(project: ProjectId, before: SealRow | undefined, revision: number): Uint8Array {
    const start = (): string => `label history of project ${numberOf.get(project)?.number ?? project}\n`;
    const hash = createHash('sha256').update(before?.digest ?? start());
    for (let after = before?.revision ?? 0; after < revision;) {
      const rows = between.all(project, after, revision, STRIDE);
      for (const row of rows) take(hash, row);
      const last = rows.at(-1);
      if (last === undefined) break;
      after = last.revision;
    }
    return new Uint8Array(hash.digest());
  }

  return {
    assertEnd: (project, revision) => {
      const { name = '', newest: last = null } = endOf.get(project) ?? {};
      // Without a seal all events are from before there were any, as far as can be told.
      const sealed = newest.get(project)?.revision ?? revision;
      const added = { from: Math.min(sealed, revision) + 1, to: Math.max(last ?? 0, sealed) };
      if (added.from <= added.to) throw changedHistory(name, added);
    },
    seal: (project, revision) => {
      insert.run(project, revision, digestOf(project, newest.get(project), revision));
    },
    has: (project, digest) => same.get(project, Buffer.from(digest, 'hex')) !== undefined,
    check: (project) => {
      const { events = 0, newest: last = null, told = 0 } = totals.get(project) ?? {};
      const problems: HistoryProblem[] = [];
      let before: SealRow | undefined;
      for (const seal of all.all(project)) {
        const from = (before?.revision ?? 0) + 1;
        if (!Buffer.from(digestOf(project, before, seal.revision)).equals(seal.digest)) {
          problems.push({ kind: 'changed', from, to: seal.revision });
        }
        // What comes next is checked against what was stored, so that one fault is told once.
        before = seal;
      }
      const sealed = before?.revision ?? 0;
      const newestEvent = last ?? 0;
      if (events !== newestEvent) problems.push({ kind: 'missing', from: 1, to: newestEvent });
      const end = Math.max(sealed, told);
      if (newestEvent < end) problems.push({ kind: 'missing', from: newestEvent + 1, to: end });
      const counted = before === undefined ? told : Math.min(sealed, told);
      if (newestEvent > counted) problems.push({ kind: 'added', from: counted + 1, to: newestEvent });
      for (const { path, revision } of strangers.all(project, NAMED)) problems.push({ kind: 'label', path, revision });
      return {
        events,
        sealed,
        digest: before === undefined ? null : Buffer.from(before.digest).toString('hex'),
        problems,
      };
    },
  };
}

/** Photos named whose label is not that of their history. */
const NAMED = 100;

function changedHistory(name: string, { from, to }: { readonly from: number; readonly to: number }): AppError {
  const which = from === to ? `event ${from}` : `events ${from} to ${to}`;
  return new AppError(
    'labels.history-changed',
    `The label history of "${name}" does not end where the last act left it (${count(to - from + 1, 'event')}: ${which}), ` +
      'so something else changed the database. No label was changed now, and everything stored is kept as it is. ' +
      '"dtl labels verify" tells what is wrong; "dtl backup list" shows which backups there are, and "dtl backup restore ID" puts one in place.',
    { data: { project: name, from, to } },
  );
}

/** JSON, so that no actor's name can pass for the end of a field. */
function take(hash: Hash, row: EventRow): void {
  const { revision, photo_id: photo, from_class: from, to_class: to, batch, actor, source, at } = row;
  hash.update(`${JSON.stringify([revision, photo, from, to, batch, actor, source, at])}\n`);
}

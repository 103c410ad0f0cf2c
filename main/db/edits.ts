/** What can be undone and done again, newest first. */
import { z } from 'zod';
import type { Edit, EditChange } from '#app/domain/edit.ts';
import { classId, photoId, projectId } from '#app/domain/id-of.ts';
import { fromRuns, toRuns } from '#app/domain/number-runs.ts';
import type { EditRepository } from '#app/ports/repositories.ts';
import type { Connection } from './connection.ts';
import { readJson, toJson } from './json.ts';

/** Done edits kept of a project. */
const KEPT = 200;

interface Row {
  readonly id: number;
  readonly project_id: number;
  readonly at: number;
  readonly actor: string;
  readonly title: string;
  readonly changes: string;
  readonly state: Edit['state'];
}

const storedClass = z.int().positive().transform(classId);
const fields = z
  .object({ name: z.string(), color: z.string(), key: z.string().nullable() })
  .partial()
  .transform(({ name, color, key }) => ({
    ...(name === undefined ? {} : { name }),
    ...(color === undefined ? {} : { color }),
    ...(key === undefined ? {} : { key }),
  }));

/** Photos are stored as runs of neighbouring numbers. */
export const storedChanges = z.array(
  z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('labels'), first: z.int().positive(), last: z.int().positive() }),
    z.object({
      kind: z.literal('mark'),
      mark: z.enum(['flagged', 'excluded']),
      to: z.boolean(),
      runs: z.array(z.int().positive()).readonly(),
    }),
    z.object({ kind: z.literal('class-added'), class: storedClass }),
    z.object({ kind: z.literal('class-retired'), class: storedClass }),
    z.object({ kind: z.literal('class-edited'), class: storedClass, from: fields, to: fields }),
    z.object({ kind: z.literal('classes-ordered'), from: z.array(storedClass), to: z.array(storedClass) }),
  ]),
);

export type StoredChange = z.infer<typeof storedChanges>[number];

function toStored(change: EditChange): StoredChange {
  if (change.kind === 'mark') {
    return { kind: 'mark', mark: change.mark, to: change.to, runs: toRuns(change.photos) };
  }
  if (change.kind === 'classes-ordered') return { ...change, from: [...change.from], to: [...change.to] };
  return change;
}

function fromStored(change: StoredChange): EditChange {
  if (change.kind !== 'mark') return change;
  return { kind: 'mark', mark: change.mark, to: change.to, photos: fromRuns(change.runs).map(photoId) };
}

function fromRow(row: Row): Edit {
  return {
    id: row.id,
    projectId: projectId(row.project_id),
    at: row.at,
    actor: row.actor,
    title: row.title,
    changes: readJson(storedChanges, row.changes, `edits.changes of edit ${row.id}`).map(fromStored),
    state: row.state,
  };
}

export function editRepository(db: Connection, now: () => number): EditRepository {
  const insert = db.prepare<[number, number, string, string, string]>(
    `INSERT INTO edits (project_id, at, actor, title, changes, state) VALUES (?, ?, ?, ?, ?, 'done')`,
  );
  const byId = db.prepare<[number], Row>('SELECT * FROM edits WHERE id = ?');
  const lastDone = db.prepare<[number], Row>(
    `SELECT * FROM edits WHERE project_id = ? AND state = 'done' ORDER BY id DESC LIMIT 1`,
  );
  const firstUndone = db.prepare<[number], Row>(
    `SELECT * FROM edits WHERE project_id = ? AND state = 'undone' ORDER BY id LIMIT 1`,
  );
  const dropUndone = db.prepare<[number]>(`DELETE FROM edits WHERE project_id = ? AND state = 'undone'`);
  const dropOld = db.prepare<[number, number, number]>(
    `DELETE FROM edits WHERE project_id = ? AND state = 'done' AND id <=
       (SELECT id FROM edits WHERE project_id = ? AND state = 'done' ORDER BY id DESC LIMIT 1 OFFSET ?)`,
  );
  const setState = db.prepare<[Edit['state'], number]>('UPDATE edits SET state = ? WHERE id = ?');

  return {
    add: (project, { actor, title, changes }) =>
      db.transaction(() => {
        dropUndone.run(project);
        const text = toJson(storedChanges, changes.map(toStored), 'edits.changes');
        const { id } = insert.run(project, now(), actor, title, text);
        dropOld.run(project, project, KEPT);
        const row = byId.get(id);
        if (!row) throw new Error('an edit that was just stored is not there');
        return fromRow(row);
      }),
    next: (project) => {
      const [undo, redo] = [lastDone.get(project), firstUndone.get(project)];
      return { undo: undo ? fromRow(undo) : null, redo: redo ? fromRow(redo) : null };
    },
    move: (id, state) =>
      db.transaction(() => {
        setState.run(state, id);
      }),
  };
}

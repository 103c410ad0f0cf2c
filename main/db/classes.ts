import { AppError } from '#app/domain/errors.ts';
import { classId, projectId } from '#app/domain/id-of.ts';
import type { ClassId } from '#app/domain/ids.ts';
import type { LabelClass } from '#app/domain/label.ts';
import type { ClassRepository } from '#app/ports/repositories.ts';
import type { Connection } from './connection.ts';

interface Row {
  readonly id: number;
  readonly project_id: number;
  readonly name: string;
  readonly position: number;
  readonly color: string;
  readonly key: string | null;
  readonly retired_at: number | null;
}

function fromRow(row: Row): LabelClass {
  return {
    id: classId(row.id),
    projectId: projectId(row.project_id),
    name: row.name,
    index: row.position,
    color: row.color,
    key: row.key,
  };
}

function nameTaken(name: string): AppError {
  return new AppError(
    'classes.name-taken',
    `There is a class "${name}" already. No class was changed. Choose another name.`,
    { data: { name } },
  );
}

function keyTaken(owner: Row): AppError {
  return new AppError(
    'classes.key-taken',
    `The key "${owner.key ?? ''}" belongs to class "${owner.name}". No class was changed. Choose another key.`,
    { data: { key: owner.key, name: owner.name } },
  );
}

function unknownClass(id: number): AppError {
  return new AppError('classes.unknown', `There is no class ${id} in this project. Nothing was changed.`, {
    data: { id },
  });
}

export function classRepository(db: Connection, now: () => number): ClassRepository {
  const insert = db.prepare<[number, string, number, string, string | null]>(
    'INSERT INTO classes (project_id, name, position, color, key) VALUES (?, ?, ?, ?, ?)',
  );
  const byId = db.prepare<[number], Row>('SELECT * FROM classes WHERE id = ?');
  const current = db.prepare<[number], Row>(
    'SELECT * FROM classes WHERE project_id = ? AND retired_at IS NULL ORDER BY position',
  );
  const all = db.prepare<[number], { id: number; name: string }>('SELECT id, name FROM classes WHERE project_id = ?');
  const byName = db.prepare<[number, string], Row>(
    'SELECT * FROM classes WHERE project_id = ? AND name = ? AND retired_at IS NULL',
  );
  const byKey = db.prepare<[number, string], Row>(
    'SELECT * FROM classes WHERE project_id = ? AND key = ? AND retired_at IS NULL',
  );
  const update = db.prepare<[string, string, string | null, number]>(
    'UPDATE classes SET name = ?, color = ?, key = ? WHERE id = ?',
  );
  const setRetired = db.prepare<[number | null, number]>('UPDATE classes SET retired_at = ? WHERE id = ?');
  const place = db.prepare<[number, number]>('UPDATE classes SET position = ? WHERE id = ?');
  const anyPhoto = db.prepare<[number, number], { id: number }>(
    'SELECT id FROM photos WHERE project_id = ? AND class_id = ? LIMIT 1',
  );

  function rowOf(id: ClassId): Row {
    const row = byId.get(id);
    if (!row) throw unknownClass(id);
    return row;
  }

  function refuseTaken(project: number, name: string, key: string | null, own: number | null): void {
    const named = byName.get(project, name);
    if (named && named.id !== own) throw nameTaken(name);
    const owner = key === null ? undefined : byKey.get(project, key);
    if (owner && owner.id !== own) throw keyTaken(owner);
  }

  /** Places are unique at every moment, so all of them are first moved out of the way. */
  function arrange(order: readonly number[]): void {
    const beyond = Math.max(-1, ...order.map((id) => byId.get(id)?.position ?? 0)) + order.length + 1;
    for (const [at, id] of order.entries()) place.run(beyond + at, id);
    for (const [at, id] of order.entries()) place.run(at, id);
  }

  return {
    add: (project, classes) =>
      db.transaction(() => {
        const first = (current.all(project).at(-1)?.position ?? -1) + 1;
        return classes.map((wanted, i): LabelClass => {
          refuseTaken(project, wanted.name, wanted.key, null);
          const index = first + i;
          const { id } = insert.run(project, wanted.name, index, wanted.color, wanted.key);
          return { ...wanted, id: classId(id), projectId: project, index };
        });
      }),
    list: (project) => current.all(project).map(fromRow),
    find: (project, name) => {
      const row = byName.get(project, name);
      return row ? fromRow(row) : null;
    },
    get: (id) => fromRow(rowOf(id)),
    names: (project) => new Map(all.all(project).map(({ id, name }) => [classId(id), name])),
    edit: (id, fields) =>
      db.transaction(() => {
        const row = rowOf(id);
        const { name = row.name, color = row.color, key = row.key } = fields;
        refuseTaken(row.project_id, name, key, id);
        update.run(name, color, key, id);
        return fromRow(rowOf(id));
      }),
    retire: (id) =>
      db.transaction(() => {
        const row = rowOf(id);
        if (anyPhoto.get(row.project_id, id)) throw inUse(row);
        setRetired.run(now(), id);
        arrange(current.all(row.project_id).map((one) => one.id));
      }),
    restore: (id) =>
      db.transaction(() => {
        const row = rowOf(id);
        if (row.retired_at === null) return;
        if (byName.get(row.project_id, row.name)) throw nameTaken(row.name);
        const others = current.all(row.project_id).map((one) => one.id);
        const key = row.key === null || byKey.get(row.project_id, row.key) ? null : row.key;
        update.run(row.name, row.color, key, id);
        place.run(others.length, id);
        setRetired.run(null, id);
        // Others do not move a retired class: its row still says where it was.
        arrange([...others.slice(0, row.position), id, ...others.slice(row.position)]);
      }),
    arrange: (project, order) =>
      db.transaction(() => {
        assertWhole(
          current.all(project).map((one) => one.id),
          order,
        );
        arrange(order);
      }),
  };
}

function inUse({ id, name }: Row): AppError {
  return new AppError(
    'classes.in-use',
    `Photos have the label "${name}", so the class stays. Merge it into another one, or label those photos otherwise first.`,
    { data: { id, name } },
  );
}

function assertWhole(known: readonly number[], order: readonly ClassId[]): void {
  const stranger = order.find((id) => !known.includes(id));
  if (stranger !== undefined) throw unknownClass(stranger);
  if (new Set(order).size === known.length && order.length === known.length) return;
  throw new AppError(
    'classes.order-incomplete',
    `The new order names ${new Set(order).size} of ${known.length} classes, so it was not taken over. ` +
      'The list may have changed meanwhile: look at it again.',
    { data: { named: order.length, classes: known.length } },
  );
}

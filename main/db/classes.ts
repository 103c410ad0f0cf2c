import { AppError } from '#app/domain/errors.ts';
import { classId, projectId } from '#app/domain/id-of.ts';
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

export function classRepository(db: Connection): ClassRepository {
  const insert = db.prepare<[number, string, number, string, string | null]>(
    'INSERT INTO classes (project_id, name, position, color, key) VALUES (?, ?, ?, ?, ?)',
  );
  const all = db.prepare<[number], Row>('SELECT * FROM classes WHERE project_id = ? ORDER BY position');
  const byName = db.prepare<[number, string], Row>('SELECT * FROM classes WHERE project_id = ? AND name = ?');
  const byKey = db.prepare<[number, string], Row>('SELECT * FROM classes WHERE project_id = ? AND key = ?');

  return {
    add: (project, classes) =>
      db.transaction(() => {
        const first = (all.all(project).at(-1)?.position ?? -1) + 1;
        return classes.map((wanted, i): LabelClass => {
          if (byName.get(project, wanted.name)) {
            throw new AppError(
              'classes.name-taken',
              `There is a class "${wanted.name}" already. No class was added. Choose another name.`,
              { data: { name: wanted.name } },
            );
          }
          const owner = wanted.key === null ? undefined : byKey.get(project, wanted.key);
          if (owner) {
            throw new AppError(
              'classes.key-taken',
              `The key "${owner.key ?? ''}" belongs to class "${owner.name}". No class was added. Choose another key.`,
              { data: { key: owner.key, name: owner.name } },
            );
          }
          const index = first + i;
          const { id } = insert.run(project, wanted.name, index, wanted.color, wanted.key);
          return {
            id: classId(id),
            projectId: project,
            name: wanted.name,
            index,
            color: wanted.color,
            key: wanted.key,
          };
        });
      }),
    list: (project) => all.all(project).map(fromRow),
    find: (project, name) => {
      const row = byName.get(project, name);
      return row ? fromRow(row) : null;
    },
  };
}

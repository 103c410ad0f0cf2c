import { AppError } from '#app/domain/errors.ts';
import { projectId } from '#app/domain/id-of.ts';
import type { ProjectId } from '#app/domain/ids.ts';
import type { Project, ProjectFolder } from '#app/domain/project.ts';
import type { ProjectRepository } from '#app/ports/repositories.ts';
import type { Connection } from './connection.ts';

interface Row {
  readonly id: number;
  readonly name: string;
  readonly created_at: number;
  readonly label_revision: number;
  readonly opened_at: number | null;
}

function fromRow(row: Row): Project {
  return {
    id: projectId(row.id),
    name: row.name,
    createdAt: row.created_at,
    labelRevision: row.label_revision,
    openedAt: row.opened_at,
  };
}

export function unknownProject(id: ProjectId): AppError {
  return new AppError('projects.unknown', `There is no project ${id}. List the projects to see which there are.`, {
    data: { id },
  });
}

export function projectRepository(db: Connection, now: () => number): ProjectRepository {
  const insert = db.prepare<[string, number]>('INSERT INTO projects (name, created_at) VALUES (?, ?)');
  const byId = db.prepare<[number], Row>('SELECT * FROM projects WHERE id = ?');
  const byName = db.prepare<[string], Row>('SELECT * FROM projects WHERE name = ?');
  const all = db.prepare<[], Row>('SELECT * FROM projects ORDER BY name');
  const upsertFolder = db.prepare<[number, string, number]>(
    `INSERT INTO project_folders (project_id, path, imported_at) VALUES (?, ?, ?)
     ON CONFLICT (project_id, path) DO UPDATE SET imported_at = excluded.imported_at`,
  );
  const foldersOf = db.prepare<[number], { path: string; imported_at: number }>(
    'SELECT path, imported_at FROM project_folders WHERE project_id = ? ORDER BY path',
  );

  const setName = db.prepare<[string, number]>('UPDATE projects SET name = ? WHERE id = ?');
  const setOpened = db.prepare<[number, number]>('UPDATE projects SET opened_at = ? WHERE id = ?');
  const dropFolder = db.prepare<[number, string]>('DELETE FROM project_folders WHERE project_id = ? AND path = ?');

  function nameTaken(name: string): AppError {
    return new AppError(
      'projects.name-taken',
      `There is a project "${name}" already. It was left as it is. Choose another name.`,
      { data: { name } },
    );
  }

  function get(id: ProjectId): Project {
    const row = byId.get(id);
    if (!row) throw unknownProject(id);
    return fromRow(row);
  }

  return {
    create: (name) =>
      db.transaction(() => {
        if (byName.get(name)) throw nameTaken(name);
        return get(projectId(insert.run(name, now()).id));
      }),
    get,
    find: (name) => {
      const row = byName.get(name);
      return row ? fromRow(row) : null;
    },
    list: () => all.all().map(fromRow),
    rename: (id, name) =>
      db.transaction(() => {
        const owner = byName.get(name);
        if (owner && owner.id !== id) throw nameTaken(name);
        setName.run(name, id);
        return get(id);
      }),
    markOpened: (id) =>
      db.transaction(() => {
        setOpened.run(now(), id);
        return get(id);
      }),
    forgetFolder: (id, path) =>
      db.transaction(() => {
        dropFolder.run(id, path);
      }),
    rememberFolder: (id, path) =>
      db.transaction(() => {
        get(id);
        upsertFolder.run(id, path, now());
      }),
    folders: (id): readonly ProjectFolder[] =>
      foldersOf.all(id).map((row) => ({ path: row.path, importedAt: row.imported_at })),
  };
}

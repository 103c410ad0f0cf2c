import { AppError } from '#app/domain/errors.ts';
import { classId, photoId, projectId } from '#app/domain/id-of.ts';
import type { ClassId, ProjectId } from '#app/domain/ids.ts';
import type { LabelEvent, LabelSource } from '#app/domain/label.ts';
import type { LabelRepository } from '#app/ports/repositories.ts';
import type { Connection } from './connection.ts';
import { labelSeals } from './label-seals.ts';
import type { EventRow } from './label-seals.ts';
import { unknownPhoto } from './photos.ts';
import { unknownProject } from './projects.ts';

function optionalClass(id: number | null): ClassId | null {
  return id === null ? null : classId(id);
}

function fromRow(row: EventRow): LabelEvent {
  return {
    projectId: projectId(row.project_id),
    revision: row.revision,
    photoId: photoId(row.photo_id),
    from: optionalClass(row.from_class),
    to: optionalClass(row.to_class),
    batch: row.batch,
    actor: row.actor,
    source: row.source,
    at: row.at,
  };
}

export function labelRepository(db: Connection, now: () => number): LabelRepository {
  const revisionOf = db.prepare<[number], { label_revision: number }>(
    'SELECT label_revision FROM projects WHERE id = ?',
  );
  const setRevision = db.prepare<[number, number]>('UPDATE projects SET label_revision = ? WHERE id = ?');
  const classExists = db.prepare<[number, number], { id: number }>(
    'SELECT id FROM classes WHERE project_id = ? AND id = ? AND retired_at IS NULL',
  );
  const labelOf = db.prepare<[number, number], { class_id: number | null }>(
    'SELECT class_id FROM photos WHERE id = ? AND project_id = ?',
  );
  const setLabel = db.prepare<[number | null, number]>('UPDATE photos SET class_id = ? WHERE id = ?');
  const insert = db.prepare<
    [number, number, number, number | null, number | null, number, string, LabelSource, number]
  >(
    `INSERT INTO label_events (project_id, revision, photo_id, from_class, to_class, batch, actor, source, at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const ofPhoto = db.prepare<[number], EventRow>('SELECT * FROM label_events WHERE photo_id = ? ORDER BY revision');
  const after = db.prepare<[number, number, number], EventRow>(
    'SELECT * FROM label_events WHERE project_id = ? AND revision > ? ORDER BY revision LIMIT ?',
  );
  const labelledCounts = db.prepare<[number], { id: number; photos: number }>(
    `SELECT c.id AS id, (SELECT count(*) FROM photos p WHERE p.project_id = c.project_id AND p.class_id = c.id) AS photos
     FROM classes c WHERE c.project_id = ? AND c.retired_at IS NULL ORDER BY c.position`,
  );
  const unlabelledCount = db.prepare<[number], { photos: number }>(
    'SELECT count(*) AS photos FROM photos WHERE project_id = ? AND class_id IS NULL',
  );

  const seals = labelSeals(db);

  function revision(project: ProjectId): number {
    const row = revisionOf.get(project);
    if (!row) throw unknownProject(project);
    return row.label_revision;
  }

  function assertClass(project: ProjectId, id: ClassId): void {
    if (classExists.get(project, id)) return;
    throw new AppError('classes.unknown', `There is no class ${id} in this project. No label was changed.`, {
      data: { id },
    });
  }

  return {
    revision,
    set: (project, changes, author) =>
      db.transaction(() => {
        const before = revision(project);
        if (changes.length > 0) seals.assertEnd(project, before);
        const batch = before + 1;
        const at = now();
        const known = new Set<ClassId>();
        let last = before;
        let passedOver = 0;
        for (const change of changes) {
          if (change.classId !== null && !known.has(change.classId)) {
            assertClass(project, change.classId);
            known.add(change.classId);
          }
          const current = labelOf.get(change.photoId, project);
          if (!current) throw unknownPhoto(change.photoId);
          if (current.class_id === change.classId) continue;
          if (change.onlyFrom !== undefined && change.onlyFrom !== current.class_id) {
            passedOver += 1;
            continue;
          }
          last += 1;
          const { actor, source } = author;
          insert.run(project, last, change.photoId, current.class_id, change.classId, batch, actor, source, at);
          setLabel.run(change.classId, change.photoId);
        }
        if (last > before) {
          setRevision.run(last, project);
          seals.seal(project, last);
        }
        return { revision: last, changed: last - before, passedOver };
      }),
    history: (photo) => ofPhoto.all(photo).map(fromRow),
    events: (project, afterRevision, limit) => after.all(project, afterRevision, limit).map(fromRow),
    check: (project) => {
      revision(project);
      return seals.check(project);
    },
    hasSeal: (project, digest) => seals.has(project, digest),
    counts: (project) => [
      ...labelledCounts.all(project).map((row) => ({ classId: classId(row.id), photos: row.photos })),
      { classId: null, photos: unlabelledCount.get(project)?.photos ?? 0 },
    ],
  };
}

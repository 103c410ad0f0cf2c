/** What packs and runs say of the photos of a library. `main/db/predictions.ts` writes what packs say. */
import type { PackWord } from '#app/domain/browse.ts';
import { classId, packId, photoId, runId } from '#app/domain/id-of.ts';
import type { PhotoId } from '#app/domain/ids.ts';
import type { Subset } from '#app/domain/run-config.ts';
import type { LibraryRepository } from '#app/ports/repositories.ts';
import type { Connection } from './connection.ts';
import { unpackFloats } from './floats.ts';
import { readJson, runClasses } from './json.ts';

interface WordRow {
  readonly photo_id: number;
  readonly class_index: number;
  readonly confidence: number;
}

interface RunRow {
  readonly id: number;
  readonly name: string;
  readonly at: number;
  readonly subset: Subset;
  readonly classes: string;
  readonly logits: Uint8Array;
}

type PackWords = Pick<
  LibraryRepository,
  'applications' | 'columns' | 'words' | 'agreement' | 'packOpinions' | 'runOpinions'
>;

export function packWords(db: Connection): PackWords {
  const applied = db.prepare<[number], { pack_id: number; at: number; photos: number }>(
    'SELECT pack_id, at, photos FROM pack_applications WHERE project_id = ? ORDER BY at DESC, pack_id DESC',
  );
  const columnOf = (name: string): ((project: number, pack: number) => number[]) =>
    db.prepareColumn(`SELECT ${name} FROM pack_predictions WHERE project_id = ? AND pack_id = ? ORDER BY photo_id`);
  const [photos, classes, confidences] = [columnOf('photo_id'), columnOf('class_index'), columnOf('confidence')];
  const words = db.prepare<[string, number, number], WordRow>(
    `SELECT w.photo_id, w.class_index, w.confidence FROM json_each(?) AS wanted
     CROSS JOIN pack_predictions AS w ON w.project_id = ? AND w.pack_id = ? AND w.photo_id = wanted.value`,
  );
  const agreement = db.prepare<[number, number], { class_index: number; class_id: number | null; photos: number }>(
    `SELECT w.class_index, p.class_id, count(*) AS photos FROM pack_predictions AS w
     CROSS JOIN photos AS p ON p.id = w.photo_id
     WHERE w.project_id = ? AND w.pack_id = ? GROUP BY w.class_index, p.class_id`,
  );
  const ofPacks = db.prepare<[number, number], { pack_id: number; at: number; probabilities: Uint8Array }>(
    `SELECT w.pack_id, w.at, w.probabilities FROM pack_applications AS a
     CROSS JOIN pack_predictions AS w ON w.project_id = a.project_id AND w.pack_id = a.pack_id AND w.photo_id = ?
     WHERE a.project_id = ? ORDER BY a.at DESC`,
  );
  const ofRuns = db.prepare<[number, number], RunRow>(
    `SELECT r.id, r.name, coalesce(r.ended_at, r.created_at) AS at, r.classes, p.subset, p.logits FROM runs AS r
     CROSS JOIN run_predictions AS p ON p.run_id = r.id AND p.network = 'run' AND p.photo_id = ?
     WHERE r.project_id = ? ORDER BY r.number DESC`,
  );

  return {
    applications: (project) =>
      applied.all(project).map((row) => ({ pack: packId(row.pack_id), at: row.at, photos: row.photos })),
    columns: (project, pack) => ({
      photos: Int32Array.from(photos(project, pack)),
      classes: Int32Array.from(classes(project, pack)),
      confidences: Float64Array.from(confidences(project, pack)),
    }),
    words: (project, pack, ids) =>
      new Map<PhotoId, PackWord>(
        words
          .all(JSON.stringify(ids), project, pack)
          .map((row) => [photoId(row.photo_id), { classIndex: row.class_index, confidence: row.confidence }]),
      ),
    agreement: (project, pack) =>
      agreement.all(project, pack).map((row) => ({
        classIndex: row.class_index,
        classId: row.class_id === null ? null : classId(row.class_id),
        photos: row.photos,
      })),
    packOpinions: (photo) =>
      ofPacks.all(photo.id, photo.projectId).map((row) => ({
        pack: packId(row.pack_id),
        at: row.at,
        probabilities: unpackFloats(row.probabilities),
      })),
    runOpinions: (photo) =>
      ofRuns.all(photo.id, photo.projectId).map((row) => ({
        run: runId(row.id),
        name: row.name,
        at: row.at,
        subset: row.subset,
        classNames: readJson(runClasses, row.classes, `runs.classes of run ${row.id}`).map(({ name }) => name),
        logits: unpackFloats(row.logits),
      })),
  };
}

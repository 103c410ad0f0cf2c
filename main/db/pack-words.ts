/** What packs and runs say of the photos of a library. `main/db/predictions.ts` writes what packs say. */
import type { PackWord, WordFilter } from '#app/domain/browse.ts';
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
  'applications' | 'said' | 'words' | 'agreement' | 'packOpinions' | 'runOpinions'
>;

const SAID = 'SELECT w.photo_id FROM pack_predictions AS w WHERE w.project_id = ? AND w.pack_id = ?';

/** A pack's classes are names; a label is of the same class when its name is the same. */
const SAID_OTHERWISE = `
  WITH named (place, class_id) AS MATERIALIZED (
    SELECT n.key, c.id FROM packs AS k, json_each(k.class_names) AS n
    JOIN classes AS c ON c.project_id = ? AND c.name = n.value AND c.retired_at IS NULL WHERE k.id = ?)
  SELECT w.photo_id FROM pack_predictions AS w
  CROSS JOIN photos AS p ON p.id = w.photo_id
  LEFT JOIN named ON named.place = w.class_index
  WHERE w.project_id = ? AND w.pack_id = ? AND p.class_id IS NOT NULL AND p.class_id IS NOT named.class_id`;

function conditionsOf({ classIndex, below }: WordFilter): {
  readonly where: string;
  readonly values: readonly number[];
} {
  const values = [classIndex, below].filter((value) => value !== undefined);
  let where = '';
  if (classIndex !== undefined) where += ' AND w.class_index = ?';
  if (below !== undefined) where += ' AND w.confidence < ?';
  return { where, values };
}

export function packWords(db: Connection): PackWords {
  const applied = db.prepare<[number], { pack_id: number; at: number; photos: number }>(
    'SELECT pack_id, at, photos FROM pack_applications WHERE project_id = ? ORDER BY at DESC, pack_id DESC',
  );
  const said = new Map<string, ReturnType<Connection['prepareColumn']>>();
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
    said: (project, pack, filter, order) => {
      const { where, values } = conditionsOf(filter);
      const sql = `${filter.disagrees === true ? SAID_OTHERWISE : SAID}${where} ORDER BY w.${order === 'photo' ? 'photo_id' : 'confidence'}`;
      const ask = said.get(sql) ?? db.prepareColumn(sql);
      said.set(sql, ask);
      const scope = filter.disagrees === true ? [project, pack, project, pack] : [project, pack];
      return Int32Array.from(ask(...scope, ...values));
    },
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

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

/**
 * Two whole numbers in one column are read twice as fast as two columns, and joining 100,000 labels with as many words is
 * faster in two arrays than row by row.
 */
const PAIR = 4_294_967_296;

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
  const wordPairs = db.prepareColumn(
    `SELECT class_index * ${PAIR} + photo_id FROM pack_predictions
     WHERE project_id = ? AND pack_id = ? ORDER BY photo_id`,
  );
  const labelPairs = db.prepareColumn(
    `SELECT class_id * ${PAIR} + id FROM photos INDEXED BY photos_by_class WHERE project_id = ? AND class_id IS NOT NULL`,
  );
  // A pack's classes are names; a label is of the same class when its name is the same.
  const sameName = db.prepare<[number, number], { place: number; class_id: number }>(
    `SELECT n.key AS place, c.id AS class_id FROM packs AS k CROSS JOIN json_each(k.class_names) AS n
     CROSS JOIN classes AS c ON c.project_id = ? AND c.name = n.value AND c.retired_at IS NULL WHERE k.id = ?`,
  );

  /** By photo, 0 where it has none. */
  function labelsOf(project: number, mostPhoto: number): Int32Array {
    const labels = new Int32Array(mostPhoto + 1);
    for (const pair of labelPairs(project)) {
      const photo = pair % PAIR;
      if (photo <= mostPhoto) labels[photo] = Math.floor(pair / PAIR);
    }
    return labels;
  }

  /** Photos whose label has another name than the pack's best class, as 1 by photo. */
  function disagreeing(project: number, pack: number): Uint8Array {
    const pairs = wordPairs(project, pack);
    const most = (pairs.at(-1) ?? 0) % PAIR;
    const labels = labelsOf(project, most);
    const same = new Map(sameName.all(project, pack).map((row) => [row.place, row.class_id]));
    const other = new Uint8Array(most + 1);
    for (const pair of pairs) {
      const label = labels[pair % PAIR] ?? 0;
      if (label !== 0 && label !== same.get(Math.floor(pair / PAIR))) other[pair % PAIR] = 1;
    }
    return other;
  }

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
    said: (project, pack, filter) => {
      const { where, values } = conditionsOf(filter);
      const sql = `${SAID}${where} ORDER BY w.confidence`;
      const ask = said.get(sql) ?? db.prepareColumn(sql);
      said.set(sql, ask);
      const photos = Int32Array.from(ask(project, pack, ...values));
      if (filter.disagrees === undefined) return photos;
      const other = disagreeing(project, pack);
      const wanted = filter.disagrees ? 1 : 0;
      return photos.filter((photo) => other[photo] === wanted);
    },
    words: (project, pack, ids) =>
      new Map<PhotoId, PackWord>(
        words
          .all(JSON.stringify(ids), project, pack)
          .map((row) => [photoId(row.photo_id), { classIndex: row.class_index, confidence: row.confidence }]),
      ),
    agreement: (project, pack) => {
      const pairs = wordPairs(project, pack);
      const labels = labelsOf(project, (pairs.at(-1) ?? 0) % PAIR);
      const counts = new Map<number, number>();
      for (const pair of pairs) {
        const key = Math.floor(pair / PAIR) * PAIR + (labels[pair % PAIR] ?? 0);
        counts.set(key, (counts.get(key) ?? 0) + 1);
      }
      return [...counts].map(([key, photos]) => ({
        classIndex: Math.floor(key / PAIR),
        classId: key % PAIR === 0 ? null : classId(key % PAIR),
        photos,
      }));
    },
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

/** Answers over a whole library: each reads one index, and rows only where rows are asked for. */
import type { BrowseFilter, Cover } from '#app/domain/browse.ts';
import { photoId } from '#app/domain/id-of.ts';
import type { ClassId, PhotoId, ProjectId } from '#app/domain/ids.ts';
import type { Subset } from '#app/domain/run-config.ts';
import type { LibraryRepository } from '#app/ports/repositories.ts';
import type { Connection, SqlValue } from './connection.ts';
import { packWords } from './pack-words.ts';
import { photoFromRow } from './photo-rows.ts';
import type { PhotoRow } from './photo-rows.ts';
import { unknownPhoto } from './photos.ts';

type CountsRow = ReturnType<LibraryRepository['counts']>;

/** Through the index that holds all that is asked: SQLite would rather fetch rows to spare itself the longer index. */
const BROWSED = 'FROM photos INDEXED BY photos_to_browse WHERE project_id = ?';

/** Lists that are kept: of 100,000 photos 0.4 MB each. */
const MOST_ANSWERS = 12;

export function libraryRepository(db: Connection): LibraryRepository {
  const some = db.prepare<[string], PhotoRow>(
    'SELECT p.* FROM json_each(?) AS wanted CROSS JOIN photos AS p ON p.id = wanted.value',
  );
  // One index is read from end to end, the shortest one; of the others only what there is little of.
  const counts = db.prepare<[number, number, number, number, number], CountsRow>(
    `SELECT count(*) AS total, count(class_id) AS labelled,
       (SELECT count(*) FROM photos WHERE project_id = ? AND flagged = 1) AS flagged,
       (SELECT count(*) FROM photos WHERE project_id = ? AND excluded = 1) AS excluded,
       (SELECT count(*) FROM photos WHERE project_id = ? AND state = 'undecodable') AS undecodable,
       (SELECT count(*) FROM photos WHERE project_id = ? AND state = 'missing') AS missing
     FROM photos INDEXED BY photos_by_class WHERE project_id = ?`,
  );
  const classCovers = db.prepare<[number, number], { id: number; content_hash: string }>(
    `SELECT p.id, p.content_hash FROM classes AS c JOIN photos AS p ON p.id =
       (SELECT id FROM photos AS one WHERE one.project_id = c.project_id AND one.class_id = c.id AND +one.state = 'ok'
        ORDER BY path LIMIT 1)
     WHERE c.project_id = ? AND c.retired_at IS NULL ORDER BY c.position LIMIT ?`,
  );
  const firstPhotos = db.prepare<[number, number], { id: number; content_hash: string }>(
    `SELECT id, content_hash FROM photos WHERE project_id = ? AND state = 'ok' ORDER BY path LIMIT ?`,
  );
  const membersOf = db.prepareColumn('SELECT photo_id FROM split_members WHERE split_id = ?');
  const membersIn = db.prepareColumn('SELECT photo_id FROM split_members WHERE split_id = ? AND subset = ?');
  const subsetOf = db.prepare<[string, number], { photo_id: number; subset: Subset }>(
    `SELECT m.photo_id, m.subset FROM json_each(?) AS wanted
     CROSS JOIN split_members AS m ON m.split_id = ? AND m.photo_id = wanted.value`,
  );
  const columns = new Map<string, ReturnType<Connection['prepareColumn']>>();
  const column = (sql: string): ReturnType<Connection['prepareColumn']> => {
    const known = columns.get(sql) ?? db.prepareColumn(sql);
    columns.set(sql, known);
    return known;
  };

  /** Photos of one label lie together, in order. */
  const ofLabel = db.prepareColumn(
    'SELECT id FROM photos INDEXED BY photos_by_class WHERE project_id = ? AND class_id IS ? ORDER BY path',
  );

  const answers = new Map<string, Int32Array>();
  let answersOf: string | null = null;

  /** Who looks through filters comes back to most of them: what was answered holds until anything changes. */
  function browse(project: ProjectId, filter: BrowseFilter): Int32Array {
    const version = db.version();
    if (version === null) return browsed(project, filter);
    if (version !== answersOf) answers.clear();
    answersOf = version;
    const asked = JSON.stringify([project, filter]);
    const answer = answers.get(asked) ?? browsed(project, filter);
    answers.delete(asked);
    answers.set(asked, answer);
    for (const oldest of answers.keys()) if (answers.size > MOST_ANSWERS) answers.delete(oldest);
    return answer;
  }

  function browsed(project: ProjectId, filter: BrowseFilter): Int32Array {
    const label = onlyLabel(filter);
    if (label !== undefined) return Int32Array.from(ofLabel(project, label));
    const { where, values } = conditionsOf(filter);
    const ids = column(`SELECT id ${BROWSED}${where} ORDER BY path`)(project, ...values);
    const { text = '' } = filter;
    if (isAscii(text)) return Int32Array.from(ids);
    // SQLite compares letters without regard to case only within ASCII.
    const names = db
      .prepare<SqlValue[], { name: string }>(`SELECT name ${BROWSED}${where} ORDER BY path`)
      .all(project, ...values);
    const wanted = folded(text);
    return Int32Array.from(ids.filter((_, at) => folded(names[at]?.name ?? '').includes(wanted)));
  }

  return {
    browse,
    photos: (project, ids) => {
      const rows = new Map(some.all(JSON.stringify(ids)).map((row) => [row.id, row]));
      return ids.map((id) => {
        const row = rows.get(id);
        if (row?.project_id !== project) throw unknownPhoto(id);
        return photoFromRow(row);
      });
    },
    counts: (project) =>
      counts.get(project, project, project, project, project) ?? {
        total: 0,
        labelled: 0,
        flagged: 0,
        excluded: 0,
        undecodable: 0,
        missing: 0,
      },
    covers: (project, limit) => {
      const ofClasses = classCovers.all(project, limit);
      const rows = ofClasses.length > 0 ? ofClasses : firstPhotos.all(project, limit);
      return rows.map((row): Cover => ({ photo: photoId(row.id), hash: row.content_hash }));
    },
    members: (split, subset) => Int32Array.from(subset === null ? membersOf(split) : membersIn(split, subset)),
    subsets: (split, ids) =>
      new Map<PhotoId, Subset>(
        subsetOf.all(JSON.stringify(ids), split).map((row) => [photoId(row.photo_id), row.subset]),
      ),
    ...packWords(db),
  };
}

/** The one label that is asked for, where nothing else is. */
function onlyLabel({ classes, text = '', ...others }: BrowseFilter): ClassId | null | undefined {
  if (text !== '' || Object.values(others).some((value) => value !== undefined)) return undefined;
  return classes?.length === 1 ? classes[0] : undefined;
}

function conditionsOf(filter: BrowseFilter): { readonly where: string; readonly values: readonly SqlValue[] } {
  const conditions: string[] = [];
  const values: SqlValue[] = [];
  const { classes, state, flagged, excluded, text = '' } = filter;
  if (classes !== undefined) {
    const ids = classes.filter((id) => id !== null);
    const among = 'class_id IN (SELECT value FROM json_each(?))';
    conditions.push(classes.length > ids.length ? `(class_id IS NULL OR ${among})` : among);
    values.push(JSON.stringify(ids));
  }
  if (state !== undefined) {
    conditions.push('state = ?');
    values.push(state);
  }
  for (const [name, wanted] of [
    ['flagged', flagged],
    ['excluded', excluded],
  ] as const) {
    if (wanted === undefined) continue;
    conditions.push(`${name} = ?`);
    values.push(wanted ? 1 : 0);
  }
  if (text !== '' && isAscii(text)) {
    conditions.push(String.raw`name LIKE ? ESCAPE '\'`);
    values.push(`%${text.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`);
  }
  return { where: conditions.map((condition) => ` AND ${condition}`).join(''), values };
}

function isAscii(text: string): boolean {
  return /^[\0-\x7f]*$/.test(text);
}

/** File systems differ in how they spell one letter with an accent. */
function folded(text: string): string {
  return text.normalize('NFC').toLowerCase();
}

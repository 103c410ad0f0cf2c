import { sep } from 'node:path';
import { AppError } from '#app/domain/errors.ts';
import type { PhotoMark } from '#app/domain/edit.ts';
import { photoId } from '#app/domain/id-of.ts';
import type { PhotoId } from '#app/domain/ids.ts';
import type { Photo, PhotoStamp, PhotoState } from '#app/domain/photo.ts';
import type { PhotoRepository } from '#app/ports/repositories.ts';
import type { Connection, Prepared, SqlValue } from './connection.ts';
import { fileColumns, fileValues, filterToSql, photoFromRow } from './photo-rows.ts';
import type { PhotoRow } from './photo-rows.ts';

interface StampRow {
  readonly id: number;
  readonly path: string;
  readonly bytes: number;
  readonly modified_at: number;
  readonly state: PhotoState;
  readonly offered_class: string | null;
}

export function unknownPhoto(id: PhotoId): AppError {
  return new AppError('photos.unknown', `There is no photo ${id} in this project. Nothing was changed.`, {
    data: { id },
  });
}

function pathTaken(path: string): AppError {
  return new AppError(
    'photos.path-taken',
    `The project holds another photo at "${path}" already. Nothing was changed.`,
    {
      data: { path },
    },
  );
}

/** The first string that sorts after everything starting with `prefix`, which must end in an ASCII character. */
function afterPrefix(prefix: string): string {
  return prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1);
}

export function photoRepository(db: Connection, now: () => number): PhotoRepository {
  const insert = db.prepare<SqlValue[]>(
    `INSERT INTO photos (project_id, ${fileColumns.join(', ')}, offered_class, group_name, added_at)
     VALUES (?, ${fileColumns.map(() => '?').join(', ')}, ?, NULL, ?)`,
  );
  const updateFile = db.prepare<SqlValue[]>(
    `UPDATE photos SET ${fileColumns.map((column) => `${column} = ?`).join(', ')}, offered_class = ? WHERE id = ?`,
  );
  // What packs said of it, they said of other bytes.
  const forgetWords = db.prepare<[number, number, number]>(
    `DELETE FROM pack_predictions WHERE project_id = ? AND photo_id = ?
       AND pack_id IN (SELECT pack_id FROM pack_applications WHERE project_id = ?)`,
  );
  const hashOf = db.prepare<[number], { content_hash: string | null }>('SELECT content_hash FROM photos WHERE id = ?');
  const park = db.prepare<[number]>(`UPDATE photos SET path = 'moving:' || id WHERE id = ?`);
  const setMissing = db.prepare<[number]>(`UPDATE photos SET state = 'missing' WHERE id = ?`);
  const setGroup = db.prepare<[string | null, number]>('UPDATE photos SET group_name = ? WHERE id = ?');
  const setMark: Readonly<Record<PhotoMark, Prepared<[number, number, number, number], never>>> = {
    flagged: db.prepare('UPDATE photos SET flagged = ? WHERE id = ? AND project_id = ? AND flagged <> ?'),
    excluded: db.prepare('UPDATE photos SET excluded = ? WHERE id = ? AND project_id = ? AND excluded <> ?'),
  };
  const isOf = db.prepare<[number, number], { id: number }>('SELECT id FROM photos WHERE id = ? AND project_id = ?');
  const byId = db.prepare<[number], PhotoRow>('SELECT * FROM photos WHERE id = ?');
  const numberOf = db.prepare<[number], { number: number }>(
    `SELECT ifnull(p.history_number, p.id + o.photo_shift) AS number
     FROM photos p JOIN projects o ON o.id = p.project_id WHERE p.id = ?`,
  );
  const byPath = db.prepare<[number, string], PhotoRow>('SELECT * FROM photos WHERE project_id = ? AND path = ?');
  const byHash = db.prepare<[number, string], PhotoRow>(
    'SELECT * FROM photos WHERE project_id = ? AND content_hash = ? ORDER BY path',
  );
  const stampsBetween = db.prepare<[number, string, string], StampRow>(
    `SELECT id, path, bytes, modified_at, state, offered_class FROM photos
     WHERE project_id = ? AND path >= ? AND path < ? ORDER BY path`,
  );
  const stampsOfAll = db.prepare<[number], StampRow>(
    'SELECT id, path, bytes, modified_at, state, offered_class FROM photos WHERE project_id = ? ORDER BY path',
  );
  const states = db.prepare<[number], { state: PhotoState; photos: number }>(
    'SELECT state, count(*) AS photos FROM photos WHERE project_id = ? GROUP BY state',
  );

  // Sums need no sorting by state, which a group would.
  const statesBetween = db.prepare<[number, string, string], Record<PhotoState, number>>(
    `SELECT total(state = 'ok') AS ok, total(state = 'missing') AS missing, total(state = 'undecodable') AS undecodable
     FROM photos WHERE project_id = ? AND path >= ? AND path < ?`,
  );
  const excludedBetween = db.prepare<[number, string, string], { photos: number }>(
    'SELECT count(*) AS photos FROM photos WHERE project_id = ? AND excluded = 1 AND path >= ? AND path < ?',
  );
  const below = (folder: string): [string, string] => {
    const prefix = folder.endsWith(sep) ? folder : folder + sep;
    return [prefix, afterPrefix(prefix)];
  };

  /** Filtered queries come in few forms; each is prepared once. */
  const prepared = new Map<string, Prepared<SqlValue[], PhotoRow & { readonly n: number }>>();
  function query(sql: string): Prepared<SqlValue[], PhotoRow & { readonly n: number }> {
    let statement = prepared.get(sql);
    if (!statement) {
      statement = db.prepare<SqlValue[], PhotoRow & { readonly n: number }>(sql);
      prepared.set(sql, statement);
    }
    return statement;
  }

  function get(id: PhotoId): Photo {
    const row = byId.get(id);
    if (!row) throw unknownPhoto(id);
    return photoFromRow(row);
  }

  return {
    add: (project, photos) =>
      db.transaction(() =>
        photos.map((photo) => {
          if (byPath.get(project, photo.path)) throw pathTaken(photo.path);
          return photoId(insert.run(project, ...fileValues(photo), photo.offeredClass, now()).id);
        }),
      ),
    update: (project, changes) =>
      db.transaction(() => {
        // Moved photos first leave their paths, so that two of them can exchange theirs.
        for (const { id, file } of changes) {
          const row = byId.get(id);
          if (row?.project_id !== project) throw unknownPhoto(id);
          if (row.path !== file.path) park.run(id);
        }
        for (const { id, file } of changes) {
          const owner = byPath.get(project, file.path);
          if (owner && owner.id !== id) throw pathTaken(file.path);
          if (hashOf.get(id)?.content_hash !== file.contentHash) forgetWords.run(project, id, project);
          updateFile.run(...fileValues(file), file.offeredClass, id);
        }
      }),
    markMissing: (ids) =>
      db.transaction(() => {
        for (const id of ids) if (setMissing.run(id).changes === 0) throw unknownPhoto(id);
      }),
    setGroups: (groups) =>
      db.transaction(() => {
        for (const { id, group } of groups) if (setGroup.run(group, id).changes === 0) throw unknownPhoto(id);
      }),
    mark: (project, ids, mark, to) =>
      db.transaction(() => {
        const value = to ? 1 : 0;
        return ids.filter((id) => {
          if (setMark[mark].run(value, id, project, value).changes > 0) return true;
          if (!isOf.get(id, project)) throw unknownPhoto(id);
          return false;
        });
      }),
    get,
    getMany: (ids) => ids.map(get),
    numbers: (ids) =>
      ids.map((id) => {
        const row = numberOf.get(id);
        if (!row) throw unknownPhoto(id);
        return row.number;
      }),
    find: (project, path) => {
      const row = byPath.get(project, path);
      return row ? photoFromRow(row) : null;
    },
    withHash: (project, hash) => byHash.all(project, hash).map(photoFromRow),
    stamps: (project, folder) => {
      if (folder === null) return stampsOfAll.all(project).map(stampFromRow);
      return stampsBetween.all(project, ...below(folder)).map(stampFromRow);
    },
    list: (project, filter = {}) => {
      const { where, values } = filterToSql(filter);
      return query(`SELECT * FROM photos WHERE ${where} ORDER BY path`)
        .all(project, ...values)
        .map(photoFromRow);
    },
    page: (project, filter, afterPath, limit) => {
      const { where, values } = filterToSql(filter);
      return query(`SELECT * FROM photos WHERE ${where} AND path > ? ORDER BY path LIMIT ?`)
        .all(project, ...values, afterPath ?? '', limit)
        .map(photoFromRow);
    },
    count: (project, filter = {}) => {
      const { where, values } = filterToSql(filter);
      return query(`SELECT count(*) AS n FROM photos WHERE ${where}`).get(project, ...values)?.n ?? 0;
    },
    countByState: (project, folder) => {
      const none: Record<PhotoState, number> = { ok: 0, missing: 0, undecodable: 0 };
      if (folder !== undefined) return statesBetween.get(project, ...below(folder)) ?? none;
      for (const row of states.all(project)) none[row.state] = row.photos;
      return none;
    },
    countExcluded: (project, folder) => excludedBetween.get(project, ...below(folder))?.photos ?? 0,
  };
}

function stampFromRow(row: StampRow): PhotoStamp {
  const { id, path, bytes, modified_at: modifiedAt, state, offered_class: offeredClass } = row;
  return { id: photoId(id), path, bytes, modifiedAt, state, offeredClass };
}

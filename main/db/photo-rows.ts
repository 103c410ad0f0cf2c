/** Between a row of `photos` and a photo, and from a filter to SQL. */
import { basename } from 'node:path';
import { classId, contentHash, photoId, projectId } from '#app/domain/id-of.ts';
import type { Photo, PhotoFacts, PhotoFile, PhotoFilter, PhotoState } from '#app/domain/photo.ts';
import type { SqlValue } from './connection.ts';

export interface PhotoRow {
  readonly id: number;
  readonly project_id: number;
  readonly path: string;
  readonly content_hash: string | null;
  readonly bytes: number;
  readonly modified_at: number;
  readonly state: PhotoState;
  readonly reason: string | null;
  readonly width: number | null;
  readonly height: number | null;
  readonly orientation: number | null;
  readonly format: string | null;
  readonly bits: 8 | 16 | null;
  readonly perceptual_hash: string | null;
  readonly pixel_hash: string | null;
  readonly offered_class: string | null;
  readonly class_id: number | null;
  readonly group_name: string | null;
  readonly added_at: number;
  readonly flagged: 0 | 1;
  readonly excluded: 0 | 1;
}

/** All of them or none: a CHECK of the table. */
function factsOf(row: PhotoRow): PhotoFacts | null {
  const { width, height, orientation, format, bits, perceptual_hash, pixel_hash } = row;
  if (width === null || height === null || orientation === null || format === null) return null;
  if (bits === null || perceptual_hash === null || pixel_hash === null) return null;
  return {
    width,
    height,
    orientation,
    format,
    bitsPerSample: bits,
    perceptualHash: perceptual_hash,
    pixelHash: pixel_hash,
  };
}

export function photoFromRow(row: PhotoRow): Photo {
  return {
    id: photoId(row.id),
    projectId: projectId(row.project_id),
    path: row.path,
    contentHash: row.content_hash === null ? null : contentHash(row.content_hash),
    bytes: row.bytes,
    modifiedAt: row.modified_at,
    state: row.state,
    facts: factsOf(row),
    reason: row.reason,
    offeredClass: row.offered_class,
    classId: row.class_id === null ? null : classId(row.class_id),
    group: row.group_name,
    addedAt: row.added_at,
    flagged: row.flagged === 1,
    excluded: row.excluded === 1,
  };
}

/** The columns that describe a file, in the order of `fileValues`. */
export const fileColumns = [
  'path',
  'name',
  'content_hash',
  'bytes',
  'modified_at',
  'state',
  'reason',
  'width',
  'height',
  'orientation',
  'format',
  'bits',
  'perceptual_hash',
  'pixel_hash',
] as const;

export function fileValues(file: PhotoFile): SqlValue[] {
  const { facts } = file;
  return [
    file.path,
    basename(file.path),
    file.contentHash,
    file.bytes,
    file.modifiedAt,
    facts ? 'ok' : 'undecodable',
    file.reason,
    facts?.width ?? null,
    facts?.height ?? null,
    facts?.orientation ?? null,
    facts?.format ?? null,
    facts?.bitsPerSample ?? null,
    facts?.perceptualHash ?? null,
    facts?.pixelHash ?? null,
  ];
}

/**
 * The conditions of a filter and their values. SQLite keeps no statistics here, so a plus sign keeps a column away from
 * its index where another one serves better. "Has any label" never uses the index by class: the rows it finds would
 * have to be sorted. Of a class and a state, the rarer one leads: nearly all photos of a class are ok, and of the
 * missing or undecodable ones there are few.
 */
export function filterToSql(filter: PhotoFilter): { readonly where: string; readonly values: SqlValue[] } {
  const conditions = ['project_id = ?'];
  const values: SqlValue[] = [];
  const rareState = filter.state !== undefined && filter.state !== 'ok';
  const byClass = filter.classId !== undefined || filter.labelled === false;
  const classColumn = rareState ? '+class_id' : 'class_id';
  if (filter.classId === null || filter.labelled === false) conditions.push(`${classColumn} IS NULL`);
  if (filter.labelled === true) conditions.push('+class_id IS NOT NULL');
  if (typeof filter.classId === 'number') {
    conditions.push(`${classColumn} = ?`);
    values.push(filter.classId);
  }
  if (filter.state !== undefined) {
    conditions.push(byClass && !rareState ? '+state = ?' : 'state = ?');
    values.push(filter.state);
  }
  return { where: conditions.join(' AND '), values };
}

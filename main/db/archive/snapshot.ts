/** Reads a project as the lines of its archive, over a connection of its own: a read transaction keeps one moment. */
import { z } from 'zod';
import { AppError } from '#app/domain/errors.ts';
import type { ProjectId } from '#app/domain/ids.ts';
import { fromRuns } from '#app/domain/number-runs.ts';
import type { ProjectSnapshot } from '#app/ports/archive.ts';
import type { Connection, SqlValue } from '../connection.ts';
import { method, names, readJson } from '../json.ts';
import { storedChanges } from '../edits.ts';
import type { StoredChange } from '../edits.ts';
import type { PhotoRow } from '../photo-rows.ts';
import { unknownProject } from '../projects.ts';
import type { RunRow } from '../run-rows.ts';
import { backbonesOf, packFiles, packsOf } from './archived-packs.ts';
import { runFiles, runRecord } from './archived-runs.ts';
import { ArchivedFolders } from './folders.ts';
import { FORMAT, recordNames, VERSION } from './records.ts';
import type { ArchivedChange, ArchiveHead, ArchiveRecord, RecordName } from './records.ts';

type Row = Readonly<Record<string, SqlValue>>;
type Tables = { readonly [N in RecordName]: () => Iterable<ArchiveRecord<N>> };

const wholeNumber = z.int();
const text = z.string();

/** Takes over `db`, which is closed with the snapshot. Throws `projects.unknown`. */
export function readSnapshot(db: Connection, project: ProjectId): ProjectSnapshot {
  db.exec('BEGIN');
  const countOf = (sql: string): number => db.prepare<[number], { n: number }>(sql).get(project)?.n ?? 0;
  const rows = <R>(sql: string): IterableIterator<R> => db.prepare<[number], R>(sql).iterate(project);
  const own = db
    .prepare<
      [number],
      {
        readonly name: string;
        readonly number: number;
        readonly created_at: number;
        readonly label_revision: number;
        readonly photo_shift: number;
        readonly class_shift: number;
      }
    >(
      `SELECT name, ifnull(history_number, id) AS number, created_at, label_revision, photo_shift, class_shift
     FROM projects WHERE id = ?`,
    )
    .get(project);
  if (own === undefined) {
    db.close();
    throw unknownProject(project);
  }
  const folders = new ArchivedFolders(
    db
      .prepare<[number], { path: string; imported_at: number }>(
        'SELECT path, imported_at FROM project_folders WHERE project_id = ? ORDER BY path',
      )
      .all(project),
  );
  const photoNumbers = numbers(db, 'photos', own.photo_shift, project);
  const classNumbers = numbers(db, 'classes', own.class_shift, project);
  const places = new Map(
    db
      .prepare<[number], { id: number; path: string }>('SELECT id, path FROM photos WHERE project_id = ? ORDER BY path')
      .all(project)
      .map(({ id, path }) => [id, folders.place(path)]),
  );
  const photo = (id: SqlValue | undefined): number => known(photoNumbers, wholeNumber.parse(id), 'photo');
  const classOf = (id: SqlValue | undefined): number => known(classNumbers, wholeNumber.parse(id), 'class');
  const optional = (id: SqlValue | undefined): number | null => (id === null || id === undefined ? null : classOf(id));
  const packs = packsOf(db, project);
  const packPlace = new Map(packs.map(({ id }, at) => [id, at + 1]));
  const runs = db.prepare<[number], RunRow>('SELECT * FROM runs WHERE project_id = ? ORDER BY number').all(project);
  const runNumber = new Map(runs.map(({ id, number }) => [id, number]));
  const splitNumber = new Map(
    db
      .prepare<[number], { id: number; number: number }>('SELECT id, number FROM splits WHERE project_id = ?')
      .all(project)
      .map(({ id, number }) => [id, number]),
  );

  function changed(change: StoredChange): ArchivedChange {
    switch (change.kind) {
      case 'labels':
        return change;
      case 'mark':
        return { kind: 'mark', mark: change.mark, to: change.to, photos: fromRuns(change.runs).map((id) => photo(id)) };
      case 'class-added':
      case 'class-retired':
        return { kind: change.kind, class: classOf(change.class) };
      case 'class-edited':
        return { ...change, class: classOf(change.class) };
      case 'classes-ordered':
        return {
          kind: change.kind,
          from: change.from.map((id) => classOf(id)),
          to: change.to.map((id) => classOf(id)),
        };
    }
  }

  const tables: Tables = {
    *classes() {
      for (const row of rows<{
        id: number;
        name: string;
        position: number;
        color: string;
        key: string | null;
        retired_at: number | null;
      }>('SELECT * FROM classes WHERE project_id = ? ORDER BY id')) {
        const { id, name, position, color, key, retired_at: retiredAt } = row;
        yield { number: classOf(id), name, position, color, key, retiredAt };
      }
    },
    *photos() {
      for (const row of rows<PhotoRow>('SELECT * FROM photos WHERE project_id = ? ORDER BY id')) {
        const place = places.get(row.id);
        if (place === undefined) continue;
        yield {
          number: photo(row.id),
          ...place,
          contentHash: row.content_hash,
          bytes: row.bytes,
          modifiedAt: row.modified_at,
          reason: row.reason,
          facts: factsOf(row),
          offeredClass: row.offered_class,
          class: optional(row.class_id),
          group: row.group_name,
          addedAt: row.added_at,
          flagged: row.flagged === 1,
          excluded: row.excluded === 1,
        };
      }
    },
    *'label-events'() {
      for (const row of rows<
        Row & Pick<ArchiveRecord<'label-events'>, 'revision' | 'batch' | 'actor' | 'source' | 'at'>
      >('SELECT * FROM label_events WHERE project_id = ? ORDER BY revision')) {
        const { revision, batch, actor, source, at } = row;
        yield {
          revision,
          photo: photo(row['photo_id']),
          from: optional(row['from_class']),
          to: optional(row['to_class']),
          batch,
          actor,
          source,
          at,
        };
      }
    },
    'label-seals': () =>
      rows(`SELECT revision, lower(hex(digest)) AS digest FROM label_seals WHERE project_id = ? ORDER BY revision`),
    *edits() {
      for (const row of rows<Row & Pick<ArchiveRecord<'edits'>, 'at' | 'actor' | 'title' | 'state'>>(
        'SELECT * FROM edits WHERE project_id = ? ORDER BY id',
      )) {
        const { at, actor, title, state } = row;
        const changes = readJson(storedChanges, text.parse(row['changes']), 'edits.changes');
        yield { at, actor, title, changes: changes.map(changed), state };
      }
    },
    *splits() {
      for (const row of rows<{
        number: number;
        name: string;
        seed: number | null;
        train_fraction: number;
        validation_fraction: number;
        test_fraction: number;
        label_revision: number;
        digest: string;
        train_photos: number;
        validation_photos: number;
        test_photos: number;
        created_at: number;
      }>('SELECT * FROM splits WHERE project_id = ? ORDER BY number')) {
        const { number, name, seed, label_revision: labelRevision, digest, created_at: createdAt } = row;
        const drawn =
          seed === null
            ? null
            : { seed, train: row.train_fraction, validation: row.validation_fraction, test: row.test_fraction };
        const counts = { train: row.train_photos, validation: row.validation_photos, test: row.test_photos };
        yield { number, name, drawn, labelRevision, digest, ...counts, createdAt };
      }
    },
    *'split-members'() {
      for (const row of rows<Pick<ArchiveRecord<'split-members'>, 'split' | 'photo' | 'subset' | 'cluster'>>(
        `SELECT s.number AS split, m.photo_id AS photo, m.subset, m.cluster FROM splits s
         JOIN split_members m ON m.split_id = s.id WHERE s.project_id = ? ORDER BY s.number, m.photo_id`,
      ))
        yield { ...row, photo: photo(row.photo) };
    },
    *runs() {
      for (const row of runs) yield runRecord(row, known(splitNumber, row.split_id, 'split'), classOf);
    },
    *'run-samples'() {
      for (const row of rows<ArchiveRecord<'run-samples'>>(
        `SELECT r.number AS run, s.position, s.photo_id AS photo, lower(hex(s.content_hash)) AS contentHash, s.bytes, s.label,
           s.subset
         FROM runs r JOIN run_samples s ON s.run_id = r.id WHERE r.project_id = ? ORDER BY r.number, s.position`,
      ))
        yield { ...row, photo: photo(row.photo) };
    },
    'run-metrics': () =>
      rows(
        `SELECT r.number AS run, m.epoch, m.train_loss AS trainLoss, m.learning_rate AS learningRate,
           m.validation_loss AS validationLoss, m.validation_accuracy AS validationAccuracy,
           m.validation_macro_f1 AS validationMacroF1, m.images_per_second AS imagesPerSecond, m.rss_bytes AS rssBytes, m.at
         FROM runs r JOIN run_metrics m ON m.run_id = r.id WHERE r.project_id = ? ORDER BY r.number, m.epoch`,
      ),
    *'run-predictions'() {
      for (const { logits, ...row } of rows<
        Omit<ArchiveRecord<'run-predictions'>, 'logits'> & { readonly logits: Uint8Array }
      >(
        `SELECT r.number AS run, p.network, p.photo_id AS photo, p.subset, p.label, p.logits
         FROM runs r JOIN run_predictions p ON p.run_id = r.id WHERE r.project_id = ?
         ORDER BY r.number, p.network, p.photo_id`,
      ))
        yield { ...row, photo: photo(row.photo), logits: base64(logits) };
    },
    'run-log': () =>
      rows(
        `SELECT r.number AS run, l.id, l.at, l.line FROM runs r JOIN run_log l ON l.run_id = r.id
         WHERE r.project_id = ? ORDER BY r.number, l.id`,
      ),
    'run-checkpoints': () =>
      rows(
        `SELECT r.number AS run, c.epoch, c.step, c.at FROM runs r JOIN checkpoints c ON c.id =
           (SELECT max(id) FROM checkpoints WHERE run_id = r.id) WHERE r.project_id = ? ORDER BY r.number`,
      ),
    *packs() {
      for (const [at, row] of packs.entries()) {
        yield {
          place: at + 1,
          name: row.name,
          sha256: row.sha256,
          bytes: row.bytes,
          backbone: row.backbone,
          backboneName: row.backbone_name,
          run: row.run_id === null ? null : (runNumber.get(row.run_id) ?? null),
          classNames: readJson(names, row.class_names, 'packs.class_names'),
          method: readJson(method, row.method, 'packs.method'),
          createdAt: row.created_at,
        };
      }
    },
    *'pack-words'() {
      for (const { probabilities, ...row } of rows<
        Omit<ArchiveRecord<'pack-words'>, 'probabilities'> & { readonly probabilities: Uint8Array }
      >(
        `SELECT pack_id AS pack, photo_id AS photo, class_index AS classIndex, confidence, probabilities,
           content_hash AS contentHash, at FROM pack_predictions WHERE project_id = ? ORDER BY pack_id, photo_id`,
      ))
        yield {
          ...row,
          pack: known(packPlace, row.pack, 'pack'),
          photo: photo(row.photo),
          probabilities: base64(probabilities),
        };
    },
    *'pack-applications'() {
      for (const row of rows<ArchiveRecord<'pack-applications'>>(
        'SELECT pack_id AS pack, at, photos FROM pack_applications WHERE project_id = ? ORDER BY pack_id',
      ))
        yield { ...row, pack: known(packPlace, row.pack, 'pack') };
    },
  };

  return {
    head: ({ appVersion, archivedAt, withPhotos }): ArchiveHead => ({
      format: FORMAT,
      version: VERSION,
      appVersion,
      archivedAt,
      name: own.name,
      historyNumber: own.number,
      createdAt: own.created_at,
      labelRevision: own.label_revision,
      folders: [...folders.list],
      backbones: backbonesOf(db, project),
      withPhotos,
      counts: {
        photos: photoNumbers.size,
        labelled: countOf('SELECT count(class_id) AS n FROM photos WHERE project_id = ?'),
        classes: countOf('SELECT count(*) AS n FROM classes WHERE project_id = ? AND retired_at IS NULL'),
        events: countOf('SELECT count(*) AS n FROM label_events WHERE project_id = ?'),
        runs: runs.length,
        packs: packs.length,
      },
    }),
    tables: () => recordNames.map((name) => ({ name, rows: tables[name] })),
    files: () => [...runs.flatMap((row) => runFiles(db, row)), ...packFiles(packs)],
    photos: () =>
      rows(
        `SELECT content_hash AS contentHash, min(path) AS path, bytes FROM photos
         WHERE project_id = ? AND content_hash IS NOT NULL AND state <> 'missing' GROUP BY content_hash ORDER BY 2`,
      ),
    close: () => db.close(),
  };
}

function numbers(
  db: Connection,
  table: 'photos' | 'classes',
  shift: number,
  project: ProjectId,
): ReadonlyMap<number, number> {
  const all = db
    .prepare<[number, number], { id: number; number: number }>(
      `SELECT id, ifnull(history_number, id + ?) AS number FROM ${table} WHERE project_id = ?`,
    )
    .all(shift, project);
  return new Map(all.map(({ id, number }) => [id, number]));
}

function known(map: ReadonlyMap<number, number>, id: number, what: string): number {
  const number = map.get(id);
  if (number !== undefined) return number;
  throw new AppError(
    'store.corrupt',
    `The project refers to ${what} ${id}, which is not part of it: the database is damaged. No archive was made. ` +
      'A backup from before may hold a sound copy (dtl backup list).',
    { data: { what, id } },
  );
}

function factsOf(row: PhotoRow): ArchiveRecord<'photos'>['facts'] {
  const { width, height, orientation, format, bits, perceptual_hash: perceptualHash, pixel_hash: pixelHash } = row;
  if (width === null || height === null || orientation === null || format === null) return null;
  if (bits === null || perceptualHash === null || pixelHash === null) return null;
  return { width, height, orientation, format, bits, perceptualHash, pixelHash };
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

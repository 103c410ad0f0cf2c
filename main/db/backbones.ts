import { AppError } from '#app/domain/errors.ts';
import { backboneIdentity } from '#app/domain/id-of.ts';
import type { BackboneIdentity } from '#app/domain/ids.ts';
import { isOnlyNamed } from '#app/domain/stored-backbone.ts';
import type { StoredBackbone } from '#app/domain/stored-backbone.ts';
import type { BackboneRepository } from '#app/ports/repositories.ts';
import type { Connection, SqlValue } from './connection.ts';
import { backboneDetails, backboneSpec, channels, readJson, toJson } from './json.ts';

interface Row {
  readonly identity: string;
  readonly name: string;
  readonly spec: string;
  readonly mean: string;
  readonly std: string;
  readonly parameters: number;
  readonly dtype: StoredBackbone['dtype'];
  readonly bytes: number;
  readonly licence: string | null;
  readonly path: string;
  readonly tensor_prefix: string;
  readonly source: string;
  readonly imported_at: number;
  readonly details: string | null;
}

function fromRow(row: Row): StoredBackbone {
  const where = (column: string): string => `backbones.${column} of "${row.name}"`;
  return {
    identity: backboneIdentity(row.identity),
    name: row.name,
    spec: readJson(backboneSpec, row.spec, where('spec')),
    mean: readJson(channels, row.mean, where('mean')),
    std: readJson(channels, row.std, where('std')),
    parameters: row.parameters,
    dtype: row.dtype,
    bytes: row.bytes,
    licence: row.licence,
    path: row.path,
    tensorPrefix: row.tensor_prefix,
    source: row.source,
    details: row.details === null ? null : readJson(backboneDetails, row.details, where('details')),
    importedAt: row.imported_at,
  };
}

function detailsText(details: StoredBackbone['details']): string | null {
  return details === null ? null : toJson(backboneDetails, details, 'backbones.details');
}

export function unknownBackbone(identity: BackboneIdentity): AppError {
  return new AppError(
    'backbones.unknown',
    `The backbone ${identity.slice(0, 12)} is not in the store. Import its file first.`,
    { data: { identity } },
  );
}

export function backboneRepository(db: Connection, now: () => number): BackboneRepository {
  const insert = db.prepare<SqlValue[]>(
    `INSERT INTO backbones (identity, name, spec, mean, std, parameters, dtype, bytes, licence, path, tensor_prefix,
       source, imported_at, details)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const replace = db.prepare<SqlValue[]>(
    `INSERT INTO backbones (identity, name, spec, mean, std, parameters, dtype, bytes, licence, path, tensor_prefix,
       source, imported_at, details)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (identity) DO UPDATE SET name = excluded.name, spec = excluded.spec, mean = excluded.mean, std = excluded.std,
       parameters = excluded.parameters, dtype = excluded.dtype, bytes = excluded.bytes, licence = excluded.licence,
       path = excluded.path, tensor_prefix = excluded.tensor_prefix, source = excluded.source,
       imported_at = excluded.imported_at, details = excluded.details`,
  );
  const byIdentity = db.prepare<[string], Row>('SELECT * FROM backbones WHERE identity = ?');
  const all = db.prepare<[], Row>('SELECT * FROM backbones ORDER BY name, imported_at');

  const uses = db.prepare<[], { identity: string; runs: number; packs: number }>(
    `SELECT identity, (SELECT count(*) FROM runs WHERE runs.backbone = identity) AS runs,
       (SELECT count(*) FROM packs WHERE packs.backbone = identity) AS packs FROM backbones`,
  );

  function find(identity: BackboneIdentity): StoredBackbone | null {
    const row = byIdentity.get(identity);
    return row ? fromRow(row) : null;
  }

  function get(identity: BackboneIdentity): StoredBackbone {
    const backbone = find(identity);
    if (!backbone) throw unknownBackbone(identity);
    return backbone;
  }

  const update = db.prepare<SqlValue[]>(
    'UPDATE backbones SET name = ?, mean = ?, std = ?, licence = ?, details = ? WHERE identity = ?',
  );
  const drop = db.prepare<[string]>('DELETE FROM backbones WHERE identity = ?');
  const runsOf = db.prepare<[string], { name: string }>(
    `SELECT projects.name || '/' || runs.name AS name FROM runs JOIN projects ON projects.id = runs.project_id
     WHERE runs.backbone = ? ORDER BY runs.id`,
  );
  const packsOf = db.prepare<[string], { name: string }>('SELECT name FROM packs WHERE backbone = ? ORDER BY id');

  return {
    add: (backbone) =>
      db.transaction(() => {
        const known = find(backbone.identity);
        if (known !== null && !isOnlyNamed(known)) return known;
        // What an archive said of it is put right by the file itself.
        const put = known === null ? insert : replace;
        put.run(
          backbone.identity,
          backbone.name,
          toJson(backboneSpec, backbone.spec, 'backbones.spec'),
          toJson(channels, backbone.mean, 'backbones.mean'),
          toJson(channels, backbone.std, 'backbones.std'),
          backbone.parameters,
          backbone.dtype,
          backbone.bytes,
          backbone.licence,
          backbone.path,
          backbone.tensorPrefix,
          backbone.source,
          now(),
          detailsText(backbone.details),
        );
        return get(backbone.identity);
      }),
    get,
    find,
    list: () => all.all().map(fromRow),
    neededBy: (identity) => ({
      runs: runsOf.all(identity).map(({ name }) => name),
      packs: packsOf.all(identity).map(({ name }) => name),
    }),
    edit: (identity, fields) =>
      db.transaction(() => {
        const { name, mean, std, licence, details } = { ...get(identity), ...fields };
        const statistics = [toJson(channels, mean, 'backbones.mean'), toJson(channels, std, 'backbones.std')];
        update.run(name, ...statistics, licence, detailsText(details), identity);
        return get(identity);
      }),
    remove: (identity) => {
      db.transaction(() => {
        drop.run(get(identity).identity);
      });
    },
    uses: () => new Map(uses.all().map(({ identity, runs, packs }) => [backboneIdentity(identity), { runs, packs }])),
  };
}

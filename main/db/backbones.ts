import { AppError } from '#app/domain/errors.ts';
import { backboneIdentity } from '#app/domain/id-of.ts';
import type { BackboneIdentity } from '#app/domain/ids.ts';
import type { StoredBackbone } from '#app/domain/stored-backbone.ts';
import type { BackboneRepository } from '#app/ports/repositories.ts';
import type { Connection, SqlValue } from './connection.ts';
import { backboneSpec, channels, readJson, toJson } from './json.ts';

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
    importedAt: row.imported_at,
  };
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
       source, imported_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
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

  return {
    add: (backbone) =>
      db.transaction(() => {
        const known = find(backbone.identity);
        if (known) return known;
        insert.run(
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
        );
        return get(backbone.identity);
      }),
    get,
    find,
    list: () => all.all().map(fromRow),
    uses: () => new Map(uses.all().map(({ identity, runs, packs }) => [backboneIdentity(identity), { runs, packs }])),
  };
}

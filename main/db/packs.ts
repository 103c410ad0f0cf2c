import { AppError } from '#app/domain/errors.ts';
import { backboneIdentity, packId, runId } from '#app/domain/id-of.ts';
import { topClass } from '#app/domain/metrics.ts';
import type { PackId } from '#app/domain/ids.ts';
import type { Pack, PackState } from '#app/domain/pack.ts';
import type { PackRepository } from '#app/ports/repositories.ts';
import type { Connection, SqlValue } from './connection.ts';
import { packFloats } from './floats.ts';
import { method, names, readJson, toJson } from './json.ts';

interface Row {
  readonly id: number;
  readonly name: string;
  readonly path: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly state: PackState;
  readonly backbone: string;
  readonly backbone_name: string;
  readonly run_id: number | null;
  readonly class_names: string;
  readonly method: string;
  readonly created_at: number;
}

function fromRow(row: Row): Pack {
  return {
    id: packId(row.id),
    name: row.name,
    path: row.path,
    sha256: row.sha256,
    bytes: row.bytes,
    state: row.state,
    backbone: backboneIdentity(row.backbone),
    backboneName: row.backbone_name,
    runId: row.run_id === null ? null : runId(row.run_id),
    classNames: readJson(names, row.class_names, `packs.class_names of pack ${row.id}`),
    method: readJson(method, row.method, `packs.method of pack ${row.id}`),
    createdAt: row.created_at,
  };
}

export function packRepository(db: Connection, now: () => number): PackRepository {
  const insert = db.prepare<SqlValue[]>(
    `INSERT INTO packs (name, path, sha256, bytes, state, backbone, backbone_name, run_id, class_names, method,
       created_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const byId = db.prepare<[number], Row>('SELECT * FROM packs WHERE id = ?');
  const same = db.prepare<[string, number | null], Row>('SELECT * FROM packs WHERE sha256 = ? AND run_id IS ?');
  const all = db.prepare<[], Row>('SELECT * FROM packs ORDER BY id DESC');
  const bySha256 = db.prepare<[string], Row>('SELECT * FROM packs WHERE sha256 = ? ORDER BY id');
  const byRun = db.prepare<[number], Row>('SELECT * FROM packs WHERE run_id = ? ORDER BY id');
  const waiting = db.prepare<[string], Row>(
    `SELECT * FROM packs WHERE backbone = ? AND state = 'not-verified' ORDER BY id`,
  );
  const verify = db.prepare<[number]>(`UPDATE packs SET state = 'verified' WHERE id = ?`);
  const setName = db.prepare<[string, number]>('UPDATE packs SET name = ? WHERE id = ?');
  const setPath = db.prepare<[string, number]>('UPDATE packs SET path = ? WHERE id = ?');
  const erase = db.prepare<[number]>('DELETE FROM packs WHERE id = ?');
  const keep = db.prepare<SqlValue[]>(
    `INSERT OR REPLACE INTO pack_predictions (project_id, pack_id, photo_id, class_index, confidence, probabilities,
       content_hash, at)
     SELECT ?, ?, ?, ?, ?, ?, ?, ? WHERE EXISTS (SELECT 1 FROM photos WHERE id = ? AND content_hash = ?)`,
  );
  const apply = db.prepare<[number, number, number, number, number]>(
    `INSERT OR REPLACE INTO pack_applications (project_id, pack_id, at, photos)
     VALUES (?, ?, ?, (SELECT count(*) FROM pack_predictions WHERE project_id = ? AND pack_id = ?))`,
  );

  function get(id: PackId): Pack {
    const row = byId.get(id);
    if (row) return fromRow(row);
    throw new AppError('packs.unknown', `There is no pack ${id}. List the packs to see which there are.`, {
      data: { id },
    });
  }

  return {
    add: (pack) =>
      db.transaction(() => {
        const known = same.get(pack.sha256, pack.runId);
        if (known) {
          if (known.path !== pack.path) setPath.run(pack.path, known.id);
          return get(packId(known.id));
        }
        const { id } = insert.run(
          pack.name,
          pack.path,
          pack.sha256,
          pack.bytes,
          pack.state,
          pack.backbone,
          pack.backboneName,
          pack.runId,
          toJson(names, pack.classNames, 'packs.class_names'),
          toJson(method, pack.method, 'packs.method'),
          now(),
        );
        return get(packId(id));
      }),
    get,
    list: () => all.all().map(fromRow),
    withSha256: (sha256) => bySha256.all(sha256).map(fromRow),
    ofRun: (run) => byRun.all(run).map(fromRow),
    awaiting: (backbone) => waiting.all(backbone).map(fromRow),
    markVerified: (id) =>
      db.transaction(() => {
        verify.run(id);
        return get(id);
      }),
    rename: (id, name) =>
      db.transaction(() => {
        setName.run(name, id);
        return get(id);
      }),
    remove: (id) =>
      db.transaction(() => {
        get(id);
        erase.run(id);
      }),
    keepPredictions: (project, pack, predictions) =>
      db.transaction(() => {
        const at = now();
        for (const { photoId, contentHash, probabilities } of predictions) {
          const best = topClass(probabilities);
          // Rounding can carry a share a hair above one.
          const confidence = Math.min(1, probabilities[best] ?? 0);
          const word = [project, pack, photoId, best, confidence, packFloats(probabilities), contentHash, at];
          keep.run(...word, photoId, contentHash);
        }
      }),
    noteApplication: (project, pack) => void apply.run(project, pack, now(), project, pack),
  };
}

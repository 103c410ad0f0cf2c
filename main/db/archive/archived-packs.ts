/** Packs of a project and the backbones of its runs, as they stand in an archive. */
import type { ProjectId } from '#app/domain/ids.ts';
import type { ArchivedFile } from '#app/ports/archive.ts';
import type { Connection } from '../connection.ts';
import { backboneSpec, channels, readJson } from '../json.ts';
import { archiveNames } from './places.ts';
import type { ArchiveHead } from './records.ts';

interface PackRow {
  readonly id: number;
  readonly name: string;
  readonly path: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly backbone: string;
  readonly backbone_name: string;
  readonly run_id: number | null;
  readonly class_names: string;
  readonly method: string;
  readonly created_at: number;
}

/** Those that runs of the project left, and those that were applied to it. */
export function packsOf(db: Connection, project: ProjectId): readonly PackRow[] {
  return db
    .prepare<[number, number, number], PackRow>(
      `SELECT * FROM packs WHERE run_id IN (SELECT id FROM runs WHERE project_id = ?)
         OR id IN (SELECT pack_id FROM pack_applications WHERE project_id = ?)
         OR id IN (SELECT pack_id FROM pack_predictions WHERE project_id = ?) ORDER BY id`,
    )
    .all(project, project, project);
}

/** Packs that are equal to the byte are in the archive once. */
export function packFiles(packs: readonly PackRow[]): readonly ArchivedFile[] {
  const files = packs.map(({ name, path, sha256 }): readonly [string, ArchivedFile] => [
    sha256,
    { kind: 'pack', name: archiveNames.pack(sha256), stored: path, sha256, title: `the pack "${name}"` },
  ]);
  return [...new Map(files).values()];
}

export function backbonesOf(db: Connection, project: ProjectId): ArchiveHead['backbones'] {
  const rows = db
    .prepare<
      [number],
      {
        identity: string;
        name: string;
        spec: string;
        mean: string;
        std: string;
        parameters: number;
        dtype: 'float32' | 'float16' | 'bfloat16';
        bytes: number;
        licence: string | null;
      }
    >('SELECT * FROM backbones WHERE identity IN (SELECT backbone FROM runs WHERE project_id = ?) ORDER BY identity')
    .all(project);
  return rows.map(({ identity, name, spec, mean, std, parameters, dtype, bytes, licence }) => ({
    identity,
    name,
    spec: readJson(backboneSpec, spec, 'backbones.spec'),
    mean: readJson(channels, mean, 'backbones.mean'),
    std: readJson(channels, std, 'backbones.std'),
    parameters,
    dtype,
    bytes,
    licence,
  }));
}

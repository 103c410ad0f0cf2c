/** Takes packs into the profile, and looks at them. */
import { AppError } from '../domain/errors.ts';
import { packId } from '../domain/id-of.ts';
import type { BackboneIdentity } from '../domain/ids.ts';
import { packDifferences } from '../domain/pack-content.ts';
import type { Pack } from '../domain/pack.ts';
import { isOnlyNamed } from '../domain/stored-backbone.ts';
import type { StoredBackbone } from '../domain/stored-backbone.ts';
import type { PackFile } from '../ports/files.ts';
import { placeOf } from './pack-place.ts';
import type { PackPorts } from './ports.ts';
import { replaySelfTest } from './self-test.ts';

export interface PackReport {
  /** Null where the file is looked at without being taken into the profile. */
  readonly pack: Pack | null;
  readonly file: PackFile;
  readonly path: string;
  /** Relative L2 error of the replayed self-test, null where its backbone is not at hand. */
  readonly selfTestError: number | null;
  /** What the person should know, as sentences: why it could not be verified, that its name stays. */
  readonly notes: readonly string[];
}

/**
 * Keeps a pack and replays its self-test; without its backbone at hand it is kept as not verified. One that was here before keeps its name. Throws `pack.*` naming what
 * is wrong with the file, and then keeps nothing.
 */
export async function importPack(ports: PackPorts, path: string, name: string | null): Promise<PackReport> {
  const { store, packFiles, profile } = ports;
  const report = await verifyPackFile(ports, path, null);
  const { content } = report.file;
  const file = await packFiles.write((sha256) => profile.locate(placeOf(ports, { sha256, runId: null })), content);
  const pack = store.packs.add({
    name: name ?? nameOf(path),
    path: profile.relative(file.path),
    sha256: file.sha256,
    bytes: file.bytes,
    state: report.selfTestError === null ? 'not-verified' : 'verified',
    backbone: content.backbone.identity,
    backboneName: content.backbone.name,
    runId: null,
    classNames: content.classNames,
    method: content.method,
  });
  const verified =
    pack.state === 'not-verified' && report.selfTestError !== null ? store.packs.markVerified(pack.id) : pack;
  const other = name === null || name === verified.name ? [] : [keepsName(verified, name)];
  return { ...report, pack: verified, notes: [...report.notes, ...other] };
}

function keepsName({ id, name }: Pack, wanted: string): string {
  return `This very pack was here before, as pack ${id} "${name}". It keeps that name; "${wanted}" was not used.`;
}

/**
 * Reads a pack and replays its self-test without keeping anything. With `backbone` it has to be for that one; otherwise its
 * own is looked up.
 */
export async function verifyPackFile(
  ports: PackPorts,
  path: string,
  backbone: StoredBackbone | null,
): Promise<PackReport> {
  const file = await ports.packFiles.read(path);
  const own = backbone ?? ports.store.backbones.find(file.content.backbone.identity);
  if (own === null || isOnlyNamed(own))
    return { pack: null, file, path, selfTestError: null, notes: notAtHand(ports, file) };
  return { pack: null, file, path, selfTestError: await replaySelfTest(ports, path, file.content, own), notes: [] };
}

/** Verifies a pack of the profile, and notes that it passed. */
export async function verifyStoredPack(
  ports: PackPorts,
  pack: Pack,
  backbone: StoredBackbone | null,
): Promise<PackReport> {
  const report = await verifyPackFile(ports, ports.profile.locate(pack.path), backbone);
  if (report.file.sha256 !== pack.sha256) throw damaged(pack, report.path);
  const verified =
    report.selfTestError !== null && pack.state === 'not-verified' ? ports.store.packs.markVerified(pack.id) : pack;
  return { ...report, pack: verified };
}

/** Those that waited for this backbone and pass their self-test now; called when one was imported. */
export async function verifyAwaiting(
  ports: PackPorts,
  backbone: BackboneIdentity,
): Promise<readonly { readonly pack: Pack; readonly problem: string | null }[]> {
  const results: { pack: Pack; problem: string | null }[] = [];
  for (const pack of ports.store.packs.awaiting(backbone)) {
    try {
      const report = await verifyStoredPack(ports, pack, null);
      results.push({ pack: report.pack ?? pack, problem: null });
    } catch (error) {
      if (!(error instanceof AppError) || error.kind !== 'expected') throw error;
      results.push({ pack, problem: error.message });
    }
  }
  return results;
}

/** By number, or the newest of that name; null for anything else, which may be a file. */
export function findStoredPack({ store }: Pick<PackPorts, 'store'>, reference: string): Pack | null {
  const all = store.packs.list();
  const number = /^\d{1,9}$/.test(reference) && Number(reference) > 0 ? packId(Number(reference)) : null;
  return all.find(({ id }) => id === number) ?? all.find(({ name }) => name === reference) ?? null;
}

export function damaged(pack: Pack, path: string): AppError {
  return new AppError(
    'packs.changed',
    `The file of pack "${pack.name}" ("${path}") is not the one that was kept: somebody changed it. It is not used. ` +
      'Export the pack again from its run, or import it again.',
    { data: { path, pack: pack.name } },
  );
}

function notAtHand({ store }: PackPorts, { content }: PackFile): readonly string[] {
  const namesake = store.backbones.list().find(({ name }) => name === content.backbone.name);
  return [
    `Its backbone "${content.backbone.name}" (${content.backbone.identity.slice(0, 12)}) is not in this profile, so its self-test ` +
      'could not be replayed. Import the backbone to use the pack.',
    ...(namesake === undefined ? [] : packDifferences(content, namesake)),
  ];
}

function nameOf(path: string): string {
  const base = path.split(/[/\\]/).at(-1) ?? path;
  return base.replace(/\.safetensors$/i, '') || base;
}

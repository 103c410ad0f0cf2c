/** Lets a pack say something of a project's photos, and keeps what it says as it comes. */
import type { NamedReason } from '../contract/task-results.ts';
import { AppError } from '../domain/errors.ts';
import type { PackId, PhotoId } from '../domain/ids.ts';
import { itemAt } from '../domain/item-at.ts';
import { probabilities } from '../domain/metrics.ts';
import type { PackPrediction } from '../domain/pack.ts';
import type { Photo } from '../domain/photo.ts';
import type { Project } from '../domain/project.ts';
import type { Work } from '../ports/work.ts';
import type { PackPorts } from './ports.ts';
import { openPack, predictWithPacks } from './predict.ts';
import type { Predictions, UsablePack } from './predict.ts';

export type WhichPhotos = 'all' | 'unlabelled' | readonly PhotoId[];

export interface ApplyWork extends Work {
  /** After some predictions were kept. */
  readonly onKept?: () => void;
}

export interface Applied {
  readonly photos: number;
  readonly failed: readonly NamedReason[];
  readonly seconds: number;
}

/** Of long lists of failures this many are told. */
const NAMED = 100;

/**
 * What was kept stays when it is cancelled or breaks off. Throws `packs.no-photos`, `packs.not-verified`, `packs.changed`,
 * `packs.removed`, `pack.*`, and what the engine throws.
 */
export async function applyPack(
  ports: PackPorts,
  id: PackId,
  project: Project,
  which: WhichPhotos,
  work: ApplyWork = {},
): Promise<Applied> {
  const { predictions } = await applyPacks(ports, [id], project, which, work);
  const { photos, failed, seconds } = itemAt(predictions, 0);
  return {
    photos: photos.length,
    failed: failed.slice(0, NAMED).map(({ path, reason }) => ({ path, reason })),
    seconds,
  };
}

/** Between two counts of what a pack has said. */
const NOTED_EVERY_MS = 1000;

/** The same with several packs, computed together; what each says is kept as its own. `predictions` are in their order. */
export async function applyPacks(
  ports: PackPorts,
  ids: readonly PackId[],
  project: Project,
  which: WhichPhotos,
  work: ApplyWork = {},
): Promise<{ readonly photos: readonly Photo[]; readonly predictions: readonly Predictions[] }> {
  const { store } = ports;
  const names = ids.map((id) => store.packs.get(id).name);
  const photos = chosenPhotos(ports, project, which);
  if (photos.length === 0) {
    throw new AppError(
      'packs.no-photos',
      which === 'unlabelled'
        ? `All photos of "${project.name}" that can be looked at have a label. Nothing was predicted.`
        : `No photo of "${project.name}" that was chosen can be looked at. Nothing was predicted.`,
    );
  }
  const usable: UsablePack[] = [];
  // Of a million photos each count takes a while, and batches come many a second.
  const notedAt = new Map<PackId, number>();
  const uncounted = new Set<PackId>();
  const note = (id: PackId): void => {
    store.packs.noteApplication(project.id, id);
    notedAt.set(id, Date.now());
    uncounted.delete(id);
  };
  for (const id of ids) usable.push(await openPack(ports, String(id), ''));
  const predictions = await predictWithPacks(
    ports,
    usable,
    photos.map(({ path }) => ({ path, name: path })),
    {
      ...work,
      onPredictions: (pack, rows) => {
        const id = itemAt(ids, pack);
        const said = rows.flatMap(({ at, logits }): PackPrediction[] => {
          const photo = photos[at];
          if (photo === undefined || photo.contentHash === null) return [];
          return [{ photoId: photo.id, contentHash: photo.contentHash, probabilities: probabilities(logits) }];
        });
        store.transaction(() => {
          refuseRemoved(ports, id, itemAt(names, pack));
          store.packs.keepPredictions(project.id, id, said);
          uncounted.add(id);
          // A clock that was set back is no reason to wait for it.
          if (Math.abs(Date.now() - (notedAt.get(id) ?? -Infinity)) >= NOTED_EVERY_MS) note(id);
        });
        work.onKept?.();
      },
    },
  ).finally(() => {
    const last = [...uncounted].filter((id) => isThere(ports, id));
    for (const id of last) note(id);
    if (last.length > 0) work.onKept?.();
  });
  return { photos, predictions };
}

function isThere({ store }: PackPorts, id: PackId): boolean {
  try {
    store.packs.get(id);
    return true;
  } catch (error) {
    if (error instanceof AppError && error.code === 'packs.unknown') return false;
    throw error;
  }
}

/** Another window may take it away meanwhile. */
function refuseRemoved(ports: PackPorts, id: PackId, name: string): void {
  if (isThere(ports, id)) return;
  throw new AppError(
    'packs.removed',
    `The pack "${name}" was removed while it was applied, and what it had said was removed with it. Your labels are kept.`,
  );
}

function chosenPhotos({ store }: PackPorts, project: Project, which: WhichPhotos): readonly Photo[] {
  const photos =
    which === 'all' || which === 'unlabelled'
      ? store.photos
          .list(project.id, { state: 'ok', ...(which === 'unlabelled' ? { labelled: false } : {}) })
          .filter(({ excluded }) => !excluded)
      : store.photos.getMany(which);
  return photos.filter((photo) => photo.projectId === project.id && photo.state === 'ok' && photo.contentHash !== null);
}

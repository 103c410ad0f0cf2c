/** Several packs of one backbone over the same photos, computed together. */
import type { NamedReason } from '../contract/task-results.ts';
import type { ComparedSummary } from '../contract/packs.ts';
import { AppError } from '../domain/errors.ts';
import type { PackId } from '../domain/ids.ts';
import type { Pack } from '../domain/pack.ts';
import type { Project } from '../domain/project.ts';
import type { Work } from '../ports/work.ts';
import type { ApplyWork, WhichPhotos } from './apply-pack.ts';
import { applyPacks } from './apply-pack.ts';
import type { ComparedSets, ComparedSource } from './compared-photos.ts';
import type { PackPorts } from './ports.ts';
import { findPhotos, openPack, predictWithPacks } from './predict.ts';
import type { Predictions, UsablePack } from './predict.ts';

export interface Compared {
  readonly summary: ComparedSummary;
  /** Photos that at least one pack could not look at. */
  readonly failed: readonly NamedReason[];
}

/** Keeps what each pack says, as `applyPack` does. Throws `packs.other-backbone` and what that throws. */
export async function compareOnLibrary(
  ports: PackPorts,
  sets: ComparedSets,
  ids: readonly PackId[],
  project: Project,
  which: WhichPhotos,
  work: ApplyWork = {},
): Promise<Compared> {
  const packs = together(ports, ids);
  const { photos, predictions } = await applyPacks(ports, ids, project, which, work);
  return keep(sets, packs, { project: project.id, photos }, predictions);
}

/** Throws `packs.other-backbone`, and what `findPhotos` and `openPack` throw. */
export async function compareOnFolder(
  ports: PackPorts,
  sets: ComparedSets,
  ids: readonly PackId[],
  folder: string,
  work: Work = {},
): Promise<Compared> {
  const packs = together(ports, ids);
  const photos = await findPhotos(ports, [{ path: folder, name: folder }], work);
  const usable: UsablePack[] = [];
  for (const id of ids) usable.push(await openPack(ports, String(id), ''));
  return keep(sets, packs, { folder }, await predictWithPacks(ports, usable, photos, work));
}

/** The packs as they are now: a name may change meanwhile. */
function together({ store }: PackPorts, ids: readonly PackId[]): readonly Pack[] {
  const packs = ids.map((id) => store.packs.get(id));
  const [first] = packs;
  const stranger = packs.find(({ backbone }) => backbone !== first?.backbone);
  if (first === undefined || stranger === undefined) return packs;
  throw new AppError(
    'packs.other-backbone',
    `Only packs of one backbone are applied together: "${first.name}" is on "${first.backboneName}", "${stranger.name}" on ` +
      `"${stranger.backboneName}". Nothing was predicted. Leave "${stranger.name}" out, or apply it by itself.`,
    { data: { packs: [first.name, stranger.name], backbones: [first.backbone, stranger.backbone] } },
  );
}

function keep(
  sets: ComparedSets,
  packs: readonly Pack[],
  source: ComparedSource,
  predictions: readonly Predictions[],
): Compared {
  const failed = new Map(
    predictions.flatMap((said) => said.failed.map(({ path, reason }) => [path, { path, reason }] as const)),
  );
  return { summary: sets.add(packs, source, predictions), failed: [...failed.values()] };
}

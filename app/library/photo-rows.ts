/** Photos as a grid and an inspector show them. */
import type { PhotoDetails, PhotoOpinion, PhotoRow } from '../contract/library.ts';
import type { PackWord } from '../domain/browse.ts';
import { fileName } from '../domain/file-name.ts';
import type { ClassId, PackId, PhotoId, ProjectId } from '../domain/ids.ts';
import { probabilities } from '../domain/metrics.ts';
import type { Pack } from '../domain/pack.ts';
import type { Photo } from '../domain/photo.ts';
import type { Subset } from '../domain/run-config.ts';
import type { Store } from '../ports/repositories.ts';

/** Rows as they are now, in the given order. `pack`: whose suggestions; null: those of the pack that was applied last. */
export function photoRows(
  store: Store,
  project: ProjectId,
  photos: readonly PhotoId[],
  pack: PackId | null,
): readonly PhotoRow[] {
  const found = store.library.photos(project, photos);
  const suggest = suggester(store, project, photos, pack);
  const split = store.splits.latest(project);
  const subsets = split === null ? new Map<PhotoId, Subset>() : store.library.subsets(split.id, photos);
  return found.map((photo) => rowOf(photo, subsets.get(photo.id) ?? null, suggest(photo.id)));
}

function rowOf(photo: Photo, subset: Subset | null, suggestion: PhotoRow['suggestion']): PhotoRow {
  const { id, path, contentHash, facts, state, reason, classId, flagged, excluded } = photo;
  return {
    id,
    name: fileName(path),
    hash: contentHash === null ? null : contentHash.slice(0, 16),
    width: facts?.width ?? null,
    height: facts?.height ?? null,
    state,
    reason,
    classId,
    flagged,
    excluded,
    subset,
    suggestion,
  };
}

function suggester(
  store: Store,
  project: ProjectId,
  photos: readonly PhotoId[],
  wanted: PackId | null,
): (photo: PhotoId) => PhotoRow['suggestion'] {
  const id = wanted ?? store.library.applications(project)[0]?.pack;
  if (id === undefined) return () => null;
  const { classNames } = store.packs.get(id);
  const words: ReadonlyMap<PhotoId, PackWord> = store.library.words(project, id, photos);
  const ids = new Map<string, ClassId>(store.classes.list(project).map((one) => [one.name, one.id]));
  return (photo) => {
    const word = words.get(photo);
    if (word === undefined) return null;
    const className = classNames[word.classIndex] ?? '';
    return { pack: id, className, classId: ids.get(className) ?? null, confidence: word.confidence };
  };
}

/** Throws `photos.unknown`. */
export function photoDetails(store: Store, id: PhotoId): PhotoDetails {
  const photo = store.photos.get(id);
  const { projectId: project, path, bytes, modifiedAt, addedAt, contentHash, facts, group, offeredClass } = photo;
  const [row] = photoRows(store, project, [id], null);
  if (row === undefined) throw new Error('a photo that was just read has no row');
  const names = store.classes.names(project);
  const nameOf = (one: ClassId | null): string | null => (one === null ? null : (names.get(one) ?? null));
  return {
    ...row,
    path,
    bytes,
    modifiedAt,
    addedAt,
    contentHash,
    facts,
    group,
    offeredClass,
    history: store.labels
      .history(id)
      .toReversed()
      .map(({ revision, at, actor, source, from, to }) => ({
        revision,
        at,
        actor,
        source,
        from: nameOf(from),
        to: nameOf(to),
      })),
    opinions: opinionsOf(store, photo),
  };
}

/** Packs first, the one that was applied last at their head, then runs from the newest. */
function opinionsOf(store: Store, photo: Photo): readonly PhotoOpinion[] {
  const packs = new Map<PackId, Pack>(store.packs.list().map((pack) => [pack.id, pack]));
  const ofPacks = store.library.packOpinions(photo).map(({ pack, at, probabilities: shares }): PhotoOpinion => {
    const { name = '', classNames = [] } = packs.get(pack) ?? {};
    return { by: { pack }, name, at, subset: null, classes: ranked(classNames, shares) };
  });
  const ofRuns = store.library
    .runOpinions(photo)
    .map(({ run, name, at, subset, classNames, logits }): PhotoOpinion => ({
      by: { run },
      name,
      at,
      subset,
      classes: ranked(classNames, probabilities(logits)),
    }));
  return [...ofPacks, ...ofRuns];
}

function ranked(names: readonly string[], shares: readonly number[]): PhotoOpinion['classes'] {
  return shares
    .map((probability, at) => ({ name: names[at] ?? '', probability }))
    .sort((a, b) => b.probability - a.probability);
}

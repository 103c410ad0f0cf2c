/** What a library can be narrowed down to, with numbers. */
import type { AppliedPack, FolderOffer, FolderView, LibraryFacets } from '../contract/library.ts';
import { fitClassName } from '../domain/class-name.ts';
import type { PackAgreement } from '../domain/browse.ts';
import type { PhotoId, ProjectId, RunId } from '../domain/ids.ts';
import { probabilities, topClass } from '../domain/metrics.ts';
import type { Subset } from '../domain/run-config.ts';
import type { PhotoFiles } from '../ports/files.ts';
import type { Store } from '../ports/repositories.ts';

export function libraryFacets(store: Store, project: ProjectId): Omit<LibraryFacets, 'seq'> {
  const counts = store.library.counts(project);
  const split = store.splits.latest(project);
  return {
    ...counts,
    unlabelled: counts.total - counts.labelled,
    classes: store.labels
      .counts(project)
      .flatMap(({ classId, photos }) => (classId === null ? [] : [{ classId, photos }])),
    subsets: split?.counts ?? null,
    packs: appliedPacks(store, project),
  };
}

function appliedPacks(store: Store, project: ProjectId): readonly AppliedPack[] {
  const names = new Map<number, string>(store.classes.list(project).map(({ id, name }) => [id, name]));
  return store.library.applications(project).map(({ pack, at }) => {
    const { name, classNames } = store.packs.get(pack);
    const said = store.library.agreement(project, pack);
    const sum = (some: readonly PackAgreement[]): number => some.reduce((total, { photos }) => total + photos, 0);
    return {
      pack,
      name,
      at,
      photos: sum(said),
      disagrees: sum(
        said.filter(({ classId, classIndex }) => classId !== null && names.get(classId) !== classNames[classIndex]),
      ),
      unlabelled: sum(said.filter(({ classId }) => classId === null)),
    };
  });
}

export async function folderViews(
  { store, photoFiles }: { readonly store: Store; readonly photoFiles: PhotoFiles },
  project: ProjectId,
): Promise<readonly FolderView[]> {
  return Promise.all(
    store.projects.folders(project).map(async ({ path, importedAt }) => {
      const { ok, missing, undecodable } = store.photos.countByState(project, path);
      return {
        path,
        importedAt,
        photos: ok + missing + undecodable,
        missing,
        excluded: store.photos.countExcluded(project, path),
        there: await photoFiles.isFolder(path),
      };
    }),
  );
}

/** Looks into a folder and opens no photo. Throws what a scan throws. */
export async function offerFolder(
  { photoFiles }: { readonly photoFiles: PhotoFiles },
  folder: string,
): Promise<FolderOffer> {
  const scan = await photoFiles.scan(folder);
  const labels = new Map<string, number>();
  for (const { offeredClass } of scan.photos) {
    const name = offeredClass === null ? null : fitClassName(offeredClass);
    if (name !== null) labels.set(name, (labels.get(name) ?? 0) + 1);
  }
  return {
    folder: scan.folder,
    photos: scan.photos.length,
    others: scan.others,
    labels: [...labels].map(([name, photos]) => ({ name, photos })),
  };
}

/** Photos behind a cell of a run's confusion matrix, the most confident first. Null stands for any class. */
export function confusedPhotos(
  store: Store,
  run: RunId,
  cell: { readonly subset: Subset; readonly label: number | null; readonly predicted: number | null },
): readonly PhotoId[] {
  return store.runs
    .predictions(run, 'run')
    .map(({ photoId, subset, label, logits }) => ({ photoId, subset, label, logits, predicted: topClass(logits) }))
    .filter(
      ({ subset, label, predicted }) =>
        subset === cell.subset &&
        (cell.label === null || label === cell.label) &&
        (cell.predicted === null || predicted === cell.predicted),
    )
    .map(({ photoId, logits, predicted }) => ({ photoId, confidence: probabilities(logits)[predicted] ?? 0 }))
    .sort((a, b) => b.confidence - a.confidence)
    .map(({ photoId }) => photoId);
}

/** The table that `labels import` reads: file_name, label, split, group. */
import { AppError } from '../domain/errors.ts';
import type { Project } from '../domain/project.ts';
import type { Cell } from '../ports/files.ts';
import type { Store } from '../ports/repositories.ts';
import { relativeName, sharedEndings } from './match-files.ts';

export const LABEL_COLUMNS = ['file_name', 'label', 'split', 'group'] as const;

/**
 * Labelled photos by path, with their subset of the latest split. Names are relative to the imported folder, unless another
 * photo of the project, labelled or not, could be meant by it: those are written with their full paths, so that they are
 * read back wherever the table lies. Throws `labels.none`.
 */
export function labelRows({ store }: { readonly store: Store }, project: Project): readonly (readonly Cell[])[] {
  const photos = store.photos.list(project.id, { labelled: true });
  if (photos.length === 0) {
    throw new AppError(
      'labels.none',
      `Project "${project.name}" has no labelled photos, so there is nothing to export. Nothing was written.`,
    );
  }
  const names = new Map(store.classes.list(project.id).map(({ id, name }) => [id, name]));
  const split = store.splits.latest(project.id);
  const subsets = new Map(
    split === null ? [] : store.splits.members(split.id).map(({ photoId, subset }) => [photoId, subset] as const),
  );
  const folders = store.projects.folders(project.id).map(({ path }) => path);
  const short = photos.map(({ path }) => relativeName(path, folders));
  const shared = sharedEndings(
    short,
    store.photos.stamps(project.id, null).map(({ path }) => path),
  );
  return photos.map(({ id, path, classId, group }, at) => {
    const name = short[at] ?? path;
    const label = classId === null ? null : (names.get(classId) ?? null);
    return [shared.has(name) ? path : name, label, subsets.get(id) ?? null, group];
  });
}

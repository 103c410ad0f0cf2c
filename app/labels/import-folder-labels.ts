/** Folder names as labels: the folder a photo lay in at the last import. */
import { fitClassName } from '../domain/class-name.ts';
import { AppError } from '../domain/errors.ts';
import type { Project } from '../domain/project.ts';
import type { EditPorts } from './edits.ts';
import type { LabelReport } from './set-labels.ts';
import { keepAsEdit, setLabels } from './set-labels.ts';

export interface FolderLabelOptions {
  /** Only photos below it; null for all. Absolute, links resolved. */
  readonly folder: string | null;
  readonly overwrite: boolean;
  /** Only folders of these names; all where it is not given. */
  readonly names?: ReadonlySet<string>;
}

export interface FolderLabelReport extends LabelReport {
  /** Photos that had another label and keep it. */
  readonly kept: number;
  /** Photos directly in the imported folder, and those in folders whose names cannot be class names. */
  readonly withoutFolder: number;
}

/**
 * A label that says something else was put there by somebody who had looked, so it stays unless `overwrite` is true.
 * Throws `labels.no-folders` where no photo lies in a folder of its own.
 */
export function importFolderLabels(
  { store, actor }: EditPorts,
  project: Project,
  { folder, overwrite, names: chosen }: FolderLabelOptions,
): FolderLabelReport {
  return store.transaction(() => {
    const photos = store.photos.list(project.id).filter(({ path }) => folder === null || isBelow(path, folder));
    const named = photos.flatMap((photo) => {
      const label = photo.offeredClass === null ? null : fitClassName(photo.offeredClass);
      return label === null || chosen?.has(label) === false ? [] : [{ photo, label }];
    });
    if (named.length === 0) {
      throw new AppError(
        'labels.no-folders',
        `${photos.length === 1 ? 'The one photo' : `None of the ${photos.length} photos`} of "${project.name}"${folder === null ? '' : ` in "${folder}"`} ${photos.length === 1 ? 'does not lie' : 'lies'} in a folder below the imported one, so there are no ` +
          'folder names to take as labels. Nothing was changed. Sort the photos into one folder a class and import again, ' +
          'or give labels in a CSV file.',
        { data: { photos: photos.length } },
      );
    }
    const names = new Map(store.classes.list(project.id).map(({ id, name }) => [id, name]));
    const wanted = named.filter(
      ({ photo, label }) => overwrite || photo.classId === null || names.get(photo.classId) === label,
    );
    const { changes, ...report } = setLabels(store, project, wanted, { actor: actor(), source: 'folder' });
    keepAsEdit(store, project, { ...report, changes }, actor(), (photos) => `Label ${photos} by their folders`);
    return { ...report, kept: named.length - wanted.length, withoutFolder: photos.length - named.length };
  });
}

function isBelow(path: string, folder: string): boolean {
  return path.startsWith(folder) && (/[/\\]$/.test(folder) || /[/\\]/.test(path[folder.length] ?? ''));
}

/** Labels by class name: classes that do not exist yet are made, and every change leaves its event. */
import { CLASS_NAME_RULE, fitClassName } from '../domain/class-name.ts';
import { newClasses } from '../domain/class-defaults.ts';
import { AppError } from '../domain/errors.ts';
import type { ClassId } from '../domain/ids.ts';
import type { LabelAuthor } from '../domain/label.ts';
import type { Photo } from '../domain/photo.ts';
import type { Project } from '../domain/project.ts';
import type { Store } from '../ports/repositories.ts';

export interface NamedLabel {
  readonly photo: Photo;
  readonly label: string;
}

export interface LabelReport {
  /** The project's label revision afterwards. */
  readonly revision: number;
  readonly photos: number;
  /** Photos whose label is now another one (or their first). */
  readonly changed: number;
  readonly newClasses: readonly string[];
}

/** To be called inside a transaction when more than labels changes. Throws `classes.name-invalid`. */
export function setLabels(
  store: Store,
  project: Project,
  labels: readonly NamedLabel[],
  author: LabelAuthor,
): LabelReport {
  return store.transaction(() => {
    const wanted = newClasses(
      store.classes.list(project.id),
      labels.map(({ label }) => label),
    );
    const unfit = wanted.find(({ name }) => fitClassName(name) !== name);
    if (unfit !== undefined) {
      throw new AppError(
        'classes.name-invalid',
        `${JSON.stringify(unfit.name.slice(0, 200))} cannot be the name of a class: ${CLASS_NAME_RULE}. No label was changed.`,
        { data: { name: unfit.name } },
      );
    }
    if (wanted.length > 0) store.classes.add(project.id, wanted);
    const ids = new Map<string, ClassId>(store.classes.list(project.id).map(({ name, id }) => [name, id]));
    const batch = store.labels.set(
      project.id,
      labels.map(({ photo, label }) => ({ photoId: photo.id, classId: ids.get(label) ?? null })),
      author,
    );
    return {
      revision: batch.revision,
      photos: labels.length,
      changed: batch.changed,
      newClasses: wanted.map(({ name }) => name),
    };
  });
}

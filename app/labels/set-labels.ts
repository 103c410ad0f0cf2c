/** Labels by class name: classes that do not exist yet are made, and every change leaves its event. */
import { CLASS_NAME_RULE, fitClassName } from '../domain/class-name.ts';
import { newClasses } from '../domain/class-defaults.ts';
import { count } from '../domain/count.ts';
import type { Edit, EditChange } from '../domain/edit.ts';
import { AppError } from '../domain/errors.ts';
import type { ClassId } from '../domain/ids.ts';
import type { LabelAuthor } from '../domain/label.ts';
import type { Photo } from '../domain/photo.ts';
import type { Project } from '../domain/project.ts';
import type { Store } from '../ports/repositories.ts';
import { labelChange } from './edits.ts';

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

export interface SetLabels {
  /** What undoing it takes back. */
  readonly changes: readonly EditChange[];
}

/** To be called inside a transaction when more than labels changes. Throws `classes.name-invalid`. */
export function setLabels(
  store: Store,
  project: Project,
  labels: readonly NamedLabel[],
  author: LabelAuthor,
): LabelReport & SetLabels {
  return store.transaction(() => {
    const wanted = newClasses(
      store.classes.list(project.id),
      labels.map(({ label }) => label),
    );
    assertClassNames(wanted);
    const added = store.classes.add(project.id, wanted);
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
      changes: [...added.map(({ id }): EditChange => ({ kind: 'class-added', class: id })), ...labelChange(batch)],
    };
  });
}

/** Throws `classes.name-invalid`. */
export function assertClassNames(classes: readonly { readonly name: string }[]): void {
  const unfit = classes.find(({ name }) => fitClassName(name) !== name);
  if (unfit === undefined) return;
  throw new AppError(
    'classes.name-invalid',
    `${JSON.stringify(unfit.name.slice(0, 200))} cannot be the name of a class: ${CLASS_NAME_RULE}. No label was changed.`,
    { data: { name: unfit.name } },
  );
}

/** Labels that came from files can be undone like those that were set by hand. Null where nothing changed. */
export function keepAsEdit(
  store: Store,
  project: Project,
  { changes, changed }: LabelReport & SetLabels,
  actor: string,
  title: (photos: string) => string,
): Edit | null {
  return changes.length === 0
    ? null
    : store.edits.add(project.id, { actor, title: title(count(changed, 'photo')), changes });
}

/** The classes of a project: added, changed, merged, taken away and put in order, each as an edit. */
import type { ClassView } from '../contract/labels.ts';
import { CLASS_NAME_RULE, fitClassName } from '../domain/class-name.ts';
import { newClasses } from '../domain/class-defaults.ts';
import type { ClassFields, EditChange } from '../domain/edit.ts';
import { AppError } from '../domain/errors.ts';
import type { ClassId, ProjectId } from '../domain/ids.ts';
import type { LabelClass } from '../domain/label.ts';
import type { Store } from '../ports/repositories.ts';
import type { EditPorts, EditReport } from './edits.ts';
import { labelChange, makeEdit } from './edits.ts';

/** With exactOptionalPropertyTypes a field that was not given can also be there as undefined. */
export type GivenFields = { readonly [Field in keyof ClassFields]?: ClassFields[Field] | undefined };

export function classViews(store: Store, project: ProjectId): readonly ClassView[] {
  const photos = new Map(store.labels.counts(project).map((one) => [one.classId, one.photos]));
  return store.classes
    .list(project)
    .map(({ id, name, index, color, key }) => ({ id, name, index, color, key, photos: photos.get(id) ?? 0 }));
}

/** Throws `classes.name-invalid`, `classes.name-taken`, `classes.key-taken`, `classes.key-invalid`. */
export function addClass(
  ports: EditPorts,
  project: ProjectId,
  { name, color, key }: GivenFields & { readonly name: string },
): EditReport & { readonly class: ClassView } {
  const { store } = ports;
  const fit = classNameOf(name);
  const wantedKey = key === undefined ? undefined : keyOf(key);
  let added: LabelClass | undefined;
  const report = makeEdit(ports, project, `Add class "${fit}"`, () => {
    const existing = store.classes.list(project);
    // Where the name is taken there are no defaults, and the store refuses with words.
    const defaults = newClasses(existing, [fit])[0] ?? { name: fit, color: '#000000', key: null };
    const wanted = {
      name: fit,
      color: color ?? defaults.color,
      key: wantedKey === undefined ? defaults.key : wantedKey,
    };
    added = store.classes.add(project, [wanted])[0];
    return added === undefined ? [] : [{ kind: 'class-added', class: added.id }];
  });
  if (added === undefined) throw new Error('a class that was just added is not there');
  const { id, index } = added;
  return { ...report, class: { id, index, name: added.name, color: added.color, key: added.key, photos: 0 } };
}

/** Only what is given changes; a key that another class has goes over. Throws `classes.name-invalid`, `classes.name-taken`. */
export function editClass(ports: EditPorts, project: ProjectId, id: ClassId, given: GivenFields): EditReport {
  const { store } = ports;
  const before = classOf(store, project, id);
  const wanted: Partial<ClassFields> = {
    ...(given.name === undefined ? {} : { name: classNameOf(given.name) }),
    ...(given.color === undefined ? {} : { color: given.color }),
    ...(given.key === undefined ? {} : { key: keyOf(given.key) }),
  };
  return makeEdit(ports, project, titleOf(before, wanted), () => {
    const changes: EditChange[] = [];
    const owner =
      wanted.key === undefined || wanted.key === null
        ? undefined
        : store.classes.list(project).find(({ key }) => key === wanted.key);
    if (owner !== undefined && owner.id !== id) {
      store.classes.edit(owner.id, { key: null });
      changes.push({ kind: 'class-edited', class: owner.id, from: { key: owner.key }, to: { key: null } });
    }
    const { from, to } = differing(before, wanted);
    if (Object.keys(to).length > 0) {
      store.classes.edit(id, to);
      changes.push({ kind: 'class-edited', class: id, from, to });
    }
    return changes;
  });
}

/** Photos of `id` get `into`, and `id` goes. Throws `classes.unknown`, `classes.merge-itself`. */
export function mergeClass(ports: EditPorts, project: ProjectId, id: ClassId, into: ClassId): EditReport {
  const { store, actor } = ports;
  const [source, target] = [classOf(store, project, id), classOf(store, project, into)];
  if (id === into) {
    throw new AppError('classes.merge-itself', `"${source.name}" cannot be merged into itself. Nothing was changed.`);
  }
  return makeEdit(ports, project, `Merge "${source.name}" into "${target.name}"`, () => {
    const photos = store.photos.list(project, { classId: id });
    const batch = store.labels.set(
      project,
      photos.map((photo) => ({ photoId: photo.id, classId: into })),
      { actor: actor(), source: 'manual' },
    );
    store.classes.retire(id);
    return [...labelChange(batch), { kind: 'class-retired', class: id }];
  });
}

/** Throws `classes.unknown`, `classes.in-use`. */
export function removeClass(ports: EditPorts, project: ProjectId, id: ClassId): EditReport {
  const { name } = classOf(ports.store, project, id);
  return makeEdit(ports, project, `Remove class "${name}"`, () => {
    ports.store.classes.retire(id);
    return [{ kind: 'class-retired', class: id }];
  });
}

/** Throws `classes.unknown`, `classes.order-incomplete`. */
export function orderClasses(ports: EditPorts, project: ProjectId, order: readonly ClassId[]): EditReport {
  const { store } = ports;
  return makeEdit(ports, project, 'Change the order of the classes', () => {
    const from = store.classes.list(project).map(({ id }) => id);
    store.classes.arrange(project, order);
    return from.every((id, at) => id === order[at]) ? [] : [{ kind: 'classes-ordered', from, to: order }];
  });
}

function classOf(store: Store, project: ProjectId, id: ClassId): LabelClass {
  const found = store.classes.list(project).find((one) => one.id === id);
  if (found !== undefined) return found;
  throw new AppError('classes.unknown', `There is no class ${id} in this project. Nothing was changed.`, {
    data: { id },
  });
}

function classNameOf(name: string): string {
  const fit = fitClassName(name);
  if (fit !== null) return fit;
  throw new AppError(
    'classes.name-invalid',
    `${JSON.stringify(name.slice(0, 200))} cannot be the name of a class: ${CLASS_NAME_RULE}. Nothing was changed.`,
    { data: { name: name.slice(0, 200) } },
  );
}

function keyOf(key: string | null): string | null {
  if (key === null || /^[\p{L}\p{N}\p{P}\p{S}]$/u.test(key)) return key === null ? null : key.toLowerCase();
  throw new AppError(
    'classes.key-invalid',
    'A class is set by one letter, digit or sign. Nothing was changed. Choose such a key.',
  );
}

function differing(
  before: ClassFields,
  wanted: Partial<ClassFields>,
): { readonly from: Partial<ClassFields>; readonly to: Partial<ClassFields> } {
  const { name = before.name, color = before.color, key = before.key } = wanted;
  const [renamed, recolored, rekeyed] = [name !== before.name, color !== before.color, key !== before.key];
  const part = (fields: ClassFields): Partial<ClassFields> => ({
    ...(renamed ? { name: fields.name } : {}),
    ...(recolored ? { color: fields.color } : {}),
    ...(rekeyed ? { key: fields.key } : {}),
  });
  return { from: part(before), to: part({ name, color, key }) };
}

function titleOf(before: LabelClass, wanted: Partial<ClassFields>): string {
  const { to } = differing(before, wanted);
  if (to.name !== undefined) return `Rename "${before.name}" to "${to.name}"`;
  return to.color === undefined ? `Change the key of "${before.name}"` : `Change the colour of "${before.name}"`;
}

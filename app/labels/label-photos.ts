/** What a person does to photos while labelling. */
import { fitClassName } from '../domain/class-name.ts';
import { newClasses } from '../domain/class-defaults.ts';
import { count } from '../domain/count.ts';
import type { EditChange, PhotoMark } from '../domain/edit.ts';
import { assertFolderOf } from '../domain/folder-of.ts';
import type { ClassId, PhotoId, ProjectId } from '../domain/ids.ts';
import type { Pack } from '../domain/pack.ts';
import type { Project } from '../domain/project.ts';
import type { Store } from '../ports/repositories.ts';
import type { EditPorts, EditReport } from './edits.ts';
import { labelChange, makeEdit } from './edits.ts';
import { assertClassNames } from './set-labels.ts';

/** Null takes labels away. Throws `photos.unknown`, `classes.unknown`. */
export function labelPhotos(
  ports: EditPorts,
  project: ProjectId,
  photos: readonly PhotoId[],
  wanted: ClassId | null,
): EditReport {
  const { store, actor } = ports;
  const title = (changed: number): string => {
    const what = count(changed, 'photo');
    return wanted === null ? `Remove the label of ${what}` : `Label ${what} "${store.classes.get(wanted).name}"`;
  };
  return makeEdit(ports, project, title, () =>
    labelChange(
      store.labels.set(
        project,
        unique(photos).map((photoId) => ({ photoId, classId: wanted })),
        { actor: actor(), source: 'manual' },
      ),
    ),
  );
}

const VERBS: Readonly<Record<PhotoMark, readonly [string, string]>> = {
  flagged: ['Flag', 'Unflag'],
  excluded: ['Exclude', 'Take back'],
};

/** Throws `photos.unknown`. */
export function markPhotos(
  ports: EditPorts,
  project: ProjectId,
  photos: readonly PhotoId[],
  mark: PhotoMark,
  to: boolean,
): EditReport {
  const [on, off] = VERBS[mark];
  const title = (changed: number): string => `${to ? on : off} ${count(changed, 'photo')}`;
  return makeEdit(ports, project, title, () => {
    const marked = ports.store.photos.mark(project, unique(photos), mark, to);
    return marked.length === 0 ? [] : [{ kind: 'mark', mark, to, photos: marked }];
  });
}

/** Every photo of a folder of the project, which may be gone. Throws `library.folder-unknown`. */
export function excludeFolder(ports: EditPorts, project: Project, folder: string): EditReport {
  const { projects, photos } = ports.store;
  assertFolderOf(project, projects.folders(project.id), folder);
  const all = photos.stamps(project.id, folder).map(({ id }) => id);
  return markPhotos(ports, project.id, all, 'excluded', true);
}

/** Photos asked about at once. */
const STRIDE = 1000;

/**
 * Takes over what a pack says of these photos; classes that the project does not have are made. Photos on which it says
 * nothing stay as they are. Throws `photos.unknown`, `packs.unknown`, `classes.name-invalid`.
 */
export function acceptWords(ports: EditPorts, project: ProjectId, photos: readonly PhotoId[], pack: Pack): EditReport {
  const { store, actor } = ports;
  const title = (changed: number): string => `Accept ${count(changed, 'suggestion')} of "${pack.name}"`;
  return makeEdit(ports, project, title, () => {
    const said = unique(photos)
      .flatMap((_, at, all) => (at % STRIDE === 0 ? [all.slice(at, at + STRIDE)] : []))
      .flatMap((some) => [...store.library.words(project, pack.id, some)]);
    const names = said.map(([photoId, { classIndex }]) => {
      const name = pack.classNames[classIndex] ?? '';
      return { photoId, name: fitClassName(name) ?? name };
    });
    const { added, ids } = withClasses(
      store,
      project,
      names.map(({ name }) => name),
    );
    const batch = store.labels.set(
      project,
      names.map(({ photoId, name }) => ({ photoId, classId: ids.get(name) ?? null })),
      { actor: actor(), source: 'model' },
    );
    return [...added, ...labelChange(batch)];
  });
}

/** Classes of these names, made where the project does not have them. Throws `classes.name-invalid`. */
function withClasses(
  store: Store,
  project: ProjectId,
  names: readonly string[],
): { readonly added: readonly EditChange[]; readonly ids: ReadonlyMap<string, ClassId> } {
  const wanted = newClasses(store.classes.list(project), names);
  assertClassNames(wanted);
  const made = store.classes.add(project, wanted);
  return {
    added: made.map(({ id }) => ({ kind: 'class-added', class: id })),
    ids: new Map(store.classes.list(project).map(({ name, id }) => [name, id])),
  };
}

function unique(photos: readonly PhotoId[]): readonly PhotoId[] {
  return [...new Set(photos)];
}

/** Acts of a person as edits: made whole, told by a title, undone and done again, also after a restart. */
import type { Edited, EditView } from '../contract/labels.ts';
import { count } from '../domain/count.ts';
import type { Edit, EditChange } from '../domain/edit.ts';
import { AppError } from '../domain/errors.ts';
import type { PhotoId, ProjectId } from '../domain/ids.ts';
import type { Store } from '../ports/repositories.ts';
import { replay } from './replay.ts';

export interface EditPorts {
  readonly store: Store;
  /** Who is named in the history of labels. */
  readonly actor: () => string;
}

/** What an act did, and for whoever tells others of it, in which ways. */
export interface EditReport {
  readonly edited: Edited;
  readonly changes: readonly EditChange[];
}

export interface ReplayReport extends EditReport {
  readonly edited: Edited & { readonly done: EditView };
}

/** Photos named one by one in an answer; of more only the number is told. */
const NAMED = 1000;

function viewOf({ id, title, at }: Edit): EditView {
  return { id, title, at };
}

export function editState({ store }: Pick<EditPorts, 'store'>, project: ProjectId): Pick<Edited, 'undo' | 'redo'> {
  const { undo, redo } = store.edits.next(project);
  return { undo: undo && viewOf(undo), redo: redo && viewOf(redo) };
}

/** Keeps what `work` changes as one edit. Where it changes nothing there is nothing to undo, and none is kept. */
export function makeEdit(
  { store, actor }: EditPorts,
  project: ProjectId,
  title: string | ((changed: number) => string),
  work: () => readonly EditChange[],
): EditReport {
  return store.transaction(() => {
    const changes = work();
    const touched = photosOf(store, project, changes);
    const said = typeof title === 'string' ? title : title(touched.changed);
    const made = changes.length === 0 ? null : store.edits.add(project, { actor: actor(), title: said, changes });
    return { edited: { ...touched, made: made?.id ?? null, ...editState({ store }, project) }, changes };
  });
}

/** The label events that a batch brought, as a change; none where it changed nothing. */
export function labelChange(batch: { readonly revision: number; readonly changed: number }): readonly EditChange[] {
  if (batch.changed === 0) return [];
  return [{ kind: 'labels', first: batch.revision - batch.changed + 1, last: batch.revision }];
}

function photosOf(
  store: Store,
  project: ProjectId,
  changes: readonly EditChange[],
): Pick<Edited, 'changed' | 'photos'> {
  let changed = 0;
  const photos = new Set<PhotoId>();
  for (const change of changes) {
    if (change.kind === 'labels') {
      changed += change.last - change.first + 1;
      const events = store.labels.events(project, change.first - 1, Math.min(NAMED, change.last - change.first + 1));
      for (const { photoId } of events) photos.add(photoId);
    } else if (change.kind === 'mark') {
      changed += change.photos.length;
      for (const photo of change.photos.slice(0, NAMED)) photos.add(photo);
    }
  }
  return { changed, photos: [...photos].slice(0, NAMED) };
}

/**
 * `meant`: the edit that the caller takes for the newest, null where it knows of none; left out, whichever is the newest.
 * Throws `labels.nothing-to-undo`, `labels.other-edit` (data: edit).
 */
export function undoEdit(ports: EditPorts, project: ProjectId, meant?: Edit['id'] | null): ReplayReport {
  return ports.store.transaction(() => {
    const { undo } = ports.store.edits.next(project);
    if (undo === null) throw new AppError('labels.nothing-to-undo', 'There is nothing to undo in this project.');
    if (meant !== undefined && meant !== undo.id) throw otherToUndo(undo, meant);
    return replayed(ports, undo, 'undone');
  });
}

/** `meant` as in `undoEdit`, of what was undone last. Throws `labels.nothing-to-redo`, `labels.other-edit` (data: edit). */
export function redoEdit(ports: EditPorts, project: ProjectId, meant?: Edit['id'] | null): ReplayReport {
  return ports.store.transaction(() => {
    const { redo } = ports.store.edits.next(project);
    if (redo === null) {
      throw new AppError(
        'labels.nothing-to-redo',
        'There is nothing to redo: nothing was undone, or something new was done since.',
      );
    }
    if (meant !== undefined && meant !== redo.id) throw otherToRedo(redo);
    return replayed(ports, redo, 'done');
  });
}

function otherToUndo({ id, title }: Edit, meant: Edit['id'] | null): AppError {
  const why =
    meant === null || meant < id
      ? `"${title}" came in between`
      : `that change is undone already, and the newest one now is "${title}"`;
  return new AppError('labels.other-edit', `Nothing was undone: ${why}. Undo again to take that back.`, {
    data: { edit: id },
  });
}

function otherToRedo({ id, title }: Edit): AppError {
  return new AppError(
    'labels.other-edit',
    `Nothing was done again: what was undone last is "${title}" now. Redo again to do that again.`,
    { data: { edit: id } },
  );
}

/** Part of the transaction that chose the edit. */
function replayed({ store, actor }: EditPorts, edit: Edit, state: Edit['state']): ReplayReport {
  const { changes, passedOver, kept } = replay(store, edit, state, actor());
  store.edits.move(edit.id, state);
  const notes = [
    ...(passedOver > 0
      ? [
          `${count(passedOver, 'photo')} ${passedOver === 1 ? 'was' : 'were'} labelled otherwise since and ${passedOver === 1 ? 'stays' : 'stay'}`,
        ]
      : []),
    ...kept,
  ];
  const done = viewOf(edit);
  const title = notes.length === 0 ? done.title : `${done.title} (${notes.join('; ')})`;
  return {
    edited: {
      ...photosOf(store, edit.projectId, changes),
      made: null,
      ...editState({ store }, edit.projectId),
      done: { ...done, title },
    },
    changes,
  };
}

/**
 * Does an edit's changes backwards or once more. What became of a photo or a class by other means since (a table of labels
 * was imported, a name was taken) is never overwritten: it stays, and is told.
 */
import type { ClassFields, Edit, EditChange } from '../domain/edit.ts';
import { AppError } from '../domain/errors.ts';
import type { ClassId, ProjectId } from '../domain/ids.ts';
import type { LabelEvent } from '../domain/label.ts';
import type { Store } from '../ports/repositories.ts';

export interface Replay {
  /** What it did, which is less than the edit where something stayed. */
  readonly changes: readonly EditChange[];
  /** Photos whose label is another one than the edit left. */
  readonly passedOver: number;
  /** What else stayed as it is, as parts of a sentence. */
  readonly kept: readonly string[];
}

type Direction = Edit['state'];

export function replay(store: Store, edit: Edit, direction: Direction, actor: string): Replay {
  const { projectId: project } = edit;
  const changes: EditChange[] = [];
  const kept: string[] = [];
  let passedOver = 0;
  const order = direction === 'done' ? edit.changes : edit.changes.toReversed();
  for (const change of order) {
    switch (change.kind) {
      case 'labels': {
        const labels = replayLabels(store, project, change, direction, actor);
        passedOver += labels.passedOver;
        changes.push(...labels.changes);
        break;
      }
      case 'mark': {
        const to = direction === 'done' ? change.to : !change.to;
        const photos = store.photos.mark(project, change.photos, change.mark, to);
        if (photos.length > 0) changes.push({ ...change, to, photos });
        break;
      }
      default: {
        const problem = replayClass(store, project, change, direction);
        if (problem === null) changes.push(change);
        else kept.push(problem);
      }
    }
  }
  return { changes, passedOver, kept };
}

function replayLabels(
  store: Store,
  project: ProjectId,
  { first, last }: { readonly first: number; readonly last: number },
  direction: Direction,
  actor: string,
): { readonly changes: readonly EditChange[]; readonly passedOver: number } {
  const events = store.labels.events(project, first - 1, last - first + 1);
  const there = new Set<ClassId | null>([null, ...store.classes.list(project).map(({ id }) => id)]);
  const steps = direction === 'done' ? events.map(forth) : events.toReversed().map(back);
  const possible = steps.filter(({ classId }) => there.has(classId));
  // Done again it is the same act as the first time; undone it is not the act that once set that label.
  const source = direction === 'done' ? (events[0]?.source ?? 'manual') : 'undo';
  const batch = store.labels.set(project, possible, { actor, source });
  const changes: readonly EditChange[] =
    batch.changed === 0 ? [] : [{ kind: 'labels', first: batch.revision - batch.changed + 1, last: batch.revision }];
  return { changes, passedOver: batch.passedOver + steps.length - possible.length };
}

const forth = ({ photoId, from, to }: LabelEvent) => ({ photoId, classId: to, onlyFrom: from });
const back = ({ photoId, from, to }: LabelEvent) => ({ photoId, classId: from, onlyFrom: to });

type ClassChange = Exclude<EditChange, { readonly kind: 'labels' | 'mark' }>;

/** Null, or why it stays as it is. */
function replayClass(store: Store, project: ProjectId, change: ClassChange, direction: Direction): string | null {
  const again = direction === 'done';
  switch (change.kind) {
    case 'class-added':
      return again ? restore(store, change.class) : retire(store, change.class);
    case 'class-retired':
      return again ? retire(store, change.class) : restore(store, change.class);
    case 'class-edited':
      return again
        ? editBack(store, change.class, change.to, change.from)
        : editBack(store, change.class, change.from, change.to);
    case 'classes-ordered': {
      const now = store.classes.list(project).map(({ id }) => id);
      const wanted = (again ? change.to : change.from).filter((id) => now.includes(id));
      store.classes.arrange(project, [...wanted, ...now.filter((id) => !wanted.includes(id))]);
      return null;
    }
  }
}

function retire(store: Store, id: ClassId): string | null {
  return unless('classes.in-use', `the class "${store.classes.get(id).name}" has photos and stays`, () =>
    store.classes.retire(id),
  );
}

function restore(store: Store, id: ClassId): string | null {
  return unless('classes.name-taken', `another class is called "${store.classes.get(id).name}" now`, () =>
    store.classes.restore(id),
  );
}

/** Only what is still as the edit left it. */
function editBack(store: Store, id: ClassId, wanted: Partial<ClassFields>, left: Partial<ClassFields>): string | null {
  const now = store.classes.get(id);
  const { name, color, key } = wanted;
  const colored = color !== undefined && left.color === now.color ? { color } : {};
  const keyed = key !== undefined && left.key === now.key ? { key } : {};
  const named = name !== undefined && left.name === now.name ? { name } : {};
  store.classes.edit(id, colored);
  const keyProblem = unless('classes.key-taken', `the key "${key ?? ''}" belongs to another class now`, () => {
    store.classes.edit(id, keyed);
  });
  const nameProblem = unless('classes.name-taken', `another class is called "${name ?? ''}" now`, () => {
    store.classes.edit(id, named);
  });
  return nameProblem ?? keyProblem;
}

/** Null; `problem` where the error has this code. The store has then undone what the step did. */
function unless(code: string, problem: string, work: () => void): string | null {
  try {
    work();
    return null;
  } catch (error) {
    if (error instanceof AppError && error.code === code) return problem;
    throw error;
  }
}

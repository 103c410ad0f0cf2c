/** Who changed which label when and from what: as a table, and checked against its seals. */
import type { HistoryReport } from '../contract/labels.ts';
import { AppError } from '../domain/errors.ts';
import type { ClassId, PhotoId, ProjectId } from '../domain/ids.ts';
import type { HistoryProblem, LabelEvent } from '../domain/label.ts';
import type { Project } from '../domain/project.ts';
import type { Cell } from '../ports/files.ts';
import type { Store } from '../ports/repositories.ts';

interface Ports {
  readonly store: Store;
}

export const HISTORY_COLUMNS = ['revision', 'at', 'who', 'by', 'file', 'from', 'to'] as const;

/** Events read at once. */
const STRIDE = 10_000;

/**
 * One row an event, oldest first; times in UTC, an empty label is none. Classes have the names they have now, photos the
 * paths. Throws `labels.no-history`.
 */
export function* historyRows({ store }: Ports, project: Project): Generator<readonly Cell[]> {
  if (store.labels.revision(project.id) === 0) {
    throw new AppError(
      'labels.no-history',
      `No label of project "${project.name}" was ever set, so there is no history to export. Nothing was written.`,
    );
  }
  const names = store.classes.names(project.id);
  const paths = new Map(store.photos.stamps(project.id, null).map(({ id, path }) => [id, path]));
  for (const event of eventsOf(store, project.id)) yield rowOf(event, names, paths);
}

function* eventsOf(store: Store, project: ProjectId): Generator<LabelEvent> {
  let events = store.labels.events(project, 0, STRIDE);
  while (events.length > 0) {
    yield* events;
    events = store.labels.events(project, events.at(-1)?.revision ?? 0, STRIDE);
  }
}

function rowOf(
  { revision, at, actor, source, photoId, from, to }: LabelEvent,
  names: ReadonlyMap<ClassId, string>,
  paths: ReadonlyMap<PhotoId, string>,
): readonly Cell[] {
  const name = (id: ClassId | null): Cell => (id === null ? null : (names.get(id) ?? null));
  return [revision, new Date(at).toISOString(), actor, source, paths.get(photoId) ?? null, name(from), name(to)];
}

/**
 * Also looks for a seal that was written down earlier, whatever was labelled since; null where there is none. Throws
 * `labels.digest-invalid`.
 */
export function checkHistory({ store }: Ports, project: Project, writtenDown: string | null): HistoryReport {
  if (writtenDown !== null && !/^[0-9a-f]{64}$/i.test(writtenDown)) {
    throw new AppError(
      'labels.digest-invalid',
      `"${writtenDown}" is no seal: it has 64 digits from 0 to 9 and a to f. Nothing was checked.`,
    );
  }
  const check = store.labels.check(project.id);
  const sentences = check.problems.map(sentenceOf);
  if (writtenDown === null || store.labels.hasSeal(project.id, writtenDown)) return { ...check, sentences };
  return {
    ...check,
    sentences: [...sentences, `No act has the seal ${writtenDown}; the newest is ${check.digest ?? 'not made yet'}.`],
  };
}

function sentenceOf(problem: HistoryProblem): string {
  switch (problem.kind) {
    case 'changed':
      return problem.from === problem.to
        ? `Event ${problem.from} is not as it was when it was made.`
        : `Among the events ${problem.from} to ${problem.to} some are not as they were when they were made.`;
    case 'missing':
      return problem.from === problem.to
        ? `Event ${problem.from} is missing.`
        : `Of the events ${problem.from} to ${problem.to} some are missing.`;
    case 'added':
      return problem.from === problem.to
        ? `Event ${problem.from} was not added by an act of this program: it has no seal, or the project does not count it.`
        : `Of the events ${problem.from} to ${problem.to} some were not added by an act of this program: they have no seal, or the project does not count them.`;
    case 'label':
      return problem.revision === null
        ? `"${problem.path}" has a label and no event that set it.`
        : `"${problem.path}" has another label than its last event (${problem.revision}) says.`;
  }
}

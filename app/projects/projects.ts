/** Projects: one set of photos with its classes, labels, splits and runs. */
import { AppError } from '../domain/errors.ts';
import type { ProjectId } from '../domain/ids.ts';
import { isOneLine, oneLine } from '../domain/one-line.ts';
import type { PhotoState } from '../domain/photo.ts';
import type { Project, ProjectFolder } from '../domain/project.ts';
import type { Split } from '../domain/split.ts';
import type { Store } from '../ports/repositories.ts';

interface Ports {
  readonly store: Store;
}

export interface ProjectSummary {
  readonly project: Project;
  readonly folders: readonly ProjectFolder[];
  readonly photos: Readonly<Record<PhotoState, number>>;
  /** In the order of the classes. */
  readonly classes: readonly { readonly name: string; readonly photos: number }[];
  readonly unlabelled: number;
  readonly latestSplit: Split | null;
  readonly runs: number;
}

const LONGEST_NAME = 100;

/** Throws `projects.name-invalid`, `projects.name-taken`. */
export function createProject({ store }: Ports, name: string): Project {
  return store.projects.create(projectName(name));
}

/** Throws `projects.name-invalid`, `projects.name-taken`. */
export function renameProject({ store }: Ports, id: ProjectId, name: string): Project {
  return store.projects.rename(id, projectName(name));
}

/** That name as near as a project can have it; with a number where it is taken: "plots 2". Throws `projects.name-invalid`. */
export function freeProjectName({ store }: Ports, wanted: string): string {
  const fitting = Array.from(oneLine(wanted)).slice(0, LONGEST_NAME - 10);
  const base = projectName(fitting.join(''));
  let name = base;
  for (let number = 2; store.projects.find(name) !== null; number++) name = `${base} ${number}`;
  return name;
}

function projectName(name: string): string {
  const trimmed = name.trim();
  // A character is at most two units.
  const fits = trimmed.length <= 2 * LONGEST_NAME && Array.from(trimmed).length <= LONGEST_NAME;
  if (trimmed !== '' && fits && isOneLine(trimmed)) return trimmed;
  throw new AppError(
    'projects.name-invalid',
    `A project's name has 1 to ${LONGEST_NAME} characters on one line. Nothing was changed.`,
    { data: { name: trimmed.slice(0, LONGEST_NAME) } },
  );
}

export function listProjects({ store }: Ports): readonly ProjectSummary[] {
  return store.projects.list().map((project) => summarise(store, project));
}

export function showProject({ store }: Ports, project: Project): ProjectSummary {
  return summarise(store, project);
}

/**
 * The project with that name; without a name the only one there is. Throws `projects.unknown`, `projects.none` where
 * there is none at all, `projects.ambiguous` where a name is needed.
 */
export function resolveProject({ store }: Ports, name: string | null): Project {
  const all = store.projects.list();
  const names = all.map((project) => project.name);
  if (name !== null) {
    const found = all.find((project) => project.name === name);
    if (found !== undefined) return found;
    throw new AppError('projects.unknown', `There is no project "${name}". ${known(names)}`, {
      data: { name, known: names },
    });
  }
  const [only, second] = all;
  if (only === undefined) throw new AppError('projects.none', known(names));
  if (second === undefined) return only;
  throw new AppError(
    'projects.ambiguous',
    `There are ${all.length} projects: say which one is meant. ${known(names)}`,
    {
      data: { known: names },
    },
  );
}

function known(names: readonly string[]): string {
  return names.length === 0
    ? 'This profile has no project yet: create one with "project create NAME".'
    : `Known are: ${names.map((name) => `"${name}"`).join(', ')}.`;
}

function summarise(store: Store, project: Project): ProjectSummary {
  const { id } = project;
  const counts = new Map(store.labels.counts(id).map(({ classId, photos }) => [classId, photos]));
  return {
    project,
    folders: store.projects.folders(id),
    photos: store.photos.countByState(id),
    classes: store.classes.list(id).map((one) => ({ name: one.name, photos: counts.get(one.id) ?? 0 })),
    unlabelled: counts.get(null) ?? 0,
    latestSplit: store.splits.latest(id),
    runs: store.runs.list(id).length,
  };
}

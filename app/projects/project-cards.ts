/** Projects as a person chooses among them. */
import type { ProjectCard } from '../contract/projects.ts';
import type { Project } from '../domain/project.ts';
import type { Store } from '../ports/repositories.ts';

const COVERS = 4;

/** Last opened first; one that was never opened stands where it was created. */
export function projectCards(store: Store): readonly ProjectCard[] {
  return store.projects
    .list()
    .toSorted((a, b) => (b.openedAt ?? b.createdAt) - (a.openedAt ?? a.createdAt))
    .map((project) => projectCard(store, project));
}

export function projectCard(store: Store, { id, name, createdAt, openedAt }: Project): ProjectCard {
  const runs = store.runs.list(id);
  const { total, labelled } = store.library.counts(id);
  return {
    id,
    name,
    createdAt,
    openedAt,
    folders: store.projects.folders(id).map(({ path }) => path),
    photos: total,
    labelled,
    classes: store.classes.list(id).length,
    runs: runs.length,
    covers: store.library.covers(id, COVERS).map(({ photo, hash }) => ({ photo, hash: hash.slice(0, 16) })),
    lastResult: lastResult(runs),
  };
}

function lastResult(runs: ReturnType<Store['runs']['list']>): ProjectCard['lastResult'] {
  for (const { id, name, state, result, endedAt, createdAt } of runs) {
    if (state !== 'finished' || result === null) continue;
    const { test, validation } = result.evaluations;
    const evaluation = test ?? validation;
    if (evaluation === null) continue;
    return {
      run: id,
      runName: name,
      subset: test === null ? 'validation' : 'test',
      accuracy: evaluation.accuracy,
      at: endedAt ?? createdAt,
    };
  }
  return null;
}

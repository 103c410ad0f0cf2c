/** The runs of a sweep, by the tag that they were given. */
import { AppError } from '../domain/errors.ts';
import type { Project } from '../domain/project.ts';
import type { Run } from '../domain/run.ts';
import { sweepOfTag, sweepTag } from '../domain/sweep.ts';
import type { Store } from '../ports/repositories.ts';

/** `sweep 3`, or 3; null: the newest. In the order in which they were made. Throws `runs.no-sweep`. */
export function findSweep(
  { store }: { readonly store: Store },
  project: Project,
  reference: string | null,
): { readonly tag: string; readonly runs: readonly Run[] } {
  const runs = [...store.runs.list(project.id)].sort((a, b) => a.number - b.number);
  const tags = runs.flatMap(({ tags: own }) => own.filter((tag) => sweepOfTag(tag) !== null));
  const wanted = reference === null ? tags.at(-1) : /^\d+$/.test(reference) ? sweepTag(Number(reference)) : reference;
  const found = runs.filter(({ tags: own }) => wanted !== undefined && own.includes(wanted));
  if (wanted !== undefined && found.length > 0) return { tag: wanted, runs: found };
  throw new AppError(
    'runs.no-sweep',
    reference === null
      ? `"${project.name}" has no sweep yet. Start one: dtl sweep run --learning-rates 1e-3,3e-3 --seeds 0,1,2`
      : `"${project.name}" has no runs with the tag "${wanted ?? reference}".`,
  );
}

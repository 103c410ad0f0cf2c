import { AppError } from '../domain/errors.ts';
import type { Project } from '../domain/project.ts';
import type { Split } from '../domain/split.ts';
import type { Store } from '../ports/repositories.ts';

/**
 * By name or number; null asks for the newest, and gives null where the project has none yet. Throws `splits.unknown`.
 */
export function findSplit(
  { store }: { readonly store: Store },
  project: Project,
  reference: string | null,
): Split | null {
  if (reference === null) return store.splits.latest(project.id);
  const all = store.splits.list(project.id);
  const found = all.find(({ name, number }) => name === reference || String(number) === reference);
  if (found !== undefined) return found;
  const known = all.map(({ name }) => `"${name}"`).join(', ');
  throw new AppError(
    'splits.unknown',
    `Project "${project.name}" has no split "${reference}". ${known === '' ? 'It has none yet: draw one.' : `Known are: ${known}.`}`,
    { data: { split: reference } },
  );
}

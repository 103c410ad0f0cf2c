/** Names of classes while they are typed: what is wrong with one, and which classes it may mean. */
import { fitClassName } from '#app/domain/class-name.ts';
import type { ClassView } from '#app/contract/labels.ts';
import type { ClassId } from '#app/domain/ids.ts';

type Named = Pick<ClassView, 'id' | 'name'>;

/** Why a class cannot be called that; null where it can. `own` is the class that is being renamed. */
export function nameProblem(name: string, classes: readonly Named[], own: ClassId | null): string | null {
  const fit = fitClassName(name);
  if (fit === null) {
    return name.trim() === '' ? 'Type a name.' : 'A name has at most 100 characters, on one line.';
  }
  const taken = classes.some((one) => one.id !== own && one.name === fit);
  return taken ? `There is a class "${fit}" already. Choose another name, or merge the two.` : null;
}

/** Classes that the typed text may mean, the likeliest first: by whole name, beginning, a word's beginning, any part. */
export function matching<T extends Named>(typed: string, classes: readonly T[]): readonly T[] {
  const wanted = typed.trim().toLowerCase();
  if (wanted === '') return classes;
  const rank = (name: string): number => {
    const lower = name.toLowerCase();
    if (lower === wanted) return 0;
    if (lower.startsWith(wanted)) return 1;
    if (lower.split(/[\s_./-]+/).some((word) => word.startsWith(wanted))) return 2;
    return lower.includes(wanted) ? 3 : 4;
  };
  return classes
    .map((one) => ({ one, rank: rank(one.name) }))
    .filter((ranked) => ranked.rank < 4)
    .sort((a, b) => a.rank - b.rank)
    .map(({ one }) => one);
}

/** Runs that differ by nothing but their seed, and how far their results spread. */
import type { Comparison } from '#app/contract/runs.ts';

export interface SeedGroup {
  /** Places of its runs in the comparison. */
  readonly members: readonly number[];
}

export interface Spread {
  readonly mean: number;
  /** Of the sample, with n - 1; null for a single value. */
  readonly deviation: number | null;
  readonly n: number;
}

/** Only groups of two and more; in the order of their first run. */
export function seedGroups({ runs, settings }: Pick<Comparison, 'runs' | 'settings'>): readonly SeedGroup[] {
  const others = settings.filter(({ name }) => name.toLowerCase() !== 'seed');
  const groups = new Map<string, number[]>();
  runs.forEach((_, at) => {
    const key = JSON.stringify(others.map(({ values }) => values[at] ?? null));
    groups.set(key, [...(groups.get(key) ?? []), at]);
  });
  return [...groups.values()].filter((members) => members.length > 1).map((members) => ({ members }));
}

/** Over the values that are there; null where there is none. */
export function spread(values: readonly (number | null)[]): Spread | null {
  const known = values.filter((value) => value !== null);
  if (known.length === 0) return null;
  const mean = known.reduce((sum, value) => sum + value, 0) / known.length;
  const squares = known.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: known.length < 2 ? null : Math.sqrt(squares / (known.length - 1)), n: known.length };
}

/** Places of the best values of a row: all that share it; none where only one run has a value. */
export function bestOf(values: readonly (number | null)[], best: 'high' | 'low'): ReadonlySet<number> {
  const known = values.filter((value) => value !== null);
  if (known.length < 2) return new Set();
  const top = best === 'high' ? Math.max(...known) : Math.min(...known);
  if (known.every((value) => value === top)) return new Set();
  return new Set(values.flatMap((value, at) => (value === top ? [at] : [])));
}

/** Values of finished runs alone: a run that is still at work, or broke off, is neither the fastest nor part of a mean. */
export function finishedOnly(runs: Comparison['runs'], values: readonly (number | null)[]): readonly (number | null)[] {
  return values.map((value, at) => (runs[at]?.state === 'finished' ? value : null));
}

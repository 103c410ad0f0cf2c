/** Colour and key of classes that come with nothing but a name. */
import type { LabelClass, NewLabelClass } from './label.ts';

/** Tableau's ten, made to be told apart; further classes go round again. */
const colors = [
  '#4e79a7',
  '#f28e2b',
  '#e15759',
  '#76b7b2',
  '#59a14f',
  '#edc948',
  '#b07aa1',
  '#ff9da7',
  '#9c755f',
  '#bab0ac',
] as const;
/** Without F, G, I, U, X and Z, which mean something everywhere photos are looked at. */
const keys = Array.from('1234567890abcdehjklmnopqrstvwy');

/** Classes for those of `names` that do not exist yet, in the given order. */
export function newClasses(existing: readonly LabelClass[], names: readonly string[]): readonly NewLabelClass[] {
  const known = new Set(existing.map(({ name }) => name));
  const free = keys.filter((key) => !existing.some((one) => one.key === key));
  const fresh = [...new Set(names)].filter((name) => !known.has(name));
  return fresh.map((name, at) => ({
    name,
    color: colors[(existing.length + at) % colors.length] ?? colors[0],
    key: free[at] ?? null,
  }));
}

/** `items` with `item` at place `to`; null where that changes nothing. */
export function moved<T>(items: readonly T[], item: T, to: number): readonly T[] | null {
  const from = items.indexOf(item);
  const at = Math.min(Math.max(to, 0), items.length - 1);
  if (from < 0 || from === at) return null;
  const others = items.toSpliced(from, 1);
  return others.toSpliced(at, 0, item);
}

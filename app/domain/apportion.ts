/**
 * `count` things in whole numbers by `shares` (Hamilton's method of largest remainders, ties to the earlier share), with
 * at least one for each share while there are enough. Sums to `count`; shares need not sum to 1.
 */
export function apportion(count: number, shares: readonly number[]): readonly number[] {
  const total = shares.reduce((sum, share) => sum + share, 0);
  const exact = shares.map((share) => (count * share) / total);
  // A quota that is whole but for rounding of the division must not lose its last one.
  const parts = exact.map((value) => Math.floor(value + 1e-9));
  const order = exact
    .map((value, at) => ({ at, remainder: value - (parts[at] ?? 0) }))
    .sort((a, b) => b.remainder - a.remainder || a.at - b.at);
  let left = count - parts.reduce((sum, part) => sum + part, 0);
  for (const { at } of order) if (left-- > 0) parts[at] = (parts[at] ?? 0) + 1;
  for (const [at, part] of parts.entries()) {
    if (part > 0) continue;
    const largest = parts.indexOf(Math.max(...parts));
    if ((parts[largest] ?? 0) <= 1) break;
    parts[largest] = (parts[largest] ?? 0) - 1;
    parts[at] = 1;
  }
  return parts;
}

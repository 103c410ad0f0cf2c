/** Sets of numbers as runs of neighbours, `[start, length, start, length...]`: photos selected together mostly are such. */

/** `values` may come in any order and must not repeat. */
export function toRuns(values: readonly number[]): readonly number[] {
  const runs: number[] = [];
  let next = Number.NaN;
  for (const value of [...values].sort((a, b) => a - b)) {
    if (value === next) runs.push((runs.pop() ?? 0) + 1);
    else runs.push(value, 1);
    next = value + 1;
  }
  return runs;
}

/** Ascending. */
export function fromRuns(runs: readonly number[]): number[] {
  const values: number[] = [];
  for (let at = 0; at < runs.length; at += 2) {
    const start = runs[at] ?? 0;
    const length = runs[at + 1] ?? 0;
    for (let step = 0; step < length; step++) values.push(start + step);
  }
  return values;
}

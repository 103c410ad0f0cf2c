/** Many figures in few. */
import type { Frame } from './clock.ts';

export interface Spread {
  readonly n: number;
  readonly median: number;
  readonly p95: number;
  readonly worst: number;
}

/** Null where nothing was measured. */
export function spread(values: readonly number[]): Spread | null {
  if (values.length === 0) return null;
  const sorted = Float64Array.from(values).sort();
  const at = (share: number): number => sorted[Math.ceil(share * sorted.length) - 1] ?? 0;
  return { n: values.length, median: at(0.5), p95: at(0.95), worst: at(1) };
}

/** Times between whole frames; what is not whole at the beginning or the end counts from or to there. */
export function wholeGaps(frames: readonly Frame[]): readonly number[] {
  const [first, last] = [frames[0], frames.at(-1)];
  if (first === undefined || last === undefined) return [];
  const times = [
    first.at,
    ...frames
      .slice(1, -1)
      .filter(({ whole }) => whole)
      .map(({ at }) => at),
    last.at,
  ];
  return between(times);
}

/** Times between frames. */
export function intervals(frames: readonly Frame[]): readonly number[] {
  return between(frames.map(({ at }) => at));
}

function between(times: readonly number[]): readonly number[] {
  return times.slice(1).map((at, i) => at - (times[i] ?? at));
}

/** What a run's result is worth, in numbers that people can weigh. */

/** Share of right answers that lies behind `hits` of `n` with 95% confidence (Wilson). */
export function wilson(share: number, n: number): readonly [number, number] {
  const z = 1.96;
  const centre = (share + (z * z) / (2 * n)) / (1 + (z * z) / n);
  const half = (z / (1 + (z * z) / n)) * Math.sqrt((share * (1 - share)) / n + (z * z) / (4 * n * n));
  return [Math.max(0, centre - half), Math.min(1, centre + half)];
}

export interface Against {
  /** Right answers more than the probe's, negative for fewer. */
  readonly photos: number;
  /** In percentage points. */
  readonly points: number;
  /** Whether two tests of this size often differ as much by chance alone. */
  readonly chance: boolean;
}

/** The chance is that of two independent tests; on the same photos it is smaller, so this errs to the careful side. */
export function against(accuracy: number, probe: number, n: number): Against {
  const difference = accuracy - probe;
  const error = Math.sqrt((accuracy * (1 - accuracy) + probe * (1 - probe)) / n);
  return {
    photos: Math.round(difference * n),
    points: 100 * difference,
    chance: Math.abs(difference) <= 1.96 * error,
  };
}

/** How long something will take, from how it went so far. */

export interface TimeLeft {
  /** Seconds; null while nobody can say. */
  next(done: number, total: number | null): number | null;
}

/** Weight of the newest interval: high enough to follow a machine that got busy, low enough not to jump. */
const NEWEST = 0.2;
/** What happens in the first moments says little. */
const WARM_UP_SECONDS = 1;

/** `now` in milliseconds. A new total or a `done` that went back starts it anew: that is another phase. */
export function timeLeft(now: () => number): TimeLeft {
  let startedAt = now();
  let lastAt = startedAt;
  let lastDone = 0;
  let lastTotal: number | null = null;
  let rate: number | null = null;
  return {
    next: (done, total) => {
      const at = now();
      if (total !== lastTotal || done < lastDone) {
        [startedAt, lastAt, lastDone, lastTotal, rate] = [at, at, done, total, null];
      }
      const seconds = (at - lastAt) / 1000;
      if (done > lastDone && seconds > 0) {
        const newest = (done - lastDone) / seconds;
        rate = rate === null ? newest : NEWEST * newest + (1 - NEWEST) * rate;
        [lastAt, lastDone] = [at, done];
      }
      if (total === null || rate === null || (at - startedAt) / 1000 < WARM_UP_SECONDS) return null;
      return Math.max(0, total - done) / rate;
    },
  };
}

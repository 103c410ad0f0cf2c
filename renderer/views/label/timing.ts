/**
 * How long it takes from a label's key to the next photo on the screen, as marks and a measure that a benchmark reads:
 * `label-key`, `label-painted`, and `label-key-to-painted` between them.
 */
const MOST_KEPT = 1000;

export interface Timing {
  /** The moment at which the person pressed, in the page's time. */
  pressed(at: number): void;
  painted(): void;
}

export function createTiming(clock: Performance): Timing {
  let start: number | null = null;
  let kept = 0;

  return {
    pressed(at) {
      start = at;
    },
    painted() {
      if (start === null) return;
      const key = clock.mark('label-key', { startTime: start });
      const painted = clock.mark('label-painted');
      if (++kept > MOST_KEPT) {
        for (const name of ['label-key', 'label-painted']) clock.clearMarks(name);
        clock.clearMeasures('label-key-to-painted');
        kept = 0;
      }
      clock.measure('label-key-to-painted', { start: key.startTime, end: painted.startTime });
      start = null;
    },
  };
}

/**
 * Tells a flight over the list from looking at it. Pictures of photos that fly past would only stand in line before those
 * at which the flight ends.
 */

/** Photos a millisecond that can be fetched, decoded and painted without falling behind. */
const MOST = 0.3;
/** Without movement for so long the flight is over. */
export const REST_MS = 90;

export interface Haste {
  /** Whether the list flies now. `photos`: how many come into sight by this step. */
  readonly moved: (photos: number, at: number) => boolean;
}

export function createHaste(): Haste {
  let before = Number.NEGATIVE_INFINITY;
  let fast = 0;
  return {
    moved(photos, at) {
      const passed = at - before;
      before = at;
      // One jump (a page, an end of the list) is no flight: what follows it tells.
      fast = passed > REST_MS ? 0 : photos > MOST * Math.max(passed, 1) ? fast + 1 : 0;
      return fast >= 2;
    },
  };
}

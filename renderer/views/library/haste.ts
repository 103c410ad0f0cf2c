/**
 * Tells a flight over the list from looking at it. Pictures of photos that fly past would only stand in line before those
 * at which the flight ends.
 */

/** Photos a millisecond that can be fetched, decoded and painted without falling behind. */
const MOST = 0.3;
/** A turn of a wheel comes as a burst and a pause: what counts is the mean over both. */
const OVER_MS = 200;
/** Fewer steps are a jump (a page, an end of the list) and no flight: what follows it tells. */
const FEWEST = 3;
/** Without movement for so long the flight is over. */
export const REST_MS = 90;

export interface Haste {
  /** Whether the list flies now. `photos`: how many come into sight by this step. */
  readonly moved: (photos: number, at: number) => boolean;
}

export function createHaste(): Haste {
  let steps: { readonly photos: number; readonly at: number }[] = [];
  return {
    moved(photos, at) {
      steps = [...steps.filter((step) => at - step.at < OVER_MS), { photos, at }];
      const passed = steps.reduce((sum, step) => sum + step.photos, 0);
      return steps.length >= FEWEST && passed > MOST * OVER_MS;
    },
  };
}

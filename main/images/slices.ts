/** Work over many samples in slices, with the event loop running in between, so that a large photo stalls nothing. */
import { setImmediate as nextTurn } from 'node:timers/promises';

/** About 5 ms of simple arithmetic. */
const SLICE = 4_000_000;

/** Calls `work(start, end)` over consecutive ranges that cover 0..length, each range a multiple of `step` long. */
export async function inSlices(
  length: number,
  step: number,
  work: (start: number, end: number) => void,
): Promise<void> {
  const size = Math.max(step, SLICE - (SLICE % step));
  for (let start = 0; start < length; start += size) {
    if (start > 0) await nextTurn();
    work(start, Math.min(length, start + size));
  }
}

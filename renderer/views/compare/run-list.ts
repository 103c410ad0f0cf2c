/** Which runs are compared: written in the address, so that a comparison can be gone back to. */
import { runId } from '#app/domain/id-of.ts';
import type { RunId } from '#app/domain/ids.ts';

/** `3,5,8`; what is no run's number is passed over. */
export function readRuns(written: unknown): readonly RunId[] {
  const numbers = typeof written === 'string' ? written.split(',').filter((part) => /^[1-9]\d{0,14}$/.test(part)) : [];
  return [...new Set(numbers.map(Number))].map((number) => runId(number));
}

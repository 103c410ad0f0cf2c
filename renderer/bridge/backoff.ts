const FIRST_MS = 250;
const LONGEST_MS = 5000;

/** Milliseconds before attempt number `attempt` (from 0) to reach the core: doubled each time, at most five seconds. */
export function nextDelay(attempt: number): number {
  return Math.min(LONGEST_MS, FIRST_MS * 2 ** attempt);
}

/** Whether a run fits into the memory, as people read it. */
import type { Fit } from './choose-memory.ts';

export interface PlannedFit {
  readonly fit: Fit;
  readonly peakBytes: number;
  readonly budgetBytes: number;
  readonly freeBytes: number;
}

export function memoryWords(
  { fit, peakBytes, budgetBytes, freeBytes }: PlannedFit,
  bytes: (value: number) => string,
): string {
  const takes = `it takes up to ${bytes(peakBytes)} of memory`;
  if (fit === 'fits') return `Fits: ${takes}, and ${bytes(freeBytes)} are free.`;
  if (fit === 'tight') {
    return `Tight: ${takes}, more than the ${bytes(budgetBytes)} that it may take of the ${bytes(freeBytes)} that are free.`;
  }
  return `Does not fit: ${takes}, and ${bytes(freeBytes)} are free.`;
}

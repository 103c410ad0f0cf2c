/** How a run keeps to its memory: how many photos at once, whether weights are packed, what is computed twice. */
import type { PlannedMemory, RunPlan, WeightPrecision } from './run-config.ts';

/** What the engine's forecast depends on, beside the network itself. */
export interface MemoryChoice extends Pick<PlannedMemory, 'packWeights' | 'recompute' | 'evaluation'> {
  readonly microBatch: number;
}

/** Expected peak of an engine process in bytes, forecast from the graphs of the run. */
export type PeakOf = (choice: MemoryChoice) => number;

/** Of the memory that is free when a run is planned, unless the person says how much it may take. */
const SHARE = 0.5;

export function memoryBudget(freeBytes: number): number {
  return Math.floor(SHARE * freeBytes);
}

/** Above it, making a session anew for each evaluation is nothing beside an epoch, and its weights are much beside the rest. */
const LARGE_WEIGHTS = 150e6;

/** The fastest first. Fewer photos at once cost less time than weights that are not packed. */
function waysFor({
  weightBytes,
  weights,
}: Pick<MemoryNeeds, 'weightBytes' | 'weights'>): readonly Omit<MemoryChoice, 'microBatch'>[] {
  const beside = { packWeights: true, recompute: 'none', evaluation: 'beside' } as const;
  const packed = [
    ...(weightBytes < LARGE_WEIGHTS ? [beside] : []),
    { packWeights: true, recompute: 'none', evaluation: 'alone' } as const,
  ];
  // Products of 8 bits that are not packed are slower than those of float32.
  if (weights === 'int8') return [...packed, { packWeights: true, recompute: 'attention', evaluation: 'alone' }];
  return [
    ...packed,
    { packWeights: false, recompute: 'none', evaluation: 'alone' },
    { packWeights: false, recompute: 'attention', evaluation: 'alone' },
  ];
}

export interface MemoryNeeds {
  /** From the most photos at once to the fewest. */
  readonly microBatches: readonly number[];
  /** What the backbone takes in `weights`. */
  readonly weightBytes: number;
  readonly weights: WeightPrecision;
  readonly budgetBytes: number;
  readonly peakOf: PeakOf;
}

/** The fastest choice whose forecast keeps to the budget; the smallest one where none does. */
export function chooseMemory({ microBatches, weightBytes, weights, budgetBytes, peakOf }: MemoryNeeds): {
  readonly microBatch: number;
  readonly memory: PlannedMemory;
} {
  let smallest: { readonly choice: MemoryChoice; readonly peakBytes: number } | null = null;
  for (const way of waysFor({ weightBytes, weights })) {
    for (const microBatch of microBatches) {
      const choice = { microBatch, ...way };
      const peakBytes = peakOf(choice);
      if (smallest === null || peakBytes < smallest.peakBytes) smallest = { choice, peakBytes };
      if (peakBytes <= budgetBytes) return planned(choice, peakBytes, budgetBytes);
    }
  }
  if (smallest === null) throw new RangeError('There is no micro-batch to choose from.');
  return planned(smallest.choice, smallest.peakBytes, budgetBytes);
}

function planned({ microBatch, ...way }: MemoryChoice, peakBytes: number, budgetBytes: number) {
  return { microBatch, memory: { ...way, peakBytes, budgetBytes } };
}

export type Fit = 'fits' | 'tight' | 'does not fit';

/** Tight is more than the run may take and less than is free. */
export function fitOf({ peakBytes, budgetBytes }: PlannedMemory, freeBytes: number): Fit {
  if (peakBytes <= budgetBytes && peakBytes <= freeBytes) return 'fits';
  return peakBytes <= freeBytes ? 'tight' : 'does not fit';
}

/** `most`, and its halves down to one photo. */
export function microBatchesDownFrom(most: number): readonly number[] {
  const sizes: number[] = [];
  for (let size = most; size >= 1; size = Math.floor(size / 2)) sizes.push(size);
  return sizes;
}

export type PlanSettings = Omit<RunPlan, 'memory' | 'weights'> & { readonly weights?: WeightPrecision };

/** The plan without what it was expected to need: that speaks of the machine's state at the start, not of the run. */
export function planSettings({ provider, threads, microBatch, cache, weights }: RunPlan): PlanSettings {
  return { provider, threads, microBatch, cache, ...(weights === undefined ? {} : { weights }) };
}

/** How many runs the fields of the Train screen come to: one for each learning rate and seed. */
import type { LearningRates } from './learning-rates.ts';
import type { Seeds } from './seeds.ts';

/** The core takes no more at once. */
export const MOST_RUNS = 100;

export interface Members {
  readonly seeds: number;
  readonly learningRates: number;
}

/** Fields that cannot be read count as one, and so do learning rates that are the recipe's own. */
export function membersOf({ seeds }: Pick<Seeds, 'seeds'>, { rates }: Pick<LearningRates, 'rates'>): Members {
  return { seeds: seeds?.length ?? 1, learningRates: Math.max(1, rates?.length ?? 1) };
}

export function runsOf({ seeds, learningRates }: Members): number {
  return seeds * learningRates;
}

/** Why so many are not started; null where they can be. */
export function tooMany(members: Members): string | null {
  const { seeds, learningRates } = members;
  const runs = runsOf(members);
  if (runs <= MOST_RUNS) return null;
  return `${learningRates} learning rates × ${seeds} seeds are ${runs} runs, more than ${MOST_RUNS} at once. Start them in several goes.`;
}

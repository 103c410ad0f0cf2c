/** What a sweep came to, in sentences. */
import type { SweepPage } from '#app/contract/runs.ts';
import { count } from '#app/domain/count.ts';
import type { MeanAndDeviation } from '#app/domain/sweep.ts';
import { isComplete } from '#app/domain/sweep.ts';
import { spreadText } from '../compare/result-text.ts';

type Summary = Pick<SweepPage, 'rates' | 'best' | 'settled'>;

/** `4 of 6 runs are finished, 1 stopped or failed.` */
export function stateWords(runs: readonly Pick<SweepPage['runs'][number], 'state'>[]): string {
  const of = (...states: readonly string[]): number => runs.filter(({ state }) => states.includes(state)).length;
  const broken = of('stopped', 'failed');
  const finished = of('finished');
  return (
    `${finished} of ${count(runs.length, 'run')} ${finished === 1 ? 'is' : 'are'} finished` +
    `${broken === 0 ? '' : `, ${broken} stopped or failed`}.`
  );
}

export function verdict({ rates, best, settled }: Summary): string {
  if (best === null) {
    return settled
      ? 'No run with validation photos has finished, so no learning rate can be called the best.'
      : 'No run with validation photos has finished yet.';
  }
  const told = rates.filter(({ validation }) => validation !== null);
  const complete = told.filter(isComplete);
  // Rates of which a run failed come behind those of which all finished, whatever the rest came to.
  const judged = complete.length > 0 ? complete : told;
  const top = judged.find(({ learningRate }) => learningRate === best)?.validation?.mean;
  const equals = judged.filter(({ validation }) => validation?.mean === top).length;
  const tie = equals > 1 ? `, the lowest of ${equals} that did equally well` : '';
  const when = settled ? '' : ' so far';
  const passed = told.length - judged.length;
  const unfinished = passed === 0 ? '' : `, ${count(passed, 'other')} with unfinished runs left aside`;
  return `${best} is the best of ${count(judged.length, 'learning rate')} by validation${when}${tie}${unfinished}; the test photos had no say.`;
}

/** Why the column of the test says so little. */
export function testWords({ best, settled }: Pick<Summary, 'best' | 'settled'>): string {
  if (!settled) return 'The test accuracy of the best is shown once every run has ended.';
  return best === null
    ? 'Test accuracy is shown for the best alone.'
    : 'Test accuracy is shown for the best alone: choosing by it would make the test photos validation photos.';
}

export function spreadWords(value: MeanAndDeviation | null, runs: number): string {
  return spreadText(value === null ? null : { ...value, n: runs }, 'share');
}

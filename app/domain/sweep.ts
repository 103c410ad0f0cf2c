/** Several learning rates and seeds of one training, judged on the validation photos alone. */
import type { Run } from './run.ts';

/** What a sweep's runs have in common; learning rates left out: the recipe's own. */
export interface SweepMembers {
  readonly seeds: readonly number[];
  readonly learningRates?: readonly number[];
}

/** Of the sample, with n - 1; null for a single value. */
export interface MeanAndDeviation {
  readonly mean: number;
  readonly deviation: number | null;
}

export interface SweepRow {
  readonly learningRate: number;
  readonly seeds: readonly number[];
  readonly finished: number;
  readonly validation: MeanAndDeviation | null;
  /** Of the best alone, once all runs have ended: choosing by it would make it a validation set. */
  readonly test: MeanAndDeviation | null;
}

export interface SweepSummary {
  /** In ascending order of the learning rate. */
  readonly rows: readonly SweepRow[];
  /**
   * The learning rate of the best mean validation accuracy, the lower one of equals; null before there is one. Rates of which
   * every run finished come first: a mean over those that did not diverge says too much.
   */
  readonly best: number | null;
  /** Its run that did best on validation, the lowest seed of equals. */
  readonly bestRun: Run | null;
  /** Whether every run has ended. */
  readonly settled: boolean;
}

/** The tag that all runs of a sweep get, after the number of its first run. */
export function sweepTag(firstRun: number): string {
  return `sweep ${firstRun}`;
}

/** Null for a tag of another kind. */
export function sweepOfTag(tag: string): number | null {
  const match = /^sweep ([1-9]\d{0,14})$/.exec(tag);
  return match === null ? null : Number(match[1]);
}

export function summariseSweep(runs: readonly Run[]): SweepSummary {
  const rates = [...new Set(runs.map(rateOf))].sort((a, b) => a - b);
  const rows = rates.map((learningRate): SweepRow => {
    const own = runs.filter((run) => rateOf(run) === learningRate);
    return {
      learningRate,
      seeds: own.map(({ config }) => config.seed),
      finished: own.filter(({ result }) => result !== null).length,
      validation: spread(own.flatMap((run) => validationOf(run) ?? [])),
      test: spread(own.flatMap(({ result }) => result?.evaluations.test?.accuracy ?? [])),
    };
  });
  const judged = rows.filter(({ validation }) => validation !== null);
  const [first] = judged.sort(
    (a, b) => Number(isComplete(b)) - Number(isComplete(a)) || (b.validation?.mean ?? 0) - (a.validation?.mean ?? 0),
  );
  const best = first?.learningRate ?? null;
  const [bestRun] = runs
    .filter((run) => rateOf(run) === best && validationOf(run) !== null)
    .sort((a, b) => (validationOf(b) ?? 0) - (validationOf(a) ?? 0) || a.config.seed - b.config.seed);
  const settled = runs.every(({ state }) => state !== 'queued' && state !== 'running');
  return {
    rows: rows.map((row) => (settled && row.learningRate === best ? row : { ...row, test: null })),
    best,
    bestRun: bestRun ?? null,
    settled,
  };
}

export function isComplete({ finished, seeds }: Pick<SweepRow, 'finished' | 'seeds'>): boolean {
  return finished === seeds.length;
}

function rateOf({ config }: Run): number {
  return config.recipe.learningRate;
}

function validationOf({ result }: Run): number | null {
  return result?.evaluations.validation?.accuracy ?? null;
}

function spread(values: readonly number[]): MeanAndDeviation | null {
  if (values.length === 0) return null;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: values.length < 2 ? null : Math.sqrt(squares / (values.length - 1)) };
}

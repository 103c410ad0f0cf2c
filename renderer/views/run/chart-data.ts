/** A run's epochs as columns of numbers over one axis. */
import type { RecordedMetric } from '#app/domain/run.ts';

export type Values = readonly (number | null)[];

export interface Curves {
  readonly epochs: readonly number[];
  readonly trainLoss: Values;
  readonly validationLoss: Values;
  readonly accuracy: Values;
  readonly macroF1: Values;
  readonly learningRate: Values;
  readonly imagesPerSecond: Values;
  readonly memory: Values;
}

export function curvesOf(metrics: readonly RecordedMetric[]): Curves {
  const column = (value: (metric: RecordedMetric) => number | null): Values => metrics.map(value);
  return {
    epochs: metrics.map(({ epoch }) => epoch),
    trainLoss: column(({ trainLoss }) => trainLoss),
    validationLoss: column(({ validation }) => validation?.loss ?? null),
    accuracy: column(({ validation }) => validation?.accuracy ?? null),
    macroF1: column(({ validation }) => validation?.macroF1 ?? null),
    learningRate: column(({ learningRate }) => learningRate),
    imagesPerSecond: column(({ imagesPerSecond }) => imagesPerSecond),
    memory: column(({ rssBytes }) => rssBytes),
  };
}

/** Curves of several runs over all epochs that one of them has: a gap where a run has no value. */
export function overlay(
  runs: readonly (readonly RecordedMetric[])[],
  pick: (metric: RecordedMetric) => number | null,
): { readonly epochs: readonly number[]; readonly values: readonly Values[] } {
  const epochs = [...new Set(runs.flatMap((metrics) => metrics.map(({ epoch }) => epoch)))].sort((a, b) => a - b);
  const values = runs.map((metrics) => {
    const byEpoch = new Map(metrics.map((metric) => [metric.epoch, pick(metric)]));
    return epochs.map((epoch) => byEpoch.get(epoch) ?? null);
  });
  return { epochs, values };
}

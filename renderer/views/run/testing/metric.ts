/** What an epoch showed, for tests. */
import type { RecordedMetric } from '#app/domain/run.ts';

export function metric(epoch: number, changes: Partial<RecordedMetric> = {}): RecordedMetric {
  return {
    epoch,
    trainLoss: 2,
    learningRate: 1e-3,
    validation: { loss: 1, accuracy: 0.5, macroF1: 0.4 },
    imagesPerSecond: 50,
    rssBytes: 4e8,
    at: 1_700_000_000_000 + epoch * 1000,
    ...changes,
  };
}

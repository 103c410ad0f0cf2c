/**
 * A run's page as it goes on: the snapshot, and the events after it. Events that the snapshot already contains are
 * dropped by their number, so that subscribing first and asking second misses nothing and counts nothing twice.
 */
import type { CoreEvent } from '#app/contract/events.ts';
import type { RunPage } from '#app/contract/runs.ts';
import type { RecordedMetric } from '#app/domain/run.ts';

/** Lines kept on the page. */
const LONGEST_LOG = 2000;

/** The page after an event; the same object where the event is not about it. */
export function withEvent(page: RunPage, event: CoreEvent): RunPage {
  if (event.seq <= page.seq) return page;
  const { id } = page.row;
  switch (event.type) {
    case 'metric':
      return event.run === id ? { ...page, seq: event.seq, metrics: withMetric(page.metrics, event.metric) } : page;
    case 'run-progress':
      return event.progress.run === id ? { ...page, seq: event.seq, progress: event.progress } : page;
    case 'log':
      return event.run === id ? { ...page, seq: event.seq, log: [...page.log, event.line].slice(-LONGEST_LOG) } : page;
    default:
      return page;
  }
}

/** Metrics in the order of epochs. A run that went on from a checkpoint tells some epochs again: the newer one counts. */
export function withMetric(metrics: readonly RecordedMetric[], metric: RecordedMetric): readonly RecordedMetric[] {
  const last = metrics.at(-1);
  if (last === undefined || last.epoch < metric.epoch) return [...metrics, metric];
  return [...metrics.filter(({ epoch }) => epoch !== metric.epoch), metric].sort((a, b) => a.epoch - b.epoch);
}

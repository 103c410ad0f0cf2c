import { describe, expect, it } from 'vitest';
import type { CoreEvent } from '#app/contract/events.ts';
import { runId } from '#app/domain/id-of.ts';
import { withEvent, withMetric } from './live-run.ts';
import { metric } from './testing/metric.ts';
import { runPage } from './testing/run-page.ts';

const page = runPage();

const event = (seq: number, run = 1): CoreEvent => ({ seq, type: 'metric', run: runId(run), metric: metric(1) });

describe('withEvent', () => {
  it('drops what the snapshot already contains', () => {
    expect(withEvent(page, event(10))).toBe(page);
    expect(withEvent(page, event(11)).metrics).toHaveLength(2);
  });

  it('leaves other runs alone', () => {
    expect(withEvent(page, event(11, 2))).toBe(page);
  });

  it('appends to the log, and tells how far the run has come', () => {
    const line = { at: 1, line: 'epoch 1' };
    const logged = withEvent(page, { seq: 11, type: 'log', run: runId(1), line });
    expect(logged.log).toEqual([line]);
    const progress = {
      run: runId(1),
      progress: { phase: 'training' as const, done: 3, total: 9 },
      epoch: 1,
      epochs: 3,
      secondsLeft: 4,
      imagesPerSecond: 5,
    };
    expect(withEvent(logged, { seq: 12, type: 'run-progress', progress }).progress).toEqual(progress);
  });
});

describe('withMetric', () => {
  it('replaces epochs that a resumed run tells again', () => {
    const before = [metric(0), metric(1, { trainLoss: 9 }), metric(2)];
    const after = withMetric(before, metric(1, { trainLoss: 1 }));
    expect(after.map(({ epoch }) => epoch)).toEqual([0, 1, 2]);
    expect(after[1]?.trainLoss).toBe(1);
  });
});

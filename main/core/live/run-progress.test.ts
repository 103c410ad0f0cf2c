import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { RunProgress } from '#app/contract/events.ts';
import { runId } from '#app/domain/id-of.ts';
import { tellProgress } from './run-progress.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function teller() {
  const told: RunProgress[] = [];
  const progress = tellProgress({ run: runId(1), epochs: 10, trainPhotos: 64 }, (one) => told.push(one));
  return { told, progress };
}

it('tells the newest progress at most four times a second, and the last one without being asked', () => {
  const { told, progress } = teller();
  for (let done = 1; done <= 100; done++) {
    progress.take({ type: 'progress', phase: 'features', done, total: 200 });
    vi.advanceTimersByTime(10);
  }
  expect(told.length).toBeGreaterThan(3);
  expect(told.length).toBeLessThanOrEqual(5);
  vi.advanceTimersByTime(300);
  expect(told.at(-1)?.progress.done).toBe(100);
});

it('goes on when the clock of the machine is put back', () => {
  const { told, progress } = teller();
  progress.take({ type: 'progress', phase: 'training', done: 1, total: 20 });
  vi.setSystemTime(Date.now() - 3_600_000);
  vi.advanceTimersByTime(1000);
  progress.take({ type: 'progress', phase: 'training', done: 2, total: 20 });
  expect(told.map((one) => one.progress.done)).toEqual([1, 2]);
});

it('tells a new phase at once', () => {
  const { told, progress } = teller();
  progress.take({ type: 'progress', phase: 'features', done: 1, total: 2 });
  progress.take({ type: 'progress', phase: 'probe', done: 1, total: 9 });
  expect(told.map((one) => one.progress.phase)).toEqual(['features', 'probe']);
});

it('says photos a second of batches and the time that is left, once it can tell', () => {
  const { told, progress } = teller();
  // 20 batches of 32 photos, one a second.
  for (let done = 1; done <= 5; done++) {
    vi.advanceTimersByTime(1000);
    progress.take({ type: 'progress', phase: 'training', done, total: 20 });
  }
  expect(told[0]?.secondsLeft).toBeNull();
  expect(told.at(-1)?.secondsLeft).toBeCloseTo(15, 0);
  expect(told.at(-1)?.imagesPerSecond).toBeCloseTo(32, 0);
});

it('says nothing of the time left while the epochs have not begun', () => {
  const { told, progress } = teller();
  for (let done = 1; done <= 5; done++) {
    vi.advanceTimersByTime(1000);
    progress.take({ type: 'progress', phase: 'features', done, total: 20 });
  }
  expect(told.at(-1)).toMatchObject({ secondsLeft: null, epoch: null, epochs: 10 });
  expect(told.at(-1)?.imagesPerSecond).toBeCloseTo(1, 1);
});

it('says nothing after its end', () => {
  const { told, progress } = teller();
  progress.take({ type: 'progress', phase: 'features', done: 1, total: 20 });
  progress.take({ type: 'progress', phase: 'features', done: 2, total: 20 });
  progress.end();
  vi.advanceTimersByTime(1000);
  expect(told).toHaveLength(1);
  expect(progress.current()).toBeNull();
});

import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { TaskView } from '#app/contract/tasks.ts';
import { AppError } from '#app/domain/errors.ts';
import { createFailureWatch } from './task-failures.ts';

const task = (id: number, changes: Partial<TaskView>): TaskView => ({
  id,
  kind: 'import',
  title: 'Importing "plots"',
  project: null,
  state: 'running',
  progress: null,
  secondsLeft: null,
  startedAt: 0,
  endedAt: null,
  result: null,
  error: null,
  ...changes,
});
const failed = { state: 'failed', error: new AppError('files.gone', 'The folder is not there.').toPlain() } as const;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it('tells of work that failed while no screen showed it, and of nothing else', () => {
  const shown = new Set<number>();
  const told: string[] = [];
  const watch = createFailureWatch(
    (id) => shown.has(id),
    (title, error) => told.push(`${title}: ${error.message}`),
  );
  shown.add(2);
  watch(task(1, failed));
  watch(task(2, failed));
  watch(task(3, {}));
  watch(task(4, { state: 'cancelled' }));
  watch(task(5, { state: 'finished' }));
  expect(told, 'a screen may still be about to show it').toEqual([]);
  vi.runAllTimers();
  expect(told).toEqual(['Importing "plots": The folder is not there.']);
});

it('leaves work alone whose screen learnt of it after its end', () => {
  const shown = new Set<number>();
  const tell = vi.fn();
  const watch = createFailureWatch((id) => shown.has(id), tell);
  watch(task(7, failed));
  shown.add(7);
  vi.runAllTimers();
  expect(tell).not.toHaveBeenCalled();
});

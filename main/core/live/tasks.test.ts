import { expect, it, onTestFinished, vi } from 'vitest';
import { z } from 'zod';
import type { TaskResult } from '#app/contract/task-results.ts';
import { AppError, cancelled } from '#app/domain/errors.ts';
import { projectId } from '#app/domain/id-of.ts';
import { createHub } from './hub.ts';
import { createTasks } from './tasks.ts';
import type { Tasks } from './tasks.ts';

const project = projectId(1);
const what = { kind: 'sample-project', title: 'Making the sample project', project } as const;
const result: TaskResult = { kind: 'sample-project', project };

async function ended(tasks: Tasks, id: number) {
  await expect.poll(() => tasks.list().find((one) => one.id === id)?.state).not.toBe('running');
  return tasks.list().find((one) => one.id === id);
}

it('goes on after it was started, tells how far it is, and keeps its result', async () => {
  const hub = createHub();
  const events = hub.stream();
  const tasks = createTasks(hub);
  const { task } = tasks.start(what, async ({ onProgress }) => {
    onProgress({ phase: 'rendering', done: 1, total: 2 });
    onProgress({ phase: 'rendering', done: 2, total: 2 });
    return result;
  });
  expect(tasks.list()).toMatchObject([{ id: task, state: 'running', title: what.title }]);
  expect(await ended(tasks, task)).toMatchObject({ state: 'finished', result, error: null });
  await events.next();
  const states = [];
  for (let i = 0; i < 4; i++) states.push((await events.next()).value);
  expect(states).toMatchObject([
    { task: { state: 'running', progress: null } },
    { task: { progress: { done: 1, total: 2 } } },
    { task: { progress: { done: 2, total: 2 } } },
    { task: { state: 'finished' } },
  ]);
});

it('gives a task a number that none of an earlier core had', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  onTestFinished(() => void vi.useRealTimers());
  const number = z.int().positive();
  const before = createTasks(createHub());
  const old = [1, 2, 3].map(() => number.parse(before.start(what, () => Promise.resolve(result)).task));
  await before.close();
  // Sooner no process is there again.
  vi.setSystemTime(Date.now() + 50);
  const { task } = createTasks(createHub()).start(what, () => Promise.resolve(result));
  expect(number.parse(task)).toBeGreaterThan(Math.max(...old));
});

it('stops when it is cancelled, and says that it was', async () => {
  const tasks = createTasks(createHub());
  const { task } = tasks.start(
    what,
    ({ signal }) =>
      new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(cancelled('The import')))),
  );
  tasks.cancel(task);
  expect(await ended(tasks, task)).toMatchObject({ state: 'cancelled', result: null, error: null });
});

it('keeps the error of work that failed, whole', async () => {
  const tasks = createTasks(createHub());
  const { task } = tasks.start(what, () =>
    Promise.reject(new AppError('photos.folder-missing', 'The folder is gone.', { data: { path: 'plots' } })),
  );
  expect(await ended(tasks, task)).toMatchObject({
    state: 'failed',
    error: { code: 'photos.folder-missing', kind: 'expected', message: 'The folder is gone.', data: { path: 'plots' } },
  });
});

it('does not flood listeners with progress, and never holds back the last of it', async () => {
  const hub = createHub();
  const tasks = createTasks(hub);
  const { task } = tasks.start(what, async ({ onProgress }) => {
    for (let done = 1; done <= 1000; done++) onProgress({ phase: 'rendering', done, total: 1000 });
    return result;
  });
  expect(await ended(tasks, task)).toMatchObject({ progress: { done: 1000 } });
  expect(hub.seq()).toBeLessThan(20);
});

it('goes on telling progress when the clock of the machine is put back', async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const tasks = createTasks(createHub());
  tasks.start(what, async ({ onProgress }) => {
    onProgress({ phase: 'rendering', done: 1, total: 10 });
    vi.setSystemTime(Date.now() - 3_600_000);
    vi.advanceTimersByTime(1000);
    onProgress({ phase: 'rendering', done: 2, total: 10 });
    return new Promise<TaskResult>(() => undefined);
  });
  expect(tasks.list()).toMatchObject([{ progress: { done: 2 } }]);
});

it('keeps what was logged, and the last hundred that ended', async () => {
  const tasks = createTasks(createHub());
  const first = tasks.start(what, async ({ log }) => {
    log('drew 40 photos');
    return result;
  });
  await ended(tasks, first.task);
  expect(tasks.log(first.task)).toMatchObject([{ line: 'drew 40 photos' }]);
  for (let i = 0; i < 100; i++) await ended(tasks, tasks.start(what, () => Promise.resolve(result)).task);
  expect(tasks.list()).toHaveLength(100);
  expect(() => tasks.log(first.task)).toThrow('not kept any more');
});

it('ends everything when the core closes', async () => {
  const tasks = createTasks(createHub());
  const { task } = tasks.start(
    what,
    ({ signal }) =>
      new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(cancelled('The import')))),
  );
  await tasks.close();
  expect(tasks.list()).toMatchObject([{ id: task, state: 'cancelled' }]);
  expect(() => tasks.start(what, () => Promise.resolve(result))).toThrow('The program is ending');
});

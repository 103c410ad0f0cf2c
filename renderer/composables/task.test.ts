import { createPinia, setActivePinia } from 'pinia';
import { beforeEach, expect, it, vi } from 'vitest';
import { effectScope } from 'vue';
import type { TaskView } from '#app/contract/tasks.ts';
import { projectId } from '#app/domain/id-of.ts';
import { createEventBus } from '../bridge/event-bus.ts';
import type { EventBus } from '../bridge/event-bus.ts';
import { useTasks } from '../stores/tasks.ts';
import { useTask } from './task.ts';

const line = vi.hoisted(() => ({ list: vi.fn(), bus: null as EventBus | null }));
vi.mock('../bridge/client.ts', async (original) => ({
  ...(await original<object>()),
  core: { tasks: { list: line.list } },
}));
vi.mock('../bridge/events.ts', () => ({
  onEvent: (...args: Parameters<EventBus['onEvent']>) => line.bus?.onEvent(...args),
  onAnyEvent: (...args: Parameters<EventBus['onAnyEvent']>) => line.bus?.onAnyEvent(...args),
  onFresh: (...args: Parameters<EventBus['onFresh']>) => line.bus?.onFresh(...args),
}));

const view = (id: number, changes: Partial<TaskView> = {}): TaskView => ({
  id,
  kind: 'sample-project',
  title: 'Making the sample project',
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
const result = { kind: 'sample-project', project: projectId(1) } as const;

beforeEach(() => {
  line.bus = createEventBus();
  setActivePinia(createPinia());
  useTasks();
});

/** A stream of events begins; the list of tasks that is asked for then has these. */
async function begin(seq: number, session: string, tasks: readonly TaskView[]): Promise<void> {
  line.list.mockResolvedValue({ seq, tasks });
  line.bus?.receive({ seq, type: 'hello', session });
  await settled();
}

const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

function followed(task: number) {
  const one = effectScope().run(() => useTask('sample-project'));
  if (one === undefined) throw new Error('The scope has ended.');
  return { ...one, ended: one.start(() => Promise.resolve({ task })) };
}

it('ends with words when another core goes on in the place of the one that was at work', async () => {
  await begin(1, 'a', []);
  const { busy, error, ended } = followed(7);
  await settled();
  line.bus?.receive({ seq: 2, type: 'task', task: view(7) });
  await begin(1, 'b', []);
  expect(await ended).toBeNull();
  expect(busy.value).toBe(false);
  expect(error.value).toMatchObject({ code: 'connection.lost', kind: 'expected' });
  expect(error.value?.message).toMatch(/Everything stored is kept\. Look whether it was done/);
});

it('waits for a task that it knows of before the core has told of it', async () => {
  await begin(1, 'a', []);
  const { busy, ended } = followed(7);
  await settled();
  expect(busy.value).toBe(true);
  line.bus?.receive({ seq: 2, type: 'task', task: view(7, { state: 'finished', result }) });
  expect(await ended).toEqual(result);
});

it('goes on with a task of the same core after the line was lost, whether it ended meanwhile or not', async () => {
  await begin(1, 'a', []);
  const [one, other] = [followed(7), followed(8)];
  await settled();
  await begin(9, 'a', [view(7), view(8, { state: 'finished', result })]);
  expect(await other.ended).toEqual(result);
  expect([one.busy.value, one.error.value]).toEqual([true, null]);
  line.bus?.receive({ seq: 10, type: 'task', task: view(7, { state: 'finished', result }) });
  expect(await one.ended).toEqual(result);
});

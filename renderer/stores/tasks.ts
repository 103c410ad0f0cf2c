/** Long work other than runs: those at work and those that ended since the core started, newest first. */
import { defineStore } from 'pinia';
import { computed, shallowRef } from 'vue';
import type { TaskView } from '#app/contract/tasks.ts';
import { core } from '../bridge/client.ts';
import { onEvent, onFresh } from '../bridge/events.ts';
import { followSnapshot } from '../bridge/snapshot.ts';

export const useTasks = defineStore('tasks', () => {
  const byId = shallowRef<ReadonlyMap<number, TaskView>>(new Map());
  let snapshotSeq = 0;
  /** Streams of events that began; `listed`: the one in which the newest list was asked for. */
  let streams = 0;
  const listed = shallowRef(0);
  onFresh(() => {
    streams += 1;
  });
  followSnapshot({
    load: async () => {
      const stream = streams;
      return { ...(await core.tasks.list()), stream };
    },
    seq: ({ seq }) => seq,
    apply: ({ seq, tasks, stream }) => {
      [snapshotSeq, listed.value] = [seq, stream];
      byId.value = new Map(tasks.map((task) => [task.id, task]));
    },
    // Their events carry the whole task; only a new stream needs the list.
    concerns: () => false,
    onError: () => undefined,
  });
  onEvent('task', ({ seq, task }) => {
    if (seq <= snapshotSeq) return;
    byId.value = new Map([...byId.value, [task.id, task]]);
  });
  const list = computed(() => [...byId.value.values()].sort((a, b) => b.startedAt - a.startedAt || b.id - a.id));
  const atWork = computed(() => list.value.filter(({ state }) => state === 'running'));

  /** Tasks whose end a screen shows or has shown (`composables/task.ts`). */
  const shown = new Set<number>();
  return {
    byId,
    list,
    atWork,
    stream: (): number => streams,
    /** Whether the core knows nothing of a task that was started in stream `since`: another core goes on in its place. */
    isLost: (task: number, since: number): boolean => listed.value > since && !byId.value.has(task),
    isShown: (task: number): boolean => shown.has(task),
    show: (task: number): void => void shown.add(task),
    leave: (task: number): void => void shown.delete(task),
  };
});

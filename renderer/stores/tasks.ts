/** Long work other than runs: those at work and those that ended since the core started, newest first. */
import { defineStore } from 'pinia';
import { computed, shallowRef } from 'vue';
import type { TaskView } from '#app/contract/tasks.ts';
import { core } from '../bridge/client.ts';
import { onEvent } from '../bridge/events.ts';
import { followSnapshot } from '../bridge/snapshot.ts';

export const useTasks = defineStore('tasks', () => {
  const byId = shallowRef<ReadonlyMap<number, TaskView>>(new Map());
  let snapshotSeq = 0;
  followSnapshot({
    load: () => core.tasks.list(),
    seq: ({ seq }) => seq,
    apply: ({ seq, tasks }) => {
      snapshotSeq = seq;
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
    isShown: (task: number): boolean => shown.has(task),
    show: (task: number): void => void shown.add(task),
    leave: (task: number): void => void shown.delete(task),
  };
});

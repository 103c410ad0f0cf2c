/**
 * Runs of the open project, the queue of all projects, and what is heard of runs while they work.
 *
 *   rows            newest state of every run of the open project
 *   newestSweep     its number in the open project; null where there is none
 *   queue           held, running, waiting (all projects)
 *   running         the row of the run at work, of whichever project
 *   progress        by run, live
 *   metrics         by run: epochs heard since this stream began, with their event's number, to put behind `RunPage.metrics`
 */
import { defineStore } from 'pinia';
import { computed, shallowRef, watch } from 'vue';
import type { RunProgress } from '#app/contract/events.ts';
import type { QueueView, RunRow } from '#app/contract/runs.ts';
import type { AppError } from '#app/domain/errors.ts';
import type { RunId } from '#app/domain/ids.ts';
import type { RecordedMetric } from '#app/domain/run.ts';
import { sweepOfTag } from '#app/domain/sweep.ts';
import { core } from '../bridge/client.ts';
import { onEvent, onFresh } from '../bridge/events.ts';
import { followSnapshot } from '../bridge/snapshot.ts';
import { useProject } from './project.ts';

export interface HeardMetric {
  readonly seq: number;
  readonly metric: RecordedMetric;
}

export const useRuns = defineStore('runs', () => {
  const project = useProject();
  const rows = shallowRef<readonly RunRow[]>([]);
  const loaded = shallowRef(false);
  const error = shallowRef<AppError | null>(null);
  const queue = shallowRef<QueueView | null>(null);
  const running = shallowRef<RunRow | null>(null);
  const waiting = shallowRef<readonly RunRow[]>([]);
  const progress = shallowRef<ReadonlyMap<RunId, RunProgress>>(new Map());
  const metrics = shallowRef<ReadonlyMap<RunId, readonly HeardMetric[]>>(new Map());

  const followRows = followSnapshot({
    load: async () => (project.id === null ? null : core.runs.list({ project: project.id })),
    seq: (value) => value?.seq ?? 0,
    apply: (value) => {
      rows.value = value?.runs ?? [];
      loaded.value = value !== null;
      error.value = null;
    },
    concerns: (event) =>
      (event.type === 'run' && event.project === project.id) ||
      event.type === 'queue' ||
      event.type === 'packs' ||
      (event.type === 'metric' && rows.value.some(({ id }) => id === event.run)),
    onError: (failure) => {
      error.value = failure;
    },
  });
  watch(
    () => project.id,
    () => {
      rows.value = [];
      loaded.value = false;
      followRows.again();
    },
  );

  followSnapshot({
    load: async () => {
      const view = await core.runs.queue();
      const [atWork, others] = await Promise.all([
        view.running === null ? null : core.runs.row({ run: view.running }),
        Promise.all(view.waiting.map((run) => core.runs.row({ run }))),
      ]);
      return { view, atWork, others };
    },
    seq: ({ view }) => view.seq,
    apply: ({ view, atWork, others }) => {
      queue.value = view;
      running.value = atWork;
      waiting.value = others;
    },
    concerns: ({ type }) => type === 'queue' || type === 'run',
    // A run that was removed in between: its event loads the queue again.
    onError: () => undefined,
  });

  onFresh(() => {
    progress.value = new Map();
    metrics.value = new Map();
  });
  onEvent('run-progress', ({ progress: heard }) => {
    progress.value = new Map([...progress.value, [heard.run, heard]]);
  });
  onEvent('metric', ({ seq, run, metric }) => {
    metrics.value = new Map([...metrics.value, [run, [...(metrics.value.get(run) ?? []), { seq, metric }]]]);
  });

  const byId = computed(() => new Map(rows.value.map((row) => [row.id, row])));
  const newestSweep = computed(() => {
    const sweeps = rows.value.flatMap(({ tags }) => tags.flatMap((tag) => sweepOfTag(tag) ?? []));
    return sweeps.length === 0 ? null : Math.max(...sweeps);
  });
  const again = followRows.again;
  return { rows, loaded, error, byId, newestSweep, queue, running, waiting, progress, metrics, again };
});

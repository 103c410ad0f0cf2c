/**
 * Starts long work and follows it to its end.
 *
 *   const importing = useTask('import');
 *   const result = await importing.start(() => core.library.import({ project, folder, labels }));
 *   // null: it failed (importing.error) or was cancelled; else the TaskResult of that kind
 *
 * `task` is the live TaskView for a ProgressLine; the work also shows in the status bar and goes on when the screen is left.
 */
import type { Ref } from 'vue';
import { computed, onScopeDispose, shallowRef, watch } from 'vue';
import type { Started } from '#app/contract/common.ts';
import type { TaskResult } from '#app/contract/task-results.ts';
import type { TaskView } from '#app/contract/tasks.ts';
import { AppError } from '#app/domain/errors.ts';
import { connectionLost, core } from '../bridge/client.ts';
import { toAppError } from '../bridge/to-app-error.ts';
import { useTasks } from '../stores/tasks.ts';

type ResultOf<K extends TaskResult['kind']> = Extract<TaskResult, { readonly kind: K }>;

export interface FollowedTask<K extends TaskResult['kind']> {
  readonly task: Readonly<Ref<TaskView | null>>;
  readonly busy: Readonly<Ref<boolean>>;
  readonly error: Readonly<Ref<AppError | null>>;
  readonly start: (procedure: () => Promise<Started>) => Promise<ResultOf<K> | null>;
  readonly cancel: () => void;
  /** Its failure is no news any more. */
  readonly dismiss: () => void;
}

export function useTask<K extends TaskResult['kind']>(kind: K): FollowedTask<K> {
  const tasks = useTasks();
  const id = shallowRef<number | null>(null);
  const busy = shallowRef(false);
  const error = shallowRef<AppError | null>(null);
  const task = computed(() => (id.value === null ? null : (tasks.byId.get(id.value) ?? null)));
  let left = false;
  onScopeDispose(() => {
    left = true;
    // From here on its failure is the frame's to tell (task-failures.ts).
    if (busy.value && id.value !== null) tasks.leave(id.value);
  });

  return {
    task,
    busy,
    error,
    async start(procedure) {
      busy.value = true;
      error.value = null;
      try {
        const started = await procedure();
        id.value = started.task;
        if (!left) tasks.show(started.task);
        const stream = tasks.stream();
        const ended = await ending(() => (tasks.isLost(started.task, stream) ? 'lost' : tasks.byId.get(started.task)));
        if (left) return null;
        if (ended.state === 'failed') {
          error.value = ended.error === null ? null : AppError.fromPlain(ended.error);
          return null;
        }
        return ended.result !== null && isKind(ended.result, kind) ? ended.result : null;
      } catch (thrown) {
        const failure = toAppError(thrown);
        if (failure.kind !== 'cancelled') error.value = failure;
        return null;
      } finally {
        busy.value = false;
      }
    },
    cancel() {
      // It ends through its event; a task that has ended by now stays as it is.
      if (id.value !== null) core.tasks.cancel({ task: id.value }).catch(() => undefined);
    },
    dismiss() {
      error.value = null;
    },
  };
}

function isKind<K extends TaskResult['kind']>(result: TaskResult, kind: K): result is ResultOf<K> {
  return result.kind === kind;
}

/** Rejects where nobody will ever say how it ended. */
function ending(view: () => TaskView | 'lost' | undefined): Promise<TaskView> {
  return new Promise((resolve, reject) => {
    const stop = watch(
      view,
      (now) => {
        if (now === undefined || (now !== 'lost' && now.state === 'running')) return;
        if (now === 'lost') reject(connectionLost());
        else resolve(now);
        // Within the first call the watcher does not exist yet.
        queueMicrotask(() => stop());
      },
      { immediate: true },
    );
  });
}

/** Work that fails where nobody looks: its screen was left, or showed nothing of it. A screen that follows it says so itself. */
import { onScopeDispose } from 'vue';
import type { TaskView } from '#app/contract/tasks.ts';
import { AppError } from '#app/domain/errors.ts';
import { onEvent } from '../bridge/events.ts';
import { useTasks } from '../stores/tasks.ts';
import { useNotices } from './notices.ts';

/** A screen learns the number of its task from an answer, which the end of short work may overtake. */
const GRACE_MS = 250;

/** `tell` is called once for each task that failed and, a moment later, is shown by no screen. */
export function createFailureWatch(
  isShown: (task: number) => boolean,
  tell: (title: string, error: AppError) => void,
): (task: TaskView) => void {
  return ({ id, state, title, error }) => {
    if (state !== 'failed' || error === null) return;
    setTimeout(() => {
      if (!isShown(id)) tell(title, AppError.fromPlain(error));
    }, GRACE_MS);
  };
}

/** For the frame of the window, once. */
export function useTaskFailures(): void {
  const tasks = useTasks();
  const { notifyFailure } = useNotices();
  const watch = createFailureWatch(tasks.isShown, notifyFailure);
  onScopeDispose(onEvent('task', ({ task }) => watch(task)));
}

/** Long work other than runs: it goes on while the interface does something else, can be watched, and can be cancelled. */
import type { Started } from '#app/contract/common.ts';
import type { LogLine } from '#app/contract/events.ts';
import type { TaskResult } from '#app/contract/task-results.ts';
import type { TaskView } from '#app/contract/tasks.ts';
import { AppError, asAppError } from '#app/domain/errors.ts';
import type { ProjectId } from '#app/domain/ids.ts';
import type { Progress } from '#app/domain/progress.ts';
import type { Hub } from './hub.ts';
import { reportBug } from './report-bug.ts';
import { timeLeft } from './time-left.ts';

export interface TaskTools {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
  readonly log: (line: string) => void;
}

export interface NewTask {
  readonly kind: TaskResult['kind'];
  readonly title: string;
  readonly project: ProjectId | null;
}

export interface Tasks {
  /** Throws `tasks.closed` while the core ends. */
  start(what: NewTask, work: (tools: TaskTools) => Promise<TaskResult>): Started;
  /** Newest first. */
  list(): readonly TaskView[];
  /** Throws `tasks.unknown`. */
  cancel(id: number): TaskView;
  /** Throws `tasks.unknown`. */
  log(id: number): readonly LogLine[];
  /** Cancels everything and waits for its end. */
  close(): Promise<void>;
}

const KEPT_ENDED = 100;
const KEPT_LINES = 1000;
/** Between two progress events: faster than anybody reads is only work. */
const PROGRESS_MILLISECONDS = 120;

interface Entry {
  view: TaskView;
  readonly stop: AbortController;
  readonly lines: LogLine[];
  ended: Promise<void>;
}

/** Pauses are counted by a clock that nobody sets: one put back would silence everything until it catches up. */
const ticks = (): number => performance.now();

export function createTasks(hub: Hub): Tasks {
  const entries = new Map<number, Entry>();
  // Numbers of an earlier core do not come again: a window that outlived it would take a new task for an old one.
  let last = Date.now();
  let closed = false;

  function change(entry: Entry, changes: Partial<TaskView>): void {
    entry.view = { ...entry.view, ...changes };
    hub.publish({ type: 'task', task: entry.view });
  }

  function end(entry: Entry, changes: Pick<TaskView, 'state'> & Partial<TaskView>): void {
    change(entry, { ...changes, endedAt: Date.now(), secondsLeft: null });
    const ended = [...entries.values()].filter(({ view }) => view.state !== 'running');
    for (const { view } of ended.slice(0, Math.max(0, ended.length - KEPT_ENDED))) entries.delete(view.id);
  }

  function tools(entry: Entry): TaskTools {
    const left = timeLeft(ticks);
    let toldAt = -Infinity;
    let phase: string | null = null;
    return {
      signal: entry.stop.signal,
      onProgress: (progress) => {
        const secondsLeft = left.next(progress.done, progress.total);
        const isNew = progress.phase !== phase || progress.done === progress.total;
        if (!isNew && ticks() - toldAt < PROGRESS_MILLISECONDS) return;
        [toldAt, phase] = [ticks(), progress.phase];
        change(entry, { progress, secondsLeft });
      },
      log: (line) => {
        if (entry.lines.length >= KEPT_LINES) entry.lines.shift();
        entry.lines.push({ at: Date.now(), line });
      },
    };
  }

  function known(id: number): Entry {
    const entry = entries.get(id);
    if (entry === undefined) {
      throw new AppError('tasks.unknown', 'This task ended some time ago, and its record is not kept any more.', {
        data: { task: id },
      });
    }
    return entry;
  }

  return {
    start: ({ kind, title, project }, work) => {
      if (closed) throw new AppError('tasks.closed', 'The program is ending, so nothing new was begun.');
      const id = ++last;
      const entry: Entry = {
        view: {
          id,
          kind,
          title,
          project,
          state: 'running',
          progress: null,
          secondsLeft: null,
          startedAt: Date.now(),
          endedAt: null,
          result: null,
          error: null,
        },
        stop: new AbortController(),
        lines: [],
        ended: Promise.resolve(),
      };
      entries.set(id, entry);
      hub.publish({ type: 'task', task: entry.view });
      const begin = async (): Promise<TaskResult> => work(tools(entry));
      entry.ended = begin().then(
        (result) => end(entry, { state: 'finished', result }),
        (thrown: unknown) => {
          const error = asAppError(thrown);
          if (error.kind === 'bug') reportBug(error);
          end(entry, error.kind === 'cancelled' ? { state: 'cancelled' } : { state: 'failed', error: error.toPlain() });
        },
      );
      return { task: id };
    },
    list: () => [...entries.values()].map(({ view }) => view).reverse(),
    cancel: (id) => {
      const entry = known(id);
      entry.stop.abort();
      return entry.view;
    },
    log: (id) => [...known(id).lines],
    close: async () => {
      closed = true;
      for (const { stop } of entries.values()) stop.abort();
      await Promise.all([...entries.values()].map(({ ended }) => ended));
    },
  };
}

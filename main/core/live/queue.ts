/**
 * Runs one after the other. Their order is in the store, so it survives the program; after a start the queue waits for a
 * person, because a machine that begins to compute by itself is a surprise. Whatever becomes of one run, the next gets
 * its turn.
 */
import type { RunProgress } from '#app/contract/events.ts';
import type { QueueView } from '#app/contract/runs.ts';
import { AppError, asAppError } from '#app/domain/errors.ts';
import type { RunId } from '#app/domain/ids.ts';
import type { Run } from '#app/domain/run.ts';
import type { Core } from '../open-core.ts';
import type { Hub } from './hub.ts';
import { tellProgress } from './run-progress.ts';
import type { RunProgressTeller } from './run-progress.ts';

export interface RunQueue {
  view(): QueueView;
  /** Of a run at work; null for any other, and before it tells something. */
  progress(run: RunId): RunProgress | null;
  /** Runs that were just created: they wait at the end, in this order. */
  add(runs: readonly RunId[]): void;
  hold(): QueueView;
  release(): QueueView;
  /** Resolves when it has stopped: it waits at the head, and the queue is held. Throws `runs.not-at-work`. */
  pause(run: RunId): Promise<void>;
  /** Throws `runs.not-resumable`. */
  resume(run: RunId): void;
  /** Resolves when it has stopped. Throws `runs.not-at-work`. */
  stop(run: RunId): Promise<void>;
  /** A run was taken out of the store. */
  forget(): void;
  /** Stops the run at work; it waits at the head for the next start. */
  close(): Promise<void>;
}

export interface QueueOptions {
  readonly core: Core;
  readonly hub: Hub;
}

/** Why the queue waits: a person said so, a run was paused, the program just started, or the store takes nothing. */
type Hold = 'person' | 'pause' | 'start' | 'store';

interface AtWork {
  readonly run: Run;
  readonly stop: AbortController;
  /** What becomes of it when it has stopped. */
  then: 'stopped' | 'waits';
  readonly progress: RunProgressTeller;
  done: Promise<void>;
}

export function createQueue({ core, hub }: QueueOptions): RunQueue {
  const { runs } = core;
  let held: Hold | null = runs.queue().length > 0 ? 'start' : null;
  let atWork: AtWork | null = null;
  let closed = false;

  function view(): QueueView {
    return { seq: hub.seq(), held: held !== null, running: atWork?.run.id ?? null, waiting: runs.queue() };
  }

  function changed(run?: Run): void {
    if (run !== undefined) hub.publish({ type: 'run', project: run.projectId, run: run.id, change: 'state' });
    hub.publish({ type: 'queue' });
  }

  /** What holds the queue for a run's sake ends when nobody waits any more. */
  function letGo(): void {
    if (held !== null && held !== 'person' && runs.queue().length === 0 && atWork === null) held = null;
  }

  function next(): void {
    if (closed || held !== null || atWork !== null) return;
    const [id] = runs.queue();
    if (id !== undefined) begin(runs.get(id));
  }

  function begin(run: Run): void {
    const stop = new AbortController();
    const progress = tellProgress(
      { run: run.id, epochs: run.config.recipe.epochs, trainPhotos: runs.row(run.id).photos.train },
      (told) => hub.publish({ type: 'run-progress', progress: told }),
    );
    const own: AtWork = { run, stop, then: 'stopped', progress, done: Promise.resolve() };
    atWork = own;
    own.done = carryOut(own);
    changed(run);
  }

  async function carryOut(own: AtWork): Promise<void> {
    const { run, stop, progress } = own;
    try {
      await runs.execute(run, {
        signal: stop.signal,
        onEvent: (event) => progress.take(event),
        onMetric: (metric) => hub.publish({ type: 'metric', run: run.id, metric }),
        onLog: (line) => hub.publish({ type: 'log', run: run.id, line }),
      });
    } catch (error) {
      refuse(run.id, asAppError(error));
    } finally {
      progress.end();
      atWork = null;
      ended(own);
    }
  }

  /** A run that could not even begin would come up again for ever. */
  function refuse(id: RunId, error: AppError): void {
    attempt(() => {
      const { state } = runs.get(id);
      const { code, message } = error;
      if (state === 'queued' || state === 'running') runs.move(id, { to: 'failed', error: { code, message } });
    });
  }

  function ended({ run, then }: AtWork): void {
    attempt(() => {
      if (then === 'waits' && runs.get(run.id).state === 'stopped') {
        runs.move(run.id, { to: 'queued' });
        runs.arrangeQueue([run.id]);
      }
      letGo();
      changed(run);
    });
    next();
  }

  /** Without a store that takes what happened there is no next run: everything waits for a person. */
  function attempt(change: () => void): void {
    try {
      change();
    } catch {
      held = 'store';
      hub.publish({ type: 'queue' });
    }
  }

  function owned(id: RunId): AtWork | null {
    return atWork !== null && atWork.run.id === id ? atWork : null;
  }

  function notAtWork({ name, state }: Run): AppError {
    return new AppError('runs.not-at-work', `${name} is ${state}: there is nothing to stop. Nothing was changed.`, {
      data: { run: name, state },
    });
  }

  return {
    view,
    progress: (run) => owned(run)?.progress.current() ?? null,
    add: (added) => {
      runs.arrangeQueue([...runs.queue().filter((id) => !added.includes(id)), ...added]);
      changed();
      next();
    },
    hold: () => {
      held = 'person';
      changed();
      return view();
    },
    release: () => {
      held = null;
      next();
      changed();
      return view();
    },
    pause: async (id) => {
      const own = owned(id);
      const run = runs.get(id);
      if (own === null && run.state !== 'queued') throw notAtWork(run);
      held = 'pause';
      if (own === null) runs.arrangeQueue([id]);
      else {
        own.then = 'waits';
        own.stop.abort();
        await own.done;
      }
      changed();
    },
    resume: (id) => {
      const run = runs.get(id);
      if (run.state === 'running' || run.state === 'finished') {
        throw new AppError(
          'runs.not-resumable',
          `${run.name} is ${run.state}, so there is nothing to go on with. Nothing was changed.`,
          { data: { run: run.name, state: run.state } },
        );
      }
      const waiting = runs.queue();
      if (run.state === 'queued') runs.arrangeQueue([id]);
      else {
        runs.move(id, { to: 'queued' });
        runs.arrangeQueue([...waiting, id]);
      }
      // Who asks for the run that is first wants it to run.
      if (runs.queue()[0] === id) held = null;
      next();
      changed(run);
    },
    stop: async (id) => {
      const own = owned(id);
      const run = runs.get(id);
      if (own !== null) {
        own.then = 'stopped';
        own.stop.abort();
        await own.done;
        return;
      }
      if (run.state !== 'queued') throw notAtWork(run);
      runs.move(id, { to: 'stopped', error: null });
      letGo();
      changed(run);
      next();
    },
    forget: () => {
      letGo();
      changed();
    },
    close: async () => {
      closed = true;
      if (atWork === null) return;
      atWork.then = 'waits';
      atWork.stop.abort();
      await atWork.done;
    },
  };
}

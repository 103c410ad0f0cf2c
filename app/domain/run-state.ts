/** The life of a run. Stopped and failed runs can go on from their checkpoint; a finished one is final. */
import { AppError } from './errors.ts';
import type { RunError, RunResult } from './run.ts';

export type RunState = 'queued' | 'running' | 'stopped' | 'finished' | 'failed';

/** A wish to move a run on, with what the new state needs to know. */
export type RunTransition =
  | { readonly to: 'queued' }
  | { readonly to: 'running'; readonly enginePid: number | null }
  /** `error` says why when nobody asked for it, e.g. the program ended while the run was at work. */
  | { readonly to: 'stopped'; readonly error: RunError | null }
  | { readonly to: 'finished'; readonly result: RunResult }
  | { readonly to: 'failed'; readonly error: RunError };

const legal: Readonly<Record<RunState, readonly RunState[]>> = {
  queued: ['running', 'stopped', 'failed'],
  running: ['stopped', 'finished', 'failed'],
  stopped: ['queued', 'running'],
  failed: ['queued', 'running'],
  finished: [],
};

export function canMove(from: RunState, to: RunState): boolean {
  return legal[from].includes(to);
}

/** Throws AppError `runs.illegal-transition` (data: run, from, to) unless a run may go from `from` to `to`. */
export function assertCanMove(run: string, from: RunState, to: RunState): void {
  if (canMove(from, to)) return;
  const why =
    from === 'finished'
      ? 'A finished run is final; start a new one instead.'
      : `From here it can only become: ${legal[from].join(', ')}.`;
  throw new AppError('runs.illegal-transition', `${run} is ${from} and cannot become ${to}. ${why}`, {
    data: { run, from, to },
  });
}

/** Long work other than runs: one registry, so that all of it can be seen and cancelled in one place. */
import { oc, type } from '@orpc/contract';
import { z } from 'zod';
import type { PlainError } from '../domain/errors.ts';
import type { ProjectId } from '../domain/ids.ts';
import type { Progress } from '../domain/progress.ts';
import type { LogLine } from './events.ts';
import type { TaskResult } from './task-results.ts';

export type TaskState = 'running' | 'finished' | 'failed' | 'cancelled';

export interface TaskView {
  readonly id: number;
  readonly kind: TaskResult['kind'];
  /** `Importing "plots"`. */
  readonly title: string;
  readonly project: ProjectId | null;
  readonly state: TaskState;
  readonly progress: Progress | null;
  /** Null while nobody can say. */
  readonly secondsLeft: number | null;
  readonly startedAt: number;
  readonly endedAt: number | null;
  /** Set when it finished. */
  readonly result: TaskResult | null;
  /** Set when it failed. */
  readonly error: PlainError | null;
}

const task = z.object({ task: z.int().positive() });

export const tasks = {
  /** Newest first: those at work, and the last hundred that ended since the core started. */
  list: oc.output(type<{ readonly seq: number; readonly tasks: readonly TaskView[] }>()),
  /** Does nothing to a task that has ended. */
  cancel: oc.input(task).output(type<TaskView>()),
  log: oc.input(task).output(type<readonly LogLine[]>()),
};

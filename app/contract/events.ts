/**
 * What the core tells without being asked. Every event has a sequence number; snapshots that procedures return carry the
 * number of the last event they include (`seq`), so a listener subscribes, takes the snapshot, and drops what is older.
 * Events are sent after the change they tell of is committed.
 */
import { eventIterator, oc, type } from '@orpc/contract';
import { z } from 'zod';
import type { PackId, PhotoId, ProjectId, RunId } from '../domain/ids.ts';
import type { Progress } from '../domain/progress.ts';
import type { RecordedMetric } from '../domain/run.ts';
import type { TaskView } from './tasks.ts';

export interface RunProgress {
  readonly run: RunId;
  readonly progress: Progress;
  /** Epochs finished of all; null before training starts. */
  readonly epoch: number | null;
  readonly epochs: number;
  readonly secondsLeft: number | null;
  readonly imagesPerSecond: number | null;
}

export interface LogLine {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly line: string;
}

export type CoreEventBody =
  /** The first one of a stream: from here on nothing is missed. A new `session` is another core. */
  | { readonly type: 'hello'; readonly session: string }
  | { readonly type: 'projects' }
  /** Photos were added, moved, flagged, excluded; null stands for many. */
  | { readonly type: 'photos'; readonly project: ProjectId; readonly photos: readonly PhotoId[] | null }
  | {
      readonly type: 'labels';
      readonly project: ProjectId;
      readonly revision: number;
      /** Null stands for many. */
      readonly photos: readonly PhotoId[] | null;
    }
  | { readonly type: 'classes'; readonly project: ProjectId }
  | { readonly type: 'splits'; readonly project: ProjectId }
  | {
      readonly type: 'run';
      readonly project: ProjectId;
      readonly run: RunId;
      readonly change: 'created' | 'state' | 'edited' | 'removed';
    }
  | { readonly type: 'run-progress'; readonly progress: RunProgress }
  | { readonly type: 'metric'; readonly run: RunId; readonly metric: RecordedMetric }
  | { readonly type: 'log'; readonly run: RunId; readonly line: LogLine }
  | { readonly type: 'queue' }
  | { readonly type: 'task'; readonly task: TaskView }
  | { readonly type: 'packs' }
  /** A pack's predictions over a project's photos are new. */
  | { readonly type: 'predictions'; readonly project: ProjectId; readonly pack: PackId }
  | { readonly type: 'backbones' }
  | { readonly type: 'backups' }
  | { readonly type: 'settings' };

export type CoreEvent = { readonly seq: number } & CoreEventBody;

export const events = {
  /** Endless. Begins with `hello`; a listener that was away takes its snapshots anew. */
  stream: oc.input(z.object({})).output(eventIterator(type<CoreEvent>())),
};

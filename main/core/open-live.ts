/** The core as a window uses it: use cases, events, tasks, the queue of runs, and what answers its questions. */
import { join } from 'node:path';
import type { EnginePort } from '#app/ports/engine.ts';
import { profilePaths } from '../files/profile/profile.ts';
import type { ApiContext } from './api/context.ts';
import { wireErrors } from './api/errors.ts';
import type { CallInterceptor } from './api/errors.ts';
import { insideRoots } from './api/inside-roots.ts';
import { createRouter } from './api/router.ts';
import { openRoots } from './browse.ts';
import { reportBug } from './live/report-bug.ts';
import { createHub } from './live/hub.ts';
import type { Hub } from './live/hub.ts';
import { createQueue } from './live/queue.ts';
import type { RunQueue } from './live/queue.ts';
import { scheduleBackups } from './live/scheduled-backups.ts';
import { createTasks } from './live/tasks.ts';
import type { Tasks } from './live/tasks.ts';
import { createUploads } from './live/uploads.ts';
import type { Uploads } from './live/uploads.ts';
import { createMedia } from './media/media.ts';
import type { Media } from './media/media.ts';
import { openCore } from './open-core.ts';
import type { Core } from './open-core.ts';

export interface LiveOptions {
  /** Absolute. */
  readonly home: string;
  /** Who asks, for others who are kept waiting: `the desktop app`. */
  readonly what: string;
  readonly host: ApiContext['host'];
  /** Folders that a window in a browser may look into; absolute. */
  readonly roots?: readonly string[];
  /** Asked for when a backup is to take the database's place: the host closes this and opens the profile again. */
  readonly onRestart?: () => void;
  /** Another engine than child processes of this one. */
  readonly engine?: EnginePort;
}

export interface Live {
  readonly core: Core;
  readonly hub: Hub;
  readonly tasks: Tasks;
  readonly queue: RunQueue;
  readonly uploads: Uploads;
  readonly router: ReturnType<typeof createRouter>;
  /** What a handler of the router needs, whatever carries the messages. */
  readonly handling: { readonly clientInterceptors: CallInterceptor[] };
  readonly media: Media;
  /** Leaves everything so that it can go on later. May be called twice. */
  close(): Promise<void>;
}

/** Throws `profile.*`, `store.*` and `files.no-roots`; nothing stays open then. */
export async function openLive({ home, what, host, roots: paths, onRestart, engine }: LiveOptions): Promise<Live> {
  const roots = paths === undefined ? null : await openRoots(paths);
  const core = await openCore({ home, what, access: 'write', ...(engine === undefined ? {} : { engine }) });
  try {
    const uploads = await createUploads(join(profilePaths(home).cache, 'uploads'));
    const hub = createHub();
    const tasks = createTasks(hub);
    const queue = createQueue({ core, hub });
    const browse = roots === null ? null : roots.browse;
    const endBackups = scheduleBackups(core, hub, tasks);
    let closing: Promise<void> | null = null;

    async function close(): Promise<void> {
      endBackups();
      // Both at once: an engine takes its time to reach a point at which it can stop.
      await Promise.allSettled([queue.close(), tasks.close()]);
      core.close();
    }

    return {
      core,
      hub,
      tasks,
      queue,
      uploads,
      router: createRouter({ core, hub, tasks, uploads, queue, host, browse, restart: () => onRestart?.() }),
      handling: {
        clientInterceptors: [wireErrors(reportBug), ...(roots === null ? [] : [insideRoots(roots)])],
      },
      media: createMedia(core),
      close: () => (closing ??= close()),
    };
  } catch (error) {
    core.close();
    throw error;
  }
}

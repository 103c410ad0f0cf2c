/** What the procedures work with. */
import type { BrowsePage } from '#app/contract/files.ts';
import type { Hub } from '../live/hub.ts';
import type { RunQueue } from '../live/queue.ts';
import type { Tasks } from '../live/tasks.ts';
import type { Uploads } from '../live/uploads.ts';
import type { Core } from '../open-core.ts';

/** Lists a folder for a host without a dialog of its own; null asks for the first root. */
export type Browse = (path: string | null, show: 'folders' | 'backbones' | 'archives') => Promise<BrowsePage>;

export interface ApiContext {
  readonly core: Core;
  readonly hub: Hub;
  readonly tasks: Tasks;
  readonly uploads: Uploads;
  readonly queue: RunQueue;
  readonly host: 'desktop' | 'browser';
  /** Ends this core, so that its host opens the profile anew. */
  readonly restart: () => void;
  /** Null where the host has dialogs. */
  readonly browse: Browse | null;
}

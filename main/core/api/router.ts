/** Everything the interface can ask of the core, with what stands behind it. */
import type { ApiContext } from './context.ts';
import { eventsApi } from './events.ts';
import { filesApi } from './files.ts';
import { tasksApi } from './tasks.ts';

export function createRouter(context: ApiContext) {
  return {
    files: filesApi(context),
    tasks: tasksApi(context),
    events: eventsApi(context),
  };
}

/** Everything the interface can ask of the core, with what stands behind it. */
import type { ApiContext } from './context.ts';
import { classesApi } from './classes.ts';
import { eventsApi } from './events.ts';
import { filesApi } from './files.ts';
import { labelsApi } from './labels.ts';
import { libraryApi } from './library.ts';
import { projectsApi } from './projects.ts';
import { tasksApi } from './tasks.ts';

export function createRouter(context: ApiContext) {
  return {
    classes: classesApi(context),
    events: eventsApi(context),
    files: filesApi(context),
    labels: labelsApi(context),
    library: libraryApi(context),
    projects: projectsApi(context),
    tasks: tasksApi(context),
  };
}

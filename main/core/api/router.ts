/** Everything the interface can ask of the core, with what stands behind it. */
import type { ApiContext } from './context.ts';
import { archivesApi } from './archives.ts';
import { backbonesApi } from './backbones.ts';
import { backupsApi } from './backups.ts';
import { classesApi } from './classes.ts';
import { eventsApi } from './events.ts';
import { filesApi } from './files.ts';
import { labelsApi } from './labels.ts';
import { libraryApi } from './library.ts';
import { packsApi } from './packs.ts';
import { projectsApi } from './projects.ts';
import { runsApi } from './runs.ts';
import { settingsApi } from './settings.ts';
import { splitsApi } from './splits.ts';
import { tasksApi } from './tasks.ts';

export function createRouter(context: ApiContext) {
  return {
    classes: classesApi(context),
    splits: splitsApi(context),
    runs: runsApi(context),
    packs: packsApi(context),
    backbones: backbonesApi(context),
    backups: backupsApi(context),
    archives: archivesApi(context),
    settings: settingsApi(context),
    events: eventsApi(context),
    files: filesApi(context),
    labels: labelsApi(context),
    library: libraryApi(context),
    projects: projectsApi(context),
    tasks: tasksApi(context),
  };
}

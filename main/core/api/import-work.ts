/** Imports as tasks: what a person is told of one, and what the windows are told while it goes on. */
import type { ImportSummary } from '#app/contract/task-results.ts';
import { AppError } from '#app/domain/errors.ts';
import type { ProjectId } from '#app/domain/ids.ts';
import type { Project } from '#app/domain/project.ts';
import type { Work } from '#app/ports/work.ts';
import type { ImportReport } from '#app/library/import-report.ts';
import { createTurns } from '../live/turns.ts';
import type { Turns } from '../live/turns.ts';
import type { ApiContext } from './context.ts';

/** Examples given of what could not be read. */
const NAMED = 100;

/** Milliseconds between two words about photos that came in meanwhile. */
const PAUSE = 1000;

type Hosts = Pick<ApiContext, 'core' | 'hub'>;

/** Imports the folder and labels photos that have no label by these subfolders. */
export async function importPhotos(
  { core, hub }: Hosts,
  project: Project,
  folder: string,
  labels: readonly string[],
  work: Work,
): Promise<ImportSummary> {
  return followed({ core, hub }, project, work, async (watched) => {
    const report = await core.library.import(project, folder, watched);
    return { report, labelled: labelByFolders({ core, hub }, project, report.folder, labels) };
  });
}

export async function relocatePhotos(
  hosts: Hosts,
  project: Project,
  { from, to }: { readonly from: string; readonly to: string },
  work: Work,
): Promise<ImportSummary> {
  return followed(hosts, project, work, async (watched) => ({
    report: await hosts.core.library.relocate(project, from, to, watched),
    labelled: 0,
  }));
}

/** Two imports of a project at once would both find the same photos new. */
const importing = new WeakMap<Hosts['core'], Turns<ProjectId>>();

function turnsOf(core: Hosts['core']): Turns<ProjectId> {
  const turns = importing.get(core) ?? createTurns<ProjectId>();
  importing.set(core, turns);
  return turns;
}

async function followed(
  { core, hub }: Hosts,
  project: Project,
  { signal, onProgress }: Work,
  run: (work: Work) => Promise<{ readonly report: ImportReport; readonly labelled: number }>,
): Promise<ImportSummary> {
  let told = performance.now();
  try {
    return await turnsOf(core).take(project.id, signal, async () => {
      const started = performance.now();
      const { report, labelled } = await run({
        ...(signal === undefined ? {} : { signal }),
        onProgress: (progress) => {
          onProgress?.(progress);
          if (progress.phase !== 'reading' || performance.now() - told < PAUSE) return;
          told = performance.now();
          hub.publish({ type: 'photos', project: project.id, photos: null });
        },
      });
      return summaryOf(report, labelled, (performance.now() - started) / 1000);
    });
  } finally {
    // Also after a stop: what was read until then is kept.
    hub.publish({ type: 'photos', project: project.id, photos: null });
    hub.publish({ type: 'projects' });
  }
}

function labelByFolders({ core, hub }: Hosts, project: Project, folder: string, labels: readonly string[]): number {
  if (labels.length === 0) return 0;
  try {
    const report = core.labels.fromFolders(project, { folder, overwrite: false, names: new Set(labels) });
    if (report.newClasses.length > 0) hub.publish({ type: 'classes', project: project.id });
    hub.publish({ type: 'labels', project: project.id, revision: report.revision, photos: null });
    return report.changed;
  } catch (error) {
    // The folders were renamed between the offer and the import: the photos are there, without labels.
    if (error instanceof AppError && error.code === 'labels.no-folders') return 0;
    throw error;
  }
}

function summaryOf(report: ImportReport, labelled: number, seconds: number): ImportSummary {
  const { folder, found, added, unchanged, changed, moved, returned, missing, undecodable, unreadable } = report;
  const read = added + changed;
  return {
    folder,
    found,
    added,
    unchanged,
    changed,
    moved,
    returned,
    missing,
    undecodable: undecodable.slice(0, NAMED),
    unreadable: unreadable.slice(0, NAMED),
    undecodableCount: undecodable.length,
    unreadableCount: unreadable.length,
    labelled,
    imagesPerSecond: read > 0 && seconds > 0 ? read / seconds : null,
  };
}

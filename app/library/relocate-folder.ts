/** A folder of photos that is somewhere else now. */
import { AppError } from '../domain/errors.ts';
import { assertFolderOf } from '../domain/folder-of.ts';
import type { Project } from '../domain/project.ts';
import type { Work } from '../ports/work.ts';
import type { ImportReport } from './import-report.ts';
import { importFolder } from './import-folder.ts';
import type { ImportPorts } from './read-photos.ts';

/**
 * Photos are found at the new place by their content and keep everything. The old folder is forgotten once none of its
 * photos is left behind. Throws `library.folder-unknown`, `library.folder-still-there`, and what an import throws.
 */
export async function relocateFolder(
  ports: ImportPorts,
  project: Project,
  from: string,
  to: string,
  work: Work = {},
): Promise<ImportReport> {
  const { store, photoFiles } = ports;
  assertFolderOf(project, store.projects.folders(project.id), from);
  // Where the photos are still at their place, those at the other one are copies and would become photos of their own.
  if ((await photoFiles.isFolder(from)) && (await photoFiles.scan(from)).photos.length > 0) {
    throw new AppError(
      'library.folder-still-there',
      `The photos of "${from}" are still there, so nothing was changed. Import "${to}" as a folder of its own, or ` +
        'move the old one away first.',
      { data: { from, to } },
    );
  }
  const report = await importFolder(ports, project, to, work);
  store.transaction(() => {
    const left = store.photos.stamps(project.id, from).filter(({ path }) => !isBelow(path, report.folder));
    store.photos.markMissing(left.filter(({ state }) => state !== 'missing').map(({ id }) => id));
    if (left.length === 0 && from !== report.folder) store.projects.forgetFolder(project.id, from);
  });
  return report;
}

function isBelow(path: string, folder: string): boolean {
  return path.startsWith(folder) && (/[/\\]$/.test(folder) || /[/\\]/.test(path[folder.length] ?? ''));
}

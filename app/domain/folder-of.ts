import { AppError } from './errors.ts';
import type { Project, ProjectFolder } from './project.ts';

/** Throws `library.folder-unknown` where `folder` is none of the project's `folders`. */
export function assertFolderOf(
  project: Project,
  folders: readonly Pick<ProjectFolder, 'path'>[],
  folder: string,
): void {
  if (folders.some(({ path }) => path === folder)) return;
  throw new AppError(
    'library.folder-unknown',
    `Project "${project.name}" has no folder "${folder}". Nothing was changed.`,
    { data: { folder } },
  );
}

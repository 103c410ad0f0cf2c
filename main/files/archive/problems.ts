import { AppError } from '#app/domain/errors.ts';

const remedies = {
  foreign: 'Choose a file that "dtl project archive" or "Archive project" wrote.',
  damaged: 'Nothing was taken from it. Get another copy of it, or make the archive anew.',
  hostile: 'No such file is made by this program. Nothing was taken from it.',
} as const;

/** `damaged`: not as it was written. `hostile`: as no program of ours would write it. */
export function archiveProblem(kind: keyof typeof remedies, path: string, what: string, cause?: unknown): AppError {
  const said = what.replace(/[.\s]+$/, '').slice(0, 500);
  const start = kind === 'foreign' ? 'is no archive of a project' : 'cannot be used';
  return new AppError(`archive.${kind}`, `"${path}" ${start}: ${said}. ${remedies[kind]}`, {
    data: { path, problem: said },
    cause,
  });
}

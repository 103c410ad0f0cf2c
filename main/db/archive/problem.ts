import { AppError } from '#app/domain/errors.ts';

/** What an archive says does not hold together. */
export function contentProblem(where: string, problem: string, cause?: unknown): AppError {
  const said = problem.slice(0, 2000);
  return new AppError(
    'archive.content',
    `The archive is not in order: ${where}: ${said}. Nothing was taken from it, and nothing else was changed. ` +
      'Make the archive anew, or get another copy of it.',
    { data: { where, problem: said }, cause },
  );
}

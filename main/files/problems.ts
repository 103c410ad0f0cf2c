/** What a failing file system call means for the person at the screen. */
import { AppError } from '#app/domain/errors.ts';

/** What was being attempted: `written` gives "… could not be written: …". */
export type FileDeed = 'written' | 'read' | 'created' | 'copied' | 'removed';

const causes: Readonly<Record<string, { readonly code: string; readonly why: string; readonly remedy: string }>> = {
  ENOSPC: { code: 'disk-full', why: 'the disk is full', remedy: 'Free some space and try again.' },
  EDQUOT: { code: 'disk-full', why: 'your disk quota is used up', remedy: 'Free some space and try again.' },
  EFBIG: { code: 'too-large', why: 'it is larger than this disk allows a file to be', remedy: 'Use another disk.' },
  EROFS: { code: 'read-only', why: 'the disk is read-only', remedy: 'Make it writable or choose another folder.' },
  EACCES: { code: 'no-permission', why: 'permission is denied', remedy: 'Change its permissions and try again.' },
  EPERM: { code: 'no-permission', why: 'permission is denied', remedy: 'Change its permissions and try again.' },
  ENOENT: { code: 'missing', why: 'it or its folder does not exist', remedy: 'Check the path.' },
  ENOTDIR: { code: 'not-a-folder', why: 'a part of its path is not a folder', remedy: 'Check the path.' },
  EISDIR: { code: 'is-a-folder', why: 'it is a folder', remedy: 'Name a file.' },
  EMFILE: { code: 'too-many-open', why: 'too many files are open', remedy: 'Close other programs and try again.' },
  ENFILE: { code: 'too-many-open', why: 'too many files are open', remedy: 'Close other programs and try again.' },
};

/** The system's name of an error, such as ENOSPC; undefined for anything that is not a system error. */
export function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined;
  return /^E[A-Z0-9]+$/.test(error.code) ? error.code : undefined;
}

/** In half a sentence, why a file could not be reached: "permission is denied". */
export function reasonOf(error: unknown): string {
  const known = causes[errnoOf(error) ?? ''];
  if (known !== undefined) return known.why;
  return error instanceof Error ? error.message : String(error);
}

/**
 * A system error as AppError `files.*` naming the path; `kept` is a sentence about what is still there. What is no
 * system error (an AppError, a bug) is given back as it is, for the caller to throw on.
 */
export function fileProblem(error: unknown, deed: FileDeed, path: string, kept?: string): unknown {
  const errno = errnoOf(error);
  if (error instanceof AppError || errno === undefined) return error;
  const known = causes[errno];
  const parts = [`"${path}" could not be ${deed}: ${reasonOf(error)}.`, kept, known?.remedy];
  return new AppError(`files.${known?.code ?? 'io'}`, parts.filter((part) => part !== undefined).join(' '), {
    data: { path, errno },
    cause: error,
  });
}

const shownProblems = 12;

/** Problems for the end of a message, one a line: the first dozen, and how many more there are. */
export function problemList(problems: readonly string[]): string {
  const more = problems.length - shownProblems;
  const lines = problems.slice(0, shownProblems).map((problem) => `\n  ${problem}`);
  if (more > 0) lines.push(`\n  and ${more} more`);
  return lines.join('');
}

/** Problems for an error's data; what is checked may come from an attacker, so there is an end to them. */
export function problemData(problems: readonly string[]): readonly string[] {
  return problems.slice(0, 1000);
}

/** The element with that flat index as its place in a tensor of that shape: [3, 17]. */
export function tensorPosition(index: number, shape: readonly number[]): string {
  const place: number[] = [];
  for (const size of shape.toReversed()) {
    place.unshift(index % size);
    index = Math.floor(index / size);
  }
  return `[${place.join(', ')}]`;
}

/** What SQLite reports, in words for the person at the screen: what happened, what is kept, what to do. */
import Sqlite from 'better-sqlite3';
import { AppError, asAppError } from '#app/domain/errors.ts';
import type { ErrorKind } from '#app/domain/errors.ts';

interface Explanation {
  readonly code: string;
  readonly kind: ErrorKind;
  readonly message: (file: string) => string;
}

/** By the start of SQLite's own code; the first that fits counts. */
const explanations: readonly (readonly [string, Explanation])[] = [
  [
    'SQLITE_FULL',
    {
      code: 'store.disk-full',
      kind: 'expected',
      message: (file) =>
        `The disk with "${file}" is full. This change was not made; everything stored before it is kept. ` +
        'Free some space and do it again.',
    },
  ],
  [
    'SQLITE_BUSY',
    {
      code: 'store.busy',
      kind: 'expected',
      message: (file) =>
        `Another process is writing to "${file}" and did not finish in time. This change was not made; everything ` +
        'stored before it is kept. Wait until the other process is done, or end it, and try again.',
    },
  ],
  [
    'SQLITE_READONLY',
    {
      code: 'store.read-only',
      kind: 'expected',
      message: (file) =>
        `"${file}" is open for reading only, so this change was not made; everything stored is kept. ` +
        'Close the other process that uses it, or make the file and its folder writable, and try again.',
    },
  ],
  [
    'SQLITE_NOTADB',
    {
      code: 'store.foreign',
      kind: 'expected',
      message: (file) =>
        `"${file}" is not a database, or its beginning is damaged. It was left as it is. ` +
        'See what backups there are with "dtl backup list" and put one in its place with "dtl backup restore", or move it away to ' +
        'start with an empty store.',
    },
  ],
  [
    'SQLITE_CORRUPT',
    {
      code: 'store.corrupt',
      kind: 'expected',
      message: (file) =>
        `"${file}" is damaged. It was left as it is. ` +
        'See what backups there are with "dtl backup list", and put one in its place with "dtl backup restore ID"; the damaged ' +
        'one is kept.',
    },
  ],
  [
    'SQLITE_CANTOPEN',
    {
      code: 'store.io',
      kind: 'expected',
      message: (file) =>
        `"${file}" cannot be opened just now, which does not mean that it is damaged. Nothing was changed. Check that you may read and ` +
        `write it, its log "${file}-wal" and "${file}-shm" where they are there, and its folder, that its disk is connected and ` +
        'not full, and that no program has too many files open; then try again.',
    },
  ],
  [
    'SQLITE_IOERR',
    {
      code: 'store.io',
      kind: 'expected',
      message: (file) =>
        `"${file}" could not be read or written. This change was not made; everything stored before it is kept. ` +
        'Check the disk and its connection, and try again. If it goes on, move it and its log away and put a backup in its place ' +
        'with "dtl backup restore ID".',
    },
  ],
  [
    'SQLITE_NOMEM',
    {
      code: 'store.out-of-memory',
      kind: 'expected',
      message: (file) =>
        `There was not enough memory to work on "${file}". This change was not made; everything stored before it is ` +
        'kept. Close other programs and try again.',
    },
  ],
];

/** `thrown` as an AppError that names `file`; what does not come from SQLite is passed on as it is. */
export function storeError(thrown: unknown, file: string): Error {
  if (!(thrown instanceof Sqlite.SqliteError)) return thrown instanceof Error ? thrown : asAppError(thrown);
  const explanation = explanations.find(([start]) => thrown.code.startsWith(start))?.[1];
  const data = { file, sqlite: thrown.code };
  if (!explanation) {
    return new AppError('store.failed', `${thrown.message} (${thrown.code}, "${file}")`, {
      kind: 'bug',
      data,
      cause: thrown,
    });
  }
  return new AppError(explanation.code, explanation.message(file), { kind: explanation.kind, data, cause: thrown });
}

/** Copies of the database that are made while it is in use, and what is in them. */
import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import { z } from 'zod';
import { AppError, cancelled } from '#app/domain/errors.ts';
import type { CopyChecks, DatabaseContents, DatabaseCopies, UsedNumbers } from '#app/ports/backups.ts';
import { Connection } from './connection.ts';
import { applicationId, readMigrations } from './migrations.ts';
import { assertSound } from './open.ts';

export function databaseCopies(db: Connection): DatabaseCopies {
  return {
    copy: async (path, { signal, onProgress }) => {
      await db.backUpTo(path, (done, total) => {
        if (signal?.aborted === true) throw cancelled('The backup');
        onProgress?.({ done, total });
      });
    },
    usedNumbers: () =>
      Object.fromEntries(
        db
          .prepare<[], { name: string; seq: number }>('SELECT name, seq FROM sqlite_sequence')
          .all()
          .map(({ name, seq }) => [name, seq]),
      ),
  };
}

/**
 * Brings what is in the log of a database that nobody writes into its one file, and gives the numbers that were used. Throws
 * `store.corrupt`, `store.foreign`, and `store.busy` where somebody reads it and does not come to an end.
 */
export function settleDatabase(path: string): UsedNumbers {
  const db = new Connection(path, { readOnly: false, busyTimeout: 5000 });
  try {
    assertSound(db);
    if (Number(db.pragma('wal_checkpoint(TRUNCATE)')) !== 0) {
      throw new AppError(
        'store.busy',
        `Another process is reading "${path}" and did not finish in time, so no backup was put in its place yet. Everything is as it ` +
          'was. Wait until the other process is done, or end it, and try again.',
        { data: { file: path } },
      );
    }
    standAlone(db);
    return databaseCopies(db).usedNumbers();
  } finally {
    db.close();
  }
}

/** Without the log even looking leaves no files beside it. Where somebody has it open it keeps its log, which is empty. */
function standAlone(db: Connection): void {
  db.pragma('busy_timeout = 0');
  try {
    db.pragma('journal_mode = DELETE');
  } catch (error) {
    if (!(error instanceof AppError && error.code === 'store.busy')) throw error;
  }
}

/** In a copy that nobody has open: its numbers go on behind these. */
export function raiseNumbers(path: string, used: UsedNumbers): void {
  const db = new Connection(path, { readOnly: false, busyTimeout: 0 });
  try {
    const raise = db.prepare<[number, string]>('UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = ?');
    const add = db.prepare<[string, number, string]>(
      'INSERT INTO sqlite_sequence (name, seq) SELECT ?, ? WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = ?)',
    );
    const tables = new Set(
      db
        .prepare<[], { name: string }>(`SELECT name FROM sqlite_schema WHERE type = 'table'`)
        .all()
        .map(({ name }) => name),
    );
    db.transaction(() => {
      for (const [name, number] of Object.entries(used)) {
        if (!tables.has(name)) continue;
        raise.run(number, name);
        add.run(name, number, name);
      }
    });
  } finally {
    db.close();
  }
}

/**
 * In a thread of its own: checking a hundred megabytes takes a second, in which nobody could label. A text, because a bundle has no
 * file that a thread could begin with; the driver is found from here.
 */
const lookScript = `
const { parentPort, workerData } = require('node:worker_threads');
const Sqlite = require(workerData.driver);
const answers = workerData.paths.map((path) => {
  try {
    const db = new Sqlite(path, { readonly: !workerData.check, fileMustExist: true });
    try {
      if (workerData.check) {
        db.pragma('journal_mode = DELETE');
        const verdict = db.pragma('integrity_check(1)', { simple: true });
        if (verdict !== 'ok') return { problem: String(verdict) };
      }
      const one = (sql) => db.prepare(sql).pluck().get();
      return {
        id: db.pragma('application_id', { simple: true }),
        version: db.pragma('user_version', { simple: true }),
        projects: db.prepare('SELECT name FROM projects ORDER BY name').pluck().all(),
        photos: one('SELECT count(*) FROM photos'),
        labelled: one('SELECT count(class_id) FROM photos'),
        runs: one('SELECT count(*) FROM runs'),
      };
    } finally {
      db.close();
    }
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
});
parentPort.postMessage(answers);
`;

const looked = z.array(
  z.union([
    z.object({ problem: z.string() }),
    z.object({
      id: z.int(),
      version: z.int(),
      projects: z.array(z.string()),
      photos: z.int(),
      labelled: z.int(),
      runs: z.int(),
    }),
  ]),
);

function look(paths: readonly string[], check: boolean): Promise<z.infer<typeof looked>> {
  const driver = createRequire(import.meta.url).resolve('better-sqlite3');
  const worker = new Worker(lookScript, { eval: true, workerData: { driver, paths, check } });
  return new Promise((resolve, reject) => {
    worker.once('message', (answers: unknown) => resolve(looked.parse(answers)));
    worker.once('error', reject);
    worker.once('exit', (code) => reject(new Error(`The check of a backup ended with ${code} and without an answer.`)));
  });
}

/** What is in a backup does not change, so it is read once. */
export function copyChecks(): CopyChecks {
  const known = new Map<string, DatabaseContents | null>();
  return {
    check: async (path) => {
      const [answer] = await look([path], true);
      const problem = answer === undefined ? 'it was not looked at' : problemOf(answer);
      if (answer === undefined || 'problem' in answer || problem !== null) {
        throw new AppError(
          'backups.damaged',
          `The backup "${path}" is not sound: ${problem ?? 'it cannot be read'}. It was not used, and everything else is as it was. ` +
            'Choose another one.',
          { data: { path, problem } },
        );
      }
      return contentsOf(answer);
    },
    contents: async (paths) => {
      const unknown = paths.filter((path) => !known.has(path));
      if (unknown.length > 0) {
        const answers = await look(unknown, false);
        for (const [at, path] of unknown.entries()) {
          const answer = answers[at];
          known.set(
            path,
            answer === undefined || problemOf(answer) !== null || 'problem' in answer ? null : contentsOf(answer),
          );
        }
      }
      return new Map(paths.map((path) => [path, known.get(path) ?? null]));
    },
  };
}

type Looked = z.infer<typeof looked>[number];

function problemOf(answer: Looked): string | null {
  if ('problem' in answer) return answer.problem;
  if (answer.id !== applicationId) return 'it is a database of another program';
  const newest = readMigrations().length;
  return answer.version > newest ? `it is of a newer version of the program (${answer.version}, here ${newest})` : null;
}

function contentsOf({ projects, photos, labelled, runs }: Exclude<Looked, { problem: string }>): DatabaseContents {
  return { projects, photos, labelled, runs };
}

/**
 * One connection to one SQLite file, the only user of the driver: every error comes out as an AppError that names the
 * file, and a transaction is kept whole or not at all.
 */
import Sqlite from 'better-sqlite3';
import type { Database, Statement } from 'better-sqlite3';
import { AppError } from '#app/domain/errors.ts';
import { storeError } from './errors.ts';

export type SqlValue = string | number | Uint8Array | null;

/**
 * A prepared statement. `Row` is what the selected columns of STRICT tables hold; JSON columns come as text and are
 * checked where they are read.
 */
export interface Prepared<Params extends readonly SqlValue[], Row> {
  /** Gives the number of rows it changed and the last row's number. */
  run(...params: Params): { readonly changes: number; readonly id: number };
  get(...params: Params): Row | undefined;
  all(...params: Params): Row[];
  /** Row by row. Nothing else may be asked of this connection before the last one. */
  iterate(...params: Params): IterableIterator<Row>;
}

/** SQLite's driver needs Node-API 10 and crashes the process without a word on anything older. */
export function assertNodeApi(version: string | undefined = process.versions['napi']): void {
  if (Number(version) >= 10) return;
  throw new AppError(
    'store.old-node',
    `This Node.js (${process.version}) is too old for the database: version 24 is needed. ` +
      'Nothing was opened. Start the program through npm ("npm run dtl"), which brings its own Node.js.',
    { data: { node: process.version, napi: version ?? null } },
  );
}

/** Half a megabyte: less than a millisecond in which nobody else is served. */
const PAGES_AT_ONCE = 128;

export class Connection {
  readonly file: string;
  readonly readOnly: boolean;
  readonly #db: Database;
  #depth = 0;
  #changes: Statement<[], number> | undefined;
  #undoneBy: Error | undefined;

  /** Waits up to `busyTimeout` milliseconds for another process's write. */
  constructor(file: string, options: { readOnly: boolean; busyTimeout: number }) {
    assertNodeApi();
    this.file = file;
    this.readOnly = options.readOnly;
    this.#db = this.#explained(
      () =>
        new Sqlite(file, { readonly: options.readOnly, fileMustExist: options.readOnly, timeout: options.busyTimeout }),
    );
  }

  prepare<Params extends readonly SqlValue[], Row = never>(sql: string): Prepared<Params, Row> {
    const statement = this.#explained(() => this.#db.prepare<SqlValue[], Row>(sql));
    return {
      run: (...params) =>
        this.#checked(() => {
          const done = statement.run(...params);
          return { changes: done.changes, id: Number(done.lastInsertRowid) };
        }),
      get: (...params) => this.#checked(() => statement.get(...params)),
      all: (...params) => this.#checked(() => statement.all(...params)),
      iterate: (...params) => this.#explainedRows(() => statement.iterate(...params)),
    };
  }

  /** A statement of one column of whole numbers or reals: for 100,000 rows several times as fast as rows are. */
  prepareColumn(sql: string): (...params: readonly SqlValue[]) => number[] {
    const statement = this.#explained(() => this.#db.prepare<SqlValue[], number>(sql).pluck());
    return (...params) => this.#checked(() => statement.all(...params));
  }

  /** Another one after every change of the file, whoever made it; null within a transaction, which may yet be undone. */
  version(): string | null {
    if (this.#depth > 0) return null;
    return this.#checked(() => {
      this.#changes ??= this.#db.prepare<[], number>('SELECT total_changes()').pluck();
      return `${this.#changes.get()} ${String(this.#db.pragma('data_version', { simple: true }))}`;
    });
  }

  /** Runs SQL without parameters or rows. */
  exec(sql: string): void {
    this.#checked(() => this.#db.exec(sql));
  }

  /** The value of a PRAGMA, or of setting it. */
  pragma(text: string): unknown {
    return this.#checked(() => this.#db.pragma(text, { simple: true }));
  }

  /**
   * All of `work` or nothing of it. Nested calls are savepoints. A writer takes the write lock at the start, so that
   * what it reads cannot be outdated by the time it writes.
   *
   * On a full disk or an I/O error SQLite may undo the whole transaction and not only the failing step. Then there is
   * nothing left to go on with: every further step, and the outermost transaction, throw that same error.
   */
  transaction<T>(work: () => T): T {
    const transaction = this.#db.transaction(() => {
      this.#depth += 1;
      try {
        const result = work();
        this.#assertNotUndone();
        return result;
      } finally {
        this.#depth -= 1;
      }
    });
    return this.#checked(() => (this.readOnly ? transaction.deferred() : transaction.immediate()));
  }

  /**
   * Copies what is committed to a new file, some pages at a time, while this connection goes on being used. What `onPages` throws
   * ends it; whoever asked takes the unfinished file away.
   */
  async backUpTo(path: string, onPages: (done: number, total: number) => void): Promise<void> {
    try {
      await this.#db.backup(path, {
        progress: ({ totalPages, remainingPages }) => {
          onPages(totalPages - remainingPages, totalPages);
          return PAGES_AT_ONCE;
        },
      });
    } catch (thrown) {
      throw storeError(thrown, path);
    }
  }

  close(): void {
    this.#explained(() => this.#db.close());
  }

  #explained<T>(work: () => T): T {
    try {
      return work();
    } catch (thrown) {
      const error = storeError(thrown, this.file);
      if (this.#depth > 0 && !this.#db.inTransaction) this.#undoneBy ??= error;
      throw error;
    }
  }

  *#explainedRows<Row>(start: () => IterableIterator<Row>): IterableIterator<Row> {
    const rows = this.#checked(start);
    try {
      for (let next = this.#explained(() => rows.next()); next.done !== true; next = this.#explained(() => rows.next()))
        yield next.value;
    } finally {
      rows.return?.();
    }
  }

  #checked<T>(work: () => T): T {
    this.#assertNotUndone();
    return this.#explained(work);
  }

  #assertNotUndone(): void {
    if (this.#depth === 0) this.#undoneBy = undefined;
    else if (!this.#db.inTransaction) throw this.#undoneBy ?? new Error('A transaction was ended from inside.');
  }
}

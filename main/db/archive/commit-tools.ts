/** One taking over of a staged project, while it goes on. */
import type { ProjectStaging } from '#app/ports/archive.ts';
import type { Connection, SqlValue } from '../connection.ts';
import { contentProblem } from './problem.ts';
import type { ArchiveHead } from './records.ts';

export interface CommitOptions {
  readonly head: ArchiveHead;
  readonly asked: Parameters<ProjectStaging['commit']>[0];
  /** The last id of a run before those that were reserved. */
  readonly runsBefore: number;
  readonly now: number;
}

/** New ids are the last one before plus the place in the archive. */
export class CommitTools {
  readonly db: Connection;
  project = 0;
  photosBefore = 0;
  classesBefore = 0;

  constructor(db: Connection) {
    this.db = db;
  }

  /** By their numbers in the archive. */
  classIds(): ReadonlyMap<number, number> {
    const rows = this.rows<{ number: number; place: number }>('SELECT number, place FROM staged.classes');
    return new Map(rows.map(({ number, place }) => [number, place + this.classesBefore]));
  }

  /** Every staged row has to arrive: a join that finds nothing would lose it without a word. */
  copy(table: string, sql: string, ...values: readonly SqlValue[]): void {
    const { changes } = this.run(sql, ...values);
    const { n = 0 } = this.db.prepare<[], { n: number }>(`SELECT count(*) AS n FROM staged.${table}`).get() ?? {};
    if (changes !== n)
      throw contentProblem(
        table.replaceAll('_', '-'),
        `${n - changes} of its lines name something that is not in the archive`,
      );
  }

  lastId(table: 'photos' | 'classes'): number {
    return (
      this.db.prepare<[string], { seq: number }>('SELECT seq FROM sqlite_sequence WHERE name = ?').get(table)?.seq ?? 0
    );
  }

  rows<R>(sql: string): R[] {
    return this.db.prepare<[], R>(sql).all();
  }

  run(sql: string, ...values: readonly SqlValue[]): { readonly changes: number; readonly id: number } {
    return this.db.prepare<SqlValue[]>(sql).run(...values);
  }

  exec(sql: string): void {
    this.db.exec(sql);
  }
}

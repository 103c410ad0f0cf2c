/** What the rules need for backups: a folder of them, and a database that can be copied while it is in use. */
import type { BackupReason, BackupStamp } from '../domain/backup.ts';
import type { LongWork } from './files.ts';

export interface BackupFile extends BackupStamp {
  /** Absolute. */
  readonly path: string;
  readonly bytes: number;
}

/** What a copy of the database holds. */
export interface DatabaseContents {
  readonly projects: readonly string[];
  readonly photos: number;
  readonly labelled: number;
  readonly runs: number;
}

export interface BackupFolder {
  /** Newest first. */
  list(): Promise<readonly BackupFile[]>;
  /** `make` writes a file under a passing name; it counts when it is whole. Throws what `make` throws, and `files.*`. */
  add(at: number, reason: BackupReason, make: (partial: string) => Promise<void>): Promise<BackupFile>;
  /** Throws `backups.unknown`. */
  get(id: number): Promise<BackupFile>;
  remove(id: number): Promise<void>;
}

/** Numbers that must not be given again, because files are named after them. */
export type UsedNumbers = Readonly<Record<string, number>>;

export interface DatabaseCopies {
  /** What is committed, to a new file, while the database goes on being written. Throws `store.*`. */
  copy(path: string, work: LongWork<{ readonly done: number; readonly total: number }>): Promise<void>;
  usedNumbers(): UsedNumbers;
}

export interface CopyChecks {
  /** Makes a fresh copy a file that stands by itself, and checks all of it. Throws `backups.damaged`. */
  check(path: string): Promise<DatabaseContents>;
  /** What is in copies that were checked when they were made; null for one that cannot be read now. */
  contents(paths: readonly string[]): Promise<ReadonlyMap<string, DatabaseContents | null>>;
}

export interface PendingRestore {
  readonly backup: number;
  /** The backup that was made of the database whose place it takes; null where that is damaged, so that its file is kept. */
  readonly kept: number | null;
  readonly used: UsedNumbers;
}

/** Puts backups in the place of the database; nobody has that open meanwhile. */
export interface DatabaseSwap {
  /** From here on the restore will come to its end, at the latest when the profile is opened next. */
  intend(restore: PendingRestore): Promise<void>;
  /** The backup that was intended and is not in the database's place yet. */
  wanted(): Promise<number | null>;
  /**
   * Does nothing where nothing was intended. What is in the database's place is kept among the backups, with all that was told
   * until now. An intention that cannot be fulfilled is dropped, and the note says why.
   */
  complete(): Promise<string | null>;
  /** What was begun and cut off is taken back, so that something else can be intended. */
  undo(): Promise<void>;
}

/** What the rules need to carry a project as one file: its rows as lines, files beside them, and a store to take them in. */
import type { BackboneIdentity, PackId, ProjectId, RunId } from '../domain/ids.ts';
import type { LongWork } from './files.ts';

/** What a person is told of an archive before anything is taken from it. */
export interface ArchiveSummary {
  readonly name: string;
  readonly appVersion: string;
  readonly archivedAt: number;
  readonly withPhotos: boolean;
  readonly counts: Readonly<Record<'photos' | 'labelled' | 'classes' | 'events' | 'runs' | 'packs', number>>;
  readonly backbones: readonly { readonly identity: BackboneIdentity; readonly name: string }[];
}

/** A file of the profile that belongs to a project. */
export interface ArchivedFile {
  readonly kind: 'weights' | 'checkpoint' | 'pack';
  /** Its name in an archive. */
  readonly name: string;
  /** As it is stored in the profile. */
  readonly stored: string;
  /** Null where the store does not say. */
  readonly sha256: string | null;
  /** For the person: `the weights of run 3`. */
  readonly title: string;
}

export interface ArchivedPhoto {
  readonly contentHash: string;
  readonly path: string;
  readonly bytes: number;
}

/** A project as it was at one moment, whatever is labelled meanwhile. */
export interface ProjectSnapshot {
  /** Before the tables: what it says of them is counted when it is asked for. */
  head(facts: { readonly appVersion: string; readonly archivedAt: number; readonly withPhotos: boolean }): unknown;
  /** In the order in which they have to be read again. */
  tables(): Iterable<{ readonly name: string; readonly rows: () => Iterable<unknown> }>;
  files(): readonly ArchivedFile[];
  /** Each content once. */
  photos(): Iterable<ArchivedPhoto>;
  close(): void;
}

/** A photo of an archive that has to be found, or is missing. */
export interface WantedPhoto {
  readonly number: number;
  readonly folder: string;
  /** Below the folder, with forward slashes. */
  readonly path: string;
  readonly contentHash: string | null;
  readonly bytes: number;
}

export interface PlacedPhoto {
  readonly number: number;
  readonly path: string;
  readonly modifiedAt: number;
}

export interface RestoredProject {
  readonly project: ProjectId;
  readonly name: string;
  readonly runs: readonly RunId[];
  readonly packs: readonly PackId[];
  /** Backbones that runs need and that are here only by name. */
  readonly absent: readonly string[];
}

/** Rows of an archive on their way into the store: checked and set aside first, taken over in one step. */
export interface ProjectStaging {
  readonly summary: ArchiveSummary;
  /** Names of the tables that are expected, in the order in which they are to come. */
  readonly tables: readonly string[];
  /** Throws `archive.content` naming the table and what is wrong with a row. */
  add(table: string, rows: readonly unknown[]): void;
  wanted(): Iterable<WantedPhoto>;
  place(photos: readonly PlacedPhoto[]): void;
  files(): readonly ArchivedFile[];
  /**
   * Takes numbers for the runs that nothing else will get, and tells for which places in the profile the files of the archive are:
   * they are to be there before the rows that name them. `hasFile` tells by its name whether one is in the archive.
   */
  reserve(hasFile: (name: string) => boolean): readonly { readonly name: string; readonly stored: string }[];
  /**
   * All of it or nothing. `folders`: to be remembered as folders of the project; `missing`: where photos that were not placed
   * are looked for next time. After `reserve`. Throws `archive.content`.
   */
  commit(options: {
    readonly name: string;
    readonly folders: readonly string[];
    readonly missing: string;
    readonly hasFile: (name: string) => boolean;
  }): RestoredProject;
  close(): void;
}

export interface ProjectArchives {
  snapshot(project: ProjectId): ProjectSnapshot;
  /** `head` as it stands in the archive. Throws `archive.content`, `archive.newer`. */
  stage(head: unknown): ProjectStaging;
}

export interface ArchiveEntry {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
}

export interface ArchiveSink {
  json(name: string, value: unknown): Promise<void>;
  /** One JSON text a line. */
  lines(name: string, records: Iterable<unknown>): Promise<void>;
  /** A file as it is. With `sha256` it is taken only where that is its hash. */
  file(name: string, path: string, sha256: string | null): Promise<'taken' | 'changed' | 'missing'>;
}

/** An entry by its name, and the absolute path at which it is to lie. */
export interface ExtractedFile {
  readonly name: string;
  readonly path: string;
}

export interface ArchiveSource {
  readonly path: string;
  readonly bytes: number;
  readonly entries: ReadonlyMap<string, ArchiveEntry>;
  /** Entries of photos by the hash of their content. */
  readonly photos: ReadonlyMap<string, string>;
  /** Throws `archive.*`. */
  json(name: string): Promise<unknown>;
  /** Lines in groups, each as the JSON it holds. Throws `archive.*`, at the latest when the last one was given. */
  lines(name: string): AsyncIterable<readonly unknown[]>;
  /**
   * Each appears whole or not at all, and only with the hash that the manifest has; one that lies there already is left alone.
   * Throws `archive.*`, `files.*`: `archive.in-the-way` before anything is written, where another file lies in one of the places.
   */
  extract(files: readonly ExtractedFile[]): Promise<void>;
  /** Every byte of every entry against the manifest. Throws `archive.damaged`. */
  check(work: LongWork<{ readonly done: number; readonly total: number }>): Promise<void>;
  close(): Promise<void>;
}

export interface ArchiveFiles {
  /** Appears whole or not at all, and is read once more before. Gives its size. Throws `files.*`, `archive.*`. */
  write(
    path: string,
    fill: (sink: ArchiveSink) => Promise<void>,
    work: LongWork<{ readonly done: number; readonly total: number }>,
  ): Promise<number>;
  /** Throws `archive.foreign`, `archive.damaged`, `archive.hostile`, `files.*`. */
  open(path: string): Promise<ArchiveSource>;
  /** A place below `folder` for a photo: never over another file, never one of `taken`. `there`: these very bytes lie there already. */
  placeFor(
    folder: string,
    path: string,
    contentHash: string,
    taken: ReadonlySet<string>,
  ): Promise<{ readonly path: string; readonly there: boolean }>;
  modifiedAt(path: string): Promise<number>;
}

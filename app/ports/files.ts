/** What the rules need from the disk: a profile, folders of photos, tables of labels, backbones and packs. */
import type { Activation, Backbone } from '../domain/backbone.ts';
import type { BackboneDetails, BackboneInspection } from '../domain/backbone-details.ts';
import type { ContentHash } from '../domain/ids.ts';
import type { PackContent } from '../domain/pack-content.ts';
import type { Subset } from '../domain/run-config.ts';

/** Absolute paths. */
export interface ProfilePaths {
  readonly home: string;
  readonly database: string;
  readonly lock: string;
  readonly backbones: string;
  readonly runs: string;
  readonly packs: string;
  readonly cache: string;
  readonly backups: string;
}

export interface ProfileOwner {
  readonly pid: number;
  readonly host: string;
  /** What it is, e.g. `dtl train`. */
  readonly what: string;
  /** ISO 8601. */
  readonly since: string;
}

/** A profile that this process has open for writing. */
export interface Profile {
  readonly paths: ProfilePaths;
  /** What the person should know about the place, e.g. that it is a network drive. */
  readonly notes: readonly string[];
  /** A stored path (relative, with forward slashes) as an absolute one; throws `profile.path-outside` for any other. */
  locate(stored: string): string;
  /** An absolute path inside the profile as it is stored. */
  relative(path: string): string;
  /** Gives the profile up. */
  close(): void;
}

export interface FolderSize {
  readonly files: number;
  readonly bytes: number;
}

/** Files and folders inside the profile, by their stored paths. */
export interface ProfilePlaces {
  exists(stored: string): boolean;
  /** Of a file, or of all files below a folder; zero where there is nothing. */
  size(stored: string): Promise<FolderSize>;
  /** Takes a file or a folder with all below it away and gives the bytes that this freed; what cannot be removed stays. */
  remove(stored: string): Promise<number>;
  /** Removes what lies in a folder and keeps the folder. */
  clear(stored: string): Promise<number>;
}

/** Long work: it stops when `signal` is aborted (AppError of kind `cancelled`). */
export interface LongWork<Progress> {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

/** A file whose name says that it is a photo; whether it is one shows when it is decoded. */
export interface FoundPhoto {
  /** Absolute. */
  readonly path: string;
  /** Below the scanned folder, with forward slashes. */
  readonly relativePath: string;
  readonly bytes: number;
  /** Epoch milliseconds, with fractions as the file system gives them. */
  readonly modifiedAt: number;
  /** The name of the folder that directly holds it, null for photos directly in the scanned one. */
  readonly offeredClass: string | null;
}

export interface PhotoScan {
  /** The scanned folder, absolute, links resolved. */
  readonly folder: string;
  /** Which folder it was that had this name. */
  readonly identity: string;
  /** By relative path, in the order of its UTF-8 bytes. */
  readonly photos: readonly FoundPhoto[];
  /** What was passed over: hidden files and folders, files that are no photos, links (never followed). */
  readonly hidden: number;
  readonly others: number;
  readonly links: number;
  /** Folders and photos that could not be looked at, by path, with the reason in plain words. */
  readonly unreadable: readonly { readonly path: string; readonly reason: string }[];
}

export interface ScanProgress {
  readonly folders: number;
  readonly photos: number;
}

export interface HashedFile {
  readonly path: string;
  /** Null where the file could not be read; then `reason` says why. */
  readonly hash: ContentHash | null;
  readonly reason: string | null;
}

export interface PhotoFiles {
  /** Whether there is a folder now. */
  isFolder(path: string): Promise<boolean>;
  /** Which folder has this name now, null for none: a drive that is unplugged may leave an empty one in its place. */
  identity(path: string): Promise<string | null>;
  /**
   * Lists a folder and all below it. Throws `photos.folder-missing` (also when it vanishes meanwhile),
   * `photos.not-a-folder`, `photos.folder-unreadable`.
   */
  scan(folder: string, work?: LongWork<ScanProgress>): Promise<PhotoScan>;
  /** SHA-256 of each file, in the given order; a file that cannot be read does not stop the others. */
  hash(
    paths: readonly string[],
    work?: LongWork<{ readonly files: number; readonly bytes: number }>,
  ): Promise<readonly HashedFile[]>;
}

export interface LabelRow {
  /** Line of the file, counted from 1. */
  readonly line: number;
  readonly fileName: string;
  readonly label: string;
  readonly split: Subset | null;
  readonly group: string | null;
}

export interface LabelTable {
  /** `metadata` is Hugging Face's way of describing a folder of images. */
  readonly kind: 'csv' | 'metadata';
  readonly rows: readonly LabelRow[];
  /** Rows that said again what an earlier one had said. */
  readonly repeated: number;
}

/** Empty where it is null; numbers are written so that reading them gives the same number. */
export type Cell = string | number | null;

export interface Tables {
  /**
   * CSV `file_name,label[,split,group]`, or `metadata.csv` / `.jsonl`. Throws `labels.table` naming the lines that
   * are wrong; then no row of it is to be used.
   */
  readLabels(path: string): Promise<LabelTable>;
  /** Appears whole or not at all. */
  writeCsv(path: string, header: readonly string[], rows: Iterable<readonly Cell[]>): Promise<void>;
  /** One line with its end, formulas neutralised: for output that is not a file. */
  csvLine(cells: readonly Cell[]): string;
}

/** What a checkpoint cannot tell about itself; what is given here is believed before anything that files say. */
export interface BackboneHints {
  /** What to call it. */
  readonly name?: string;
  /** A published variant whose settings it has. */
  readonly variant?: string;
  readonly heads?: number;
  /** Side of the input in pixels: position embeddings are resized for it. */
  readonly imageSize?: number;
  readonly layerNormEps?: number;
  readonly activation?: Activation;
  readonly mean?: readonly [number, number, number];
  readonly std?: readonly [number, number, number];
  readonly licence?: string;
}

export interface ImportedBackbone extends Backbone {
  /** Absolute path of the read-only file in the store. */
  readonly path: string;
  readonly tensorPrefix: string;
  readonly details: BackboneDetails;
  /** The same weights were in the store before, and are used from there. */
  readonly alreadyStored: boolean;
}

export interface BackboneFiles {
  /** The backbone that comes with the program. */
  readonly embedded: string;
  /** Its model card, in Markdown. */
  embeddedCard(): string;
  /** Reads no tensor. Throws `backbone.*` naming everything that is wrong with the file, or `files.*`. */
  inspect(source: string, hints: BackboneHints): Promise<BackboneInspection>;
  /** Throws `backbone.*` naming everything that is wrong with the file, or `files.*`; the store then is as it was. */
  import(
    source: string,
    hints: BackboneHints,
    work?: LongWork<{ readonly done: number; readonly total: number }>,
  ): Promise<ImportedBackbone>;
}

export interface PackFile {
  readonly content: PackContent;
  /** SHA-256 of the file, 64 hex digits. */
  readonly sha256: string;
  readonly bytes: number;
}

export interface WrittenPack extends PackFile {
  readonly path: string;
}

export interface PackFiles {
  /** Throws `pack.*` naming everything that is wrong with the file, or `files.*`. */
  read(path: string): Promise<PackFile>;
  /** The same content gives the same bytes; `place` may depend on their SHA-256. Appears whole or not at all. */
  write(place: string | ((sha256: string) => string), content: PackContent): Promise<WrittenPack>;
  /** Trained tensors that an engine left for a run: the same names as in a pack. */
  readTrained(path: string): Promise<PackContent['tensors']>;
}

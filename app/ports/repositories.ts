/**
 * What the rules keep, and how they ask for it. One method is one committed change, or part of the surrounding
 * `Store.transaction`: after it returns, the change survives a power cut; after it throws, nothing has changed.
 *
 * All methods are synchronous. Times are epoch milliseconds from the store's own clock. `get` throws AppError
 * `<thing>.unknown` for an identifier that does not exist, `find` gives null. Besides what is named here every method
 * can throw `store.disk-full`, `store.io`, `store.busy`, `store.corrupt` or `store.read-only`.
 */
import type {
  BrowseFilter,
  Cover,
  LibraryCounts,
  PackAgreement,
  PackApplication,
  PackOpinion,
  PackWord,
  RunOpinion,
  WordFilter,
} from '../domain/browse.ts';
import type { ClassFields, Edit, NewEdit, PhotoMark } from '../domain/edit.ts';
import type {
  BackboneIdentity,
  ClassId,
  ContentHash,
  PackId,
  PhotoId,
  ProjectId,
  RunId,
  SplitId,
} from '../domain/ids.ts';
import type {
  ClassCount,
  HistoryCheck,
  LabelAuthor,
  LabelBatch,
  LabelChange,
  LabelClass,
  LabelEvent,
  NewLabelClass,
} from '../domain/label.ts';
import type { NewPack, Pack, PackPrediction } from '../domain/pack.ts';
import type { NewPhoto, Photo, PhotoFilter, PhotoStamp, PhotoState } from '../domain/photo.ts';
import type { Project, ProjectFolder } from '../domain/project.ts';
import type { Subset } from '../domain/run-config.ts';
import type { RunState, RunTransition } from '../domain/run-state.ts';
import type {
  Checkpoint,
  NewCheckpoint,
  NewRun,
  RecordedMetric,
  Run,
  RunFields,
  RunLogLine,
  RunMetric,
  RunOverview,
  RunPrediction,
  RunSample,
} from '../domain/run.ts';
import type { ProjectArchives } from './archive.ts';
import type { DatabaseCopies } from './backups.ts';
import type { NewSplit, Split, SplitMember } from '../domain/split.ts';
import type { BackboneFields, NewStoredBackbone, StoredBackbone } from '../domain/stored-backbone.ts';

export interface ProjectRepository {
  /** Throws `projects.name-taken`. */
  create(name: string): Project;
  get(id: ProjectId): Project;
  find(name: string): Project | null;
  /** By name. */
  list(): readonly Project[];
  /** Throws `projects.name-taken`. */
  rename(id: ProjectId, name: string): Project;
  /** Notes that it was opened in a window, now. */
  markOpened(id: ProjectId): Project;
  /** Notes that `path` was imported (again). */
  rememberFolder(id: ProjectId, path: string): void;
  /** Its photos stay as they are. */
  forgetFolder(id: ProjectId, path: string): void;
  /** By path. */
  folders(id: ProjectId): readonly ProjectFolder[];
}

export interface PhotoRepository {
  /** In the given order. Throws `photos.path-taken` (data: path) and then adds none. */
  add(project: ProjectId, photos: readonly NewPhoto[]): readonly PhotoId[];
  /**
   * The photo's file was found again: moved, changed, touched, or back after it was missing. Its state follows from
   * `file`, and so does the class that its folder offers; label, group and history stay. Paths may be exchanged among the given photos; one that belongs to
   * a photo outside of them throws `photos.path-taken`.
   */
  update(project: ProjectId, changes: readonly { readonly id: PhotoId; readonly file: NewPhoto }[]): void;
  markMissing(ids: readonly PhotoId[]): void;
  setGroups(groups: readonly { readonly id: PhotoId; readonly group: string | null }[]): void;
  /** Gives those that were marked otherwise before. Throws `photos.unknown` for one that is not in the project. */
  mark(project: ProjectId, photos: readonly PhotoId[], mark: PhotoMark, to: boolean): readonly PhotoId[];
  get(id: PhotoId): Photo;
  /** In the given order; throws `photos.unknown` for the first that does not exist. */
  getMany(ids: readonly PhotoId[]): readonly Photo[];
  /**
   * The numbers by which the label history and the checkpoints of runs name photos: their ids in the profile where the project
   * began. In the given order; throws `photos.unknown`.
   */
  numbers(ids: readonly PhotoId[]): readonly number[];
  find(project: ProjectId, path: string): Photo | null;
  /** Photos with these very bytes, by path; several where a file was copied. */
  withHash(project: ProjectId, hash: ContentHash): readonly Photo[];
  /** Photos below `folder` (every photo when it is null), by path. */
  stamps(project: ProjectId, folder: string | null): readonly PhotoStamp[];
  /** By path. */
  list(project: ProjectId, filter?: PhotoFilter): readonly Photo[];
  /** At most `limit` photos by path, from the first one after `afterPath` (null: from the start). */
  page(project: ProjectId, filter: PhotoFilter, afterPath: string | null, limit: number): readonly Photo[];
  count(project: ProjectId, filter?: PhotoFilter): number;
  /** Of all photos, or of those below `folder`. */
  countByState(project: ProjectId, folder?: string): Readonly<Record<PhotoState, number>>;
  /** Excluded photos below `folder`. */
  countExcluded(project: ProjectId, folder: string): number;
}

export interface ClassRepository {
  /** Appends them in the given order. Throws `classes.name-taken` or `classes.key-taken` and then adds none. */
  add(project: ProjectId, classes: readonly NewLabelClass[]): readonly LabelClass[];
  /** By index, without those that are retired. */
  list(project: ProjectId): readonly LabelClass[];
  /** None that is retired. */
  find(project: ProjectId, name: string): LabelClass | null;
  /** Also one that is retired. */
  get(id: ClassId): LabelClass;
  /** Of all classes there were, for history. */
  names(project: ProjectId): ReadonlyMap<ClassId, string>;
  /** Throws `classes.name-taken` or `classes.key-taken`. */
  edit(id: ClassId, fields: Partial<ClassFields>): LabelClass;
  /** Takes it off the list; those behind it move up. Throws `classes.in-use` where a photo has it. */
  retire(id: ClassId): void;
  /** Puts it back where it was; its key only where that is free. Throws `classes.name-taken`. */
  restore(id: ClassId): void;
  /** All classes that are not retired, in their new order. Throws `classes.unknown` for any other list. */
  arrange(project: ProjectId, order: readonly ClassId[]): void;
}

/** What can be undone, and what was undone and can be done again. */
export interface EditRepository {
  /** What was undone before can then not be done again; of what was done the last 200 edits are kept. */
  add(project: ProjectId, edit: NewEdit): Edit;
  /** What undo and redo would take. */
  next(project: ProjectId): { readonly undo: Edit | null; readonly redo: Edit | null };
  move(id: Edit['id'], state: Edit['state']): void;
}

/** Answers over a whole library, and of many photos at once. */
export interface LibraryRepository {
  /** By path. */
  browse(project: ProjectId, filter: BrowseFilter): Int32Array;
  /** In the given order, at most 1000; throws `photos.unknown`. */
  photos(project: ProjectId, photos: readonly PhotoId[]): readonly Photo[];
  counts(project: ProjectId): LibraryCounts;
  /** Of up to `limit` classes one photo each, of the first ones where there are no labels. */
  covers(project: ProjectId, limit: number): readonly Cover[];
  /** Photos of a split's subset; all of its photos where it is null. */
  members(split: SplitId, subset: Subset | null): Int32Array;
  subsets(split: SplitId, photos: readonly PhotoId[]): ReadonlyMap<PhotoId, Subset>;
  /** Newest first. */
  applications(project: ProjectId): readonly PackApplication[];
  /** Photos of which the pack said something that fits, from the least to the most confident. */
  said(project: ProjectId, pack: PackId, filter: WordFilter): Int32Array;
  words(project: ProjectId, pack: PackId, photos: readonly PhotoId[]): ReadonlyMap<PhotoId, PackWord>;
  agreement(project: ProjectId, pack: PackId): readonly PackAgreement[];
  packOpinions(photo: Photo): readonly PackOpinion[];
  runOpinions(photo: Photo): readonly RunOpinion[];
}

export interface LabelRepository {
  /** The number of the project's last label event, 0 before the first. */
  revision(project: ProjectId): number;
  /**
   * Sets labels and keeps one event for each that changes; all changes of one call are one batch.
   * Throws `photos.unknown` or `classes.unknown` for a photo or class that is not in the project.
   */
  set(project: ProjectId, changes: readonly LabelChange[], author: LabelAuthor): LabelBatch;
  /** Events of one photo, oldest first. */
  history(photo: PhotoId): readonly LabelEvent[];
  /** At most `limit` events with a higher revision than `after`, oldest first. */
  events(project: ProjectId, after: number, limit: number): readonly LabelEvent[];
  /** Compares all events of the project with their seals, and its photos' labels with their last events. */
  check(project: ProjectId): HistoryCheck;
  /** Whether one of the project's seals has this digest, 64 hex digits. */
  hasSeal(project: ProjectId, digest: string): boolean;
  /** Photos by class in the order of the classes, then those without a label; classes with no photo are counted as 0. */
  counts(project: ProjectId): readonly ClassCount[];
}

export interface SplitRepository {
  /** Throws `splits.name-taken`, and `splits.empty` without members. */
  create(split: NewSplit, members: readonly SplitMember[]): Split;
  get(id: SplitId): Split;
  find(project: ProjectId, name: string): Split | null;
  latest(project: ProjectId): Split | null;
  /** Newest first. */
  list(project: ProjectId): readonly Split[];
  /** By photo. */
  members(id: SplitId): readonly SplitMember[];
}

export interface BackboneRepository {
  /** Does nothing but return what is stored when the identity is known already. */
  add(backbone: NewStoredBackbone): StoredBackbone;
  get(identity: BackboneIdentity): StoredBackbone;
  find(identity: BackboneIdentity): StoredBackbone | null;
  /** By name, then by time of import. */
  list(): readonly StoredBackbone[];
  /** How many runs and packs need each. */
  uses(): ReadonlyMap<BackboneIdentity, { readonly runs: number; readonly packs: number }>;
  /** Names of what needs one: runs as `project/run`. */
  neededBy(identity: BackboneIdentity): { readonly runs: readonly string[]; readonly packs: readonly string[] };
  /** Only the given fields change. Throws `backbones.unknown`. */
  edit(identity: BackboneIdentity, fields: Partial<BackboneFields>): StoredBackbone;
  /** Throws `backbones.unknown`. Nothing may need it any more. */
  remove(identity: BackboneIdentity): void;
}

export interface RunRepository {
  /** Queued, with its samples frozen. Throws `runs.no-samples`, `splits.unknown`, `backbones.unknown`. */
  create(run: NewRun, samples: readonly RunSample[]): Run;
  get(id: RunId): Run;
  /** Newest first. */
  list(project: ProjectId): readonly Run[];
  /** Of all projects, oldest first. */
  inState(state: RunState): readonly Run[];
  /** Throws `runs.illegal-transition` as `app/domain/run-state.ts` has it. */
  move(id: RunId, transition: RunTransition): Run;
  /** Only the given fields change. */
  edit(id: RunId, fields: Partial<RunFields>): Run;
  /** With all that was recorded of it; packs made from it stay. Throws `runs.at-work` for one that is running. */
  remove(id: RunId): void;
  /** Newest first. */
  overviews(project: ProjectId): readonly RunOverview[];
  overview(id: RunId): RunOverview;
  /** Those that wait, in the order in which they will run. */
  queue(): readonly RunId[];
  /** Puts waiting runs into this order, before all others that wait. */
  arrangeQueue(order: readonly RunId[]): void;
  /** At most `limit` finished runs on a backbone, newest first. */
  finishedOn(backbone: BackboneIdentity, limit: number): readonly Run[];
  /** Adds lines and gives them as they are kept. */
  appendLog(id: RunId, lines: readonly string[]): readonly RunLogLine[];
  /** In the order in which they were told. */
  log(id: RunId): readonly RunLogLine[];
  /** In the order in which they were given. */
  samples(id: RunId): readonly RunSample[];
  /** An epoch that is there already (a resumed run repeats what came after its checkpoint) is replaced. */
  recordMetrics(id: RunId, metrics: readonly RunMetric[]): readonly RecordedMetric[];
  /** By epoch. */
  metrics(id: RunId): readonly RecordedMetric[];
  /** Replaces what is stored of the run. */
  recordPredictions(id: RunId, predictions: readonly RunPrediction[]): void;
  /** By photo; `by` selects the network. */
  predictions(id: RunId, by: RunPrediction['by']): readonly RunPrediction[];
  recordCheckpoint(id: RunId, checkpoint: NewCheckpoint): Checkpoint;
  latestCheckpoint(id: RunId): Checkpoint | null;
}

export interface PackRepository {
  /** The same file of the same run (or imported once more) is stored once and returned as it is, but for where it lies now. */
  add(pack: NewPack): Pack;
  get(id: PackId): Pack;
  /** Newest first. */
  list(): readonly Pack[];
  withSha256(sha256: string): readonly Pack[];
  ofRun(run: RunId): readonly Pack[];
  /** Not verified, and waiting for this backbone. */
  awaiting(backbone: BackboneIdentity): readonly Pack[];
  markVerified(id: PackId): Pack;
  rename(id: PackId, name: string): Pack;
  /** With what it says of photos. */
  remove(id: PackId): void;
  /** Replaces what the pack said of these photos before; what it says of bytes that a photo no longer has is not kept. */
  keepPredictions(project: ProjectId, pack: PackId, predictions: readonly PackPrediction[]): void;
  /** Notes that the pack was applied to the project now, and of how many photos it says something. */
  noteApplication(project: ProjectId, pack: PackId): void;
}

export interface SettingsRepository {
  all(): Readonly<Record<string, unknown>>;
  /** Values that JSON can hold. */
  set(values: Readonly<Record<string, unknown>>): void;
}

export interface Store {
  readonly projects: ProjectRepository;
  readonly photos: PhotoRepository;
  readonly classes: ClassRepository;
  readonly labels: LabelRepository;
  readonly edits: EditRepository;
  readonly library: LibraryRepository;
  readonly splits: SplitRepository;
  readonly backbones: BackboneRepository;
  readonly runs: RunRepository;
  readonly packs: PackRepository;
  readonly settings: SettingsRepository;
  readonly archives: ProjectArchives;
  readonly copies: DatabaseCopies;
  /** All of `work` is kept, or nothing of it when it throws. `work` is synchronous; transactions may be nested. */
  transaction<T>(work: () => T): T;
  close(): void;
}

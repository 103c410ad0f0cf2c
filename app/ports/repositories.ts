/**
 * What the rules keep, and how they ask for it. One method is one committed change, or part of the surrounding
 * `Store.transaction`: after it returns, the change survives a power cut; after it throws, nothing has changed.
 *
 * All methods are synchronous. Times are epoch milliseconds from the store's own clock. `get` throws AppError
 * `<thing>.unknown` for an identifier that does not exist, `find` gives null. Besides what is named here every method
 * can throw `store.disk-full`, `store.io`, `store.busy`, `store.corrupt` or `store.read-only`.
 */
import type { BackboneIdentity, ContentHash, PackId, PhotoId, ProjectId, RunId, SplitId } from '../domain/ids.ts';
import type {
  ClassCount,
  LabelAuthor,
  LabelBatch,
  LabelChange,
  LabelClass,
  LabelEvent,
  NewLabelClass,
} from '../domain/label.ts';
import type { NewPack, Pack } from '../domain/pack.ts';
import type { NewPhoto, Photo, PhotoFilter, PhotoStamp, PhotoState } from '../domain/photo.ts';
import type { Project, ProjectFolder } from '../domain/project.ts';
import type { RunState, RunTransition } from '../domain/run-state.ts';
import type {
  Checkpoint,
  NewCheckpoint,
  NewRun,
  RecordedMetric,
  Run,
  RunMetric,
  RunPrediction,
  RunSample,
} from '../domain/run.ts';
import type { NewSplit, Split, SplitMember } from '../domain/split.ts';
import type { NewStoredBackbone, StoredBackbone } from '../domain/stored-backbone.ts';

export interface ProjectRepository {
  /** Throws `projects.name-taken`. */
  create(name: string): Project;
  get(id: ProjectId): Project;
  find(name: string): Project | null;
  /** By name. */
  list(): readonly Project[];
  /** Notes that `path` was imported (again). */
  rememberFolder(id: ProjectId, path: string): void;
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
  get(id: PhotoId): Photo;
  /** In the given order; throws `photos.unknown` for the first that does not exist. */
  getMany(ids: readonly PhotoId[]): readonly Photo[];
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
  countByState(project: ProjectId): Readonly<Record<PhotoState, number>>;
}

export interface ClassRepository {
  /** Appends them in the given order. Throws `classes.name-taken` or `classes.key-taken` and then adds none. */
  add(project: ProjectId, classes: readonly NewLabelClass[]): readonly LabelClass[];
  /** By index. */
  list(project: ProjectId): readonly LabelClass[];
  find(project: ProjectId, name: string): LabelClass | null;
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
  rename(id: RunId, name: string): Run;
  annotate(id: RunId, note: string): Run;
  /** In the order in which they were given. */
  samples(id: RunId): readonly RunSample[];
  /** An epoch that is there already (a resumed run repeats what came after its checkpoint) is replaced. */
  recordMetrics(id: RunId, metrics: readonly RunMetric[]): void;
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
  /** The same file of the same run (or imported once more) is stored once and returned as it is. */
  add(pack: NewPack): Pack;
  get(id: PackId): Pack;
  /** Newest first. */
  list(): readonly Pack[];
  withSha256(sha256: string): readonly Pack[];
  ofRun(run: RunId): readonly Pack[];
  /** Not verified, and waiting for this backbone. */
  awaiting(backbone: BackboneIdentity): readonly Pack[];
  markVerified(id: PackId): Pack;
}

export interface Store {
  readonly projects: ProjectRepository;
  readonly photos: PhotoRepository;
  readonly classes: ClassRepository;
  readonly labels: LabelRepository;
  readonly splits: SplitRepository;
  readonly backbones: BackboneRepository;
  readonly runs: RunRepository;
  readonly packs: PackRepository;
  /** All of `work` is kept, or nothing of it when it throws. `work` is synchronous; transactions may be nested. */
  transaction<T>(work: () => T): T;
  close(): void;
}

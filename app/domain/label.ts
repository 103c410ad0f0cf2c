import type { ClassId, PhotoId, ProjectId } from './ids.ts';

/** A class that was merged or removed is retired: events and runs know it, lists do not. */
export interface LabelClass {
  readonly id: ClassId;
  readonly projectId: ProjectId;
  /** Unique among the classes of the project that are not retired, compared exactly. */
  readonly name: string;
  /** Its place in lists and in the logits of runs started from now on: 0, 1, 2... */
  readonly index: number;
  /** `#rrggbb` */
  readonly color: string;
  /** The key that sets it, one character, unique in the project; null when the keys have run out. */
  readonly key: string | null;
}

export interface NewLabelClass {
  readonly name: string;
  readonly color: string;
  readonly key: string | null;
}

/** `folder`: names of folders; `csv` and `metadata`: files of labels; `model`: accepted from predictions. */
export type LabelSource = 'manual' | 'folder' | 'csv' | 'metadata' | 'model' | 'undo';

export interface LabelChange {
  readonly photoId: PhotoId;
  /** Null takes the label away. */
  readonly classId: ClassId | null;
  /** Where it is given, a photo with another label than this stays as it is. */
  readonly onlyFrom?: ClassId | null;
}

/** Who changed labels, and by what means. */
export interface LabelAuthor {
  /** The user's name in the operating system. */
  readonly actor: string;
  readonly source: LabelSource;
}

/** One change of one photo's label. Events are only ever added. */
export interface LabelEvent extends LabelAuthor {
  readonly projectId: ProjectId;
  /** 1, 2, 3... in a project, without gaps. */
  readonly revision: number;
  readonly photoId: PhotoId;
  readonly from: ClassId | null;
  readonly to: ClassId | null;
  /** The revision of the first event of the act that made this one (an import, a bulk change, one key). */
  readonly batch: number;
  readonly at: number;
}

export interface LabelBatch {
  /** The project's revision afterwards. */
  readonly revision: number;
  /** Photos whose label was not already the wanted one; only these got an event. */
  readonly changed: number;
  /** Photos that had another label than `onlyFrom`. */
  readonly passedOver: number;
}

export interface ClassCount {
  /** Null counts the photos without a label. */
  readonly classId: ClassId | null;
  readonly photos: number;
}

/** What is wrong with a history of labels. */
export type HistoryProblem =
  /** These events, by revision, are not as they were when they were sealed. */
  | { readonly kind: 'changed'; readonly from: number; readonly to: number }
  /** Of these revisions some or all are not there. */
  | { readonly kind: 'missing'; readonly from: number; readonly to: number }
  /** These events were not added by an act: they have no seal though earlier ones have, or the project does not count them. */
  | { readonly kind: 'added'; readonly from: number; readonly to: number }
  /** The photo has another label than its last event (null: it has none) says. */
  | { readonly kind: 'label'; readonly path: string; readonly revision: number | null };

export interface HistoryCheck {
  readonly events: number;
  /** The last revision that a seal covers; 0: all events are from before there were seals, and are sealed with the next act. */
  readonly sealed: number;
  /** Of the newest seal, 64 hex digits: whoever writes it down can tell later whether the history was replaced. Null before the first. */
  readonly digest: string | null;
  /** Empty: the history is as it was made. */
  readonly problems: readonly HistoryProblem[];
}

/** Looking through a library: what can be asked of photos, and what is known of each without opening it. */
import type { ClassId, PackId, PhotoId, RunId } from './ids.ts';
import type { PhotoState } from './photo.ts';
import type { Subset } from './run-config.ts';

/** Conditions on photos themselves. All given ones hold. */
export interface BrowseFilter {
  /** One of these labels; null in the list stands for photos without one. */
  readonly classes?: readonly (ClassId | null)[] | undefined;
  readonly state?: PhotoState | undefined;
  readonly flagged?: boolean | undefined;
  readonly excluded?: boolean | undefined;
  /** Part of the file's name, letters of either case. */
  readonly text?: string | undefined;
}

/** Conditions on what a pack says of a photo. All given ones hold. */
export interface WordFilter {
  /** Its best class, as a place in the pack's class names. */
  readonly classIndex?: number | undefined;
  /** Its best class has a lower probability. */
  readonly below?: number | undefined;
  /** Whether the photo has a label, and that has another name. */
  readonly disagrees?: boolean | undefined;
}

export interface PackWord {
  /** Place in the pack's class names. */
  readonly classIndex: number;
  readonly confidence: number;
}

export interface PackOpinion {
  readonly pack: PackId;
  readonly at: number;
  readonly probabilities: readonly number[];
}

export interface RunOpinion {
  readonly run: RunId;
  readonly name: string;
  readonly at: number;
  readonly subset: Subset;
  readonly classNames: readonly string[];
  readonly logits: readonly number[];
}

/** A pack that was applied to a project's library. */
export interface PackApplication {
  readonly pack: PackId;
  readonly at: number;
  readonly photos: number;
}

/** How often a pack says a class of photos with a label (null: without one). */
export interface PackAgreement {
  readonly classIndex: number;
  readonly classId: ClassId | null;
  readonly photos: number;
}

export interface LibraryCounts {
  readonly total: number;
  readonly labelled: number;
  readonly flagged: number;
  readonly excluded: number;
  readonly undecodable: number;
  readonly missing: number;
}

/** A photo to recognise a project by. */
export interface Cover {
  readonly photo: PhotoId;
  readonly hash: string;
}

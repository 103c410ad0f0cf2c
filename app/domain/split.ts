import type { PhotoId, ProjectId, SplitId } from './ids.ts';
import type { Subset } from './run-config.ts';

export interface SplitFractions {
  readonly train: number;
  readonly validation: number;
  readonly test: number;
}

export interface SplitMember {
  readonly photoId: PhotoId;
  readonly subset: Subset;
  /** Number of its cluster: photos of one group or nearly identical ones share it, and with it their subset. */
  readonly cluster: number;
}

export interface NewSplit {
  readonly projectId: ProjectId;
  /** Unique in the project; null: "split N". */
  readonly name: string | null;
  /** How it was drawn; null where the subsets came from a file. */
  readonly drawn: { readonly seed: number; readonly fractions: SplitFractions } | null;
  readonly labelRevision: number;
  /** Hash over who is where, by which a run and a pack name the split. */
  readonly digest: string;
}

/** A split never changes once it is stored. */
export interface Split extends NewSplit {
  readonly id: SplitId;
  /** 1, 2, 3... in the project. */
  readonly number: number;
  readonly name: string;
  readonly createdAt: number;
  readonly counts: Readonly<Record<Subset, number>>;
}

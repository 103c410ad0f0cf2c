/** What a person did in one go and can undo, in a form small enough to be kept for a whole library. */
import type { ClassId, PhotoId, ProjectId } from './ids.ts';

/** Marks on a photo that are no labels. */
export type PhotoMark = 'flagged' | 'excluded';

export interface ClassFields {
  readonly name: string;
  readonly color: string;
  readonly key: string | null;
}

export type EditChange =
  /** The label events with these revisions: they say themselves what was before. */
  | { readonly kind: 'labels'; readonly first: number; readonly last: number }
  | { readonly kind: 'mark'; readonly mark: PhotoMark; readonly to: boolean; readonly photos: readonly PhotoId[] }
  | { readonly kind: 'class-added'; readonly class: ClassId }
  | { readonly kind: 'class-retired'; readonly class: ClassId }
  | {
      readonly kind: 'class-edited';
      readonly class: ClassId;
      readonly from: Partial<ClassFields>;
      readonly to: Partial<ClassFields>;
    }
  | { readonly kind: 'classes-ordered'; readonly from: readonly ClassId[]; readonly to: readonly ClassId[] };

export interface NewEdit {
  readonly actor: string;
  /** For the person: `Label 12 photos "rust"`. */
  readonly title: string;
  /** In the order in which they were made; undone from the last. */
  readonly changes: readonly EditChange[];
}

export interface Edit extends NewEdit {
  readonly id: number;
  readonly projectId: ProjectId;
  readonly at: number;
  readonly state: 'done' | 'undone';
}

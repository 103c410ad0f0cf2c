/** What each kind of long work leaves for the person who asked for it. */
import type { BackboneIdentity, PackId, ProjectId } from '../domain/ids.ts';

export interface NamedReason {
  readonly path: string;
  readonly reason: string;
}

export interface ImportSummary {
  readonly folder: string;
  readonly found: number;
  readonly added: number;
  readonly unchanged: number;
  readonly changed: number;
  readonly moved: number;
  readonly returned: number;
  readonly missing: number;
  /** The first hundred of each. */
  readonly undecodable: readonly NamedReason[];
  readonly unreadable: readonly NamedReason[];
  readonly undecodableCount: number;
  readonly unreadableCount: number;
  /** Photos that got the name of their folder as label. */
  readonly labelled: number;
  readonly imagesPerSecond: number | null;
}

export type TaskResult =
  | { readonly kind: 'import'; readonly project: ProjectId; readonly report: ImportSummary }
  | { readonly kind: 'sample-project'; readonly project: ProjectId }
  | { readonly kind: 'relocate'; readonly project: ProjectId; readonly report: ImportSummary }
  | {
      readonly kind: 'predict';
      readonly project: ProjectId;
      readonly pack: PackId;
      readonly photos: number;
      readonly failed: readonly NamedReason[];
      readonly seconds: number;
    }
  | {
      readonly kind: 'predict-folder';
      readonly pack: PackId;
      /** Names the results in `packs.found`. */
      readonly found: number;
      readonly photos: number;
      readonly failed: readonly NamedReason[];
      readonly seconds: number;
    }
  | {
      readonly kind: 'compare-packs';
      /** Names the results in `packs.compared`. */
      readonly compared: number;
      readonly photos: number;
      readonly disagreements: number;
      /** Those that at least one pack could not look at, the first hundred. */
      readonly failed: readonly NamedReason[];
    }
  | { readonly kind: 'export-pack'; readonly pack: PackId }
  | { readonly kind: 'export-onnx'; readonly pack: PackId; readonly bytes: number; readonly note: string }
  | { readonly kind: 'verify-pack'; readonly pack: PackId; readonly note: string }
  | {
      readonly kind: 'import-pack';
      readonly pack: PackId;
      readonly alreadyKnown: boolean;
      readonly state: 'verified' | 'not-verified';
      readonly note: string;
    }
  | {
      readonly kind: 'import-backbone';
      readonly backbone: BackboneIdentity;
      readonly alreadyStored: boolean;
      /** Where the same weights were there before: what this file says differently. */
      readonly differences: readonly string[];
      /** Packs that had waited for it, and can be used now. */
      readonly packs: readonly PackId[];
    }
  | { readonly kind: 'backup'; readonly backup: number; readonly bytes: number }
  | { readonly kind: 'restore-backup'; readonly backup: number; /** The database as it was. */ readonly kept: number }
  | {
      readonly kind: 'archive-project';
      readonly path: string;
      readonly bytes: number;
      readonly photos: number;
      /** The first hundred. */
      readonly leftOut: readonly NamedReason[];
      readonly leftOutCount: number;
    }
  | {
      readonly kind: 'open-archive';
      readonly project: ProjectId;
      readonly name: string;
      readonly found: number;
      readonly extracted: number;
      readonly missing: number;
      readonly notes: readonly string[];
    }
  | {
      readonly kind: 'start-runs';
      readonly project: ProjectId;
      readonly runs: readonly number[];
      /** The number in their tag; null where they are no sweep. */
      readonly sweep: number | null;
    };

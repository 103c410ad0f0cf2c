/** Branded identifiers, so that a photo's number can never be passed where a class's is meant. */
declare const brand: unique symbol;
type Branded<T, Name extends string> = T & { readonly [brand]: Name };

export type ProjectId = Branded<number, 'ProjectId'>;
export type PhotoId = Branded<number, 'PhotoId'>;
export type ClassId = Branded<number, 'ClassId'>;
export type SplitId = Branded<number, 'SplitId'>;
export type RunId = Branded<number, 'RunId'>;
export type PackId = Branded<number, 'PackId'>;
/** SHA-256 (64 hex digits) over a backbone's canonical tensors; see `docs/backbones.md`. */
export type BackboneIdentity = Branded<string, 'BackboneIdentity'>;
/** SHA-256 (64 hex digits) of a photo's bytes on disk. */
export type ContentHash = Branded<string, 'ContentHash'>;

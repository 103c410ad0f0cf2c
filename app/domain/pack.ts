import type { BackboneIdentity, ContentHash, PackId, PhotoId, RunId } from './ids.ts';
import type { Method } from './run-config.ts';

/** `not-verified`: its backbone is not at hand, so its self-test could not be replayed; it is kept and not used. */
export type PackState = 'verified' | 'not-verified';

/** So many packs are applied together at most. */
export const MOST_TOGETHER = 8;

export interface NewPack {
  readonly name: string;
  /** The file, relative to the profile. */
  readonly path: string;
  /** SHA-256 of the file, 64 hex digits. */
  readonly sha256: string;
  readonly bytes: number;
  readonly state: PackState;
  /** May name a backbone that is not in the store. */
  readonly backbone: BackboneIdentity;
  readonly backboneName: string;
  /** The run it was exported from, null when it was imported. */
  readonly runId: RunId | null;
  /** In the order of the logits. */
  readonly classNames: readonly string[];
  readonly method: Method;
}

export interface Pack extends NewPack {
  readonly id: PackId;
  readonly createdAt: number;
}

/** A pack's file, relative to the profile, with so many digits of its hash. */
export function packPath(sha256: string, run: number | null, digits = 16): string {
  return `packs/${run === null ? '' : `run-${run}-`}${sha256.slice(0, digits)}.safetensors`;
}

/** What a pack says of one photo of a project. */
export interface PackPrediction {
  readonly photoId: PhotoId;
  /** Of the photo as the pack saw it. */
  readonly contentHash: ContentHash;
  /** In the order of the pack's classes. */
  readonly probabilities: readonly number[];
}

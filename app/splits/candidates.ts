/** Photos that a split can hold: labelled, not excluded, decoded when last looked at, and there. */
import type { SplitCandidate } from '../domain/draw-split.ts';
import type { PhotoId } from '../domain/ids.ts';
import type { Photo } from '../domain/photo.ts';
import type { Project } from '../domain/project.ts';
import type { Subset } from '../domain/run-config.ts';
import type { Host } from '../ports/host.ts';
import type { Store } from '../ports/repositories.ts';

export interface SplitPorts {
  readonly store: Store;
  readonly host: Host;
}

export interface Candidate extends SplitCandidate {
  readonly id: PhotoId;
}

export function candidateOf(photo: Photo): Candidate | null {
  const { id, classId, contentHash, facts, group, state, excluded } = photo;
  if (classId === null || contentHash === null || facts === null || state !== 'ok' || excluded) return null;
  const { pixelHash, perceptualHash } = facts;
  return { id, label: classId, contentHash, pixelHash, perceptualHash, group };
}

export function labelledPhotos(
  store: Store,
  project: Project,
): {
  readonly candidates: readonly Candidate[];
  readonly unlabelled: number;
  readonly excluded: number;
  readonly unusable: number;
} {
  const labelled = store.photos.list(project.id, { labelled: true });
  const excluded = labelled.filter((photo) => photo.excluded).length;
  const candidates = labelled.flatMap((photo) => candidateOf(photo) ?? []);
  return {
    candidates,
    unlabelled: store.photos.count(project.id, { labelled: false }),
    excluded,
    unusable: labelled.length - excluded - candidates.length,
  };
}

/** Over who is where, by content: the same photos in the same subsets have it on every machine. */
export function splitDigest(host: Host, photos: readonly Candidate[], subsets: readonly Subset[]): string {
  const lines = photos.map(({ contentHash }, at) => `${contentHash} ${subsets[at] ?? ''}\n`);
  return host.sha256(lines.sort().join(''));
}

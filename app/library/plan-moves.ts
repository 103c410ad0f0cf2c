/**
 * What happened to known photos whose files have other content than at the last import. Labels belong to what a photo
 * shows, so identity follows the content: two files that exchanged their names exchange their paths here too. Only
 * content that nobody knows makes a photo "changed" at its path.
 */
import type { ContentHash } from '../domain/ids.ts';
import type { Photo } from '../domain/photo.ts';
import type { FoundPhoto } from '../ports/files.ts';

export interface ChangedFile {
  readonly found: FoundPhoto;
  readonly hash: ContentHash;
  /** The photo that was at this path. */
  readonly own: Photo;
}

export interface MovePlan {
  /** Photos whose content now lies at another known path. */
  readonly moves: readonly { readonly photo: Photo; readonly to: ChangedFile }[];
  /** Photos whose path was taken by such a move and whose content is nowhere: they get the freed path and are missing. */
  readonly displaced: readonly { readonly photo: Photo; readonly path: string }[];
  /** Files with the content that their photo had: only the stamp differs. */
  readonly same: readonly ChangedFile[];
  readonly changed: readonly ChangedFile[];
  /** Files with unknown content at a path that its photo has left. */
  readonly fresh: readonly FoundPhoto[];
}

/**
 * `origins` gives photos of the project that had this content and whose own path is empty now; a photo at the path of
 * another changed file is found here.
 */
export function planMoves(
  files: readonly ChangedFile[],
  present: ReadonlySet<string>,
  origins: (hash: ContentHash) => readonly Photo[],
): MovePlan {
  const same = files.filter(({ own, hash }) => own.contentHash === hash);
  const others = files.filter(({ own, hash }) => own.contentHash !== hash);
  const uprooted = new Map<string, Photo[]>();
  for (const { own } of others) {
    if (own.contentHash !== null) uprooted.set(own.contentHash, [...(uprooted.get(own.contentHash) ?? []), own]);
  }
  const moves = new Map<string, { photo: Photo; to: ChangedFile }>();
  const taken = new Set<number>();
  for (const file of others) {
    const candidates = [...(uprooted.get(file.hash) ?? []), ...origins(file.hash)];
    const photo = candidates.find(({ id }) => !taken.has(id) && id !== file.own.id);
    if (photo === undefined) continue;
    taken.add(photo.id);
    moves.set(file.found.path, { photo, to: file });
  }
  dropImpossible(moves, taken, present);
  const arriving = [...moves.values()];
  return {
    moves: arriving,
    displaced: arriving
      .filter(({ to }) => !taken.has(to.own.id))
      .map(({ photo, to }) => ({ photo: to.own, path: photo.path })),
    same,
    changed: others.filter(({ found, own }) => !moves.has(found.path) && !taken.has(own.id)),
    fresh: others.filter(({ found, own }) => !moves.has(found.path) && taken.has(own.id)).map(({ found }) => found),
  };
}

/** A photo that stays without content needs a path; where the freed one is in use again, the move is not made. */
function dropImpossible(
  moves: Map<string, { photo: Photo; to: ChangedFile }>,
  taken: Set<number>,
  present: ReadonlySet<string>,
): void {
  for (let dropped = true; dropped;) {
    dropped = false;
    for (const [path, { photo, to }] of moves) {
      if (taken.has(to.own.id) || !present.has(photo.path)) continue;
      moves.delete(path);
      taken.delete(photo.id);
      dropped = true;
    }
  }
}

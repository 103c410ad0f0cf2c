/**
 * What happened to known photos whose files have other content than at the last import. Labels belong to what a photo
 * shows, so identity follows the content: two files that exchanged their names exchange their paths here too. Only
 * content that nobody knows makes a photo "changed" at its path.
 */
import type { ContentHash } from '../domain/ids.ts';
import type { Photo } from '../domain/photo.ts';
import type { FoundPhoto } from '../ports/files.ts';

export interface HashedFile {
  readonly found: FoundPhoto;
  readonly hash: ContentHash;
}

export interface ChangedFile extends HashedFile {
  /** The photo that was at this path. */
  readonly own: Photo;
}

export interface MovePlan {
  /** Photos whose content now lies at another path. */
  readonly moves: readonly { readonly photo: Photo; readonly to: HashedFile }[];
  /** Photos whose path was taken by such a move and whose content is nowhere: they get the freed path and are missing. */
  readonly displaced: readonly Displaced[];
  /** Files with the content that their photo had: only the stamp differs. */
  readonly same: readonly ChangedFile[];
  readonly changed: readonly ChangedFile[];
  /** Files with unknown content at a path that its photo has left. */
  readonly fresh: readonly FoundPhoto[];
}

/** With the class that the folder of the freed path offers. */
interface Displaced {
  readonly photo: Photo;
  readonly path: string;
  readonly offeredClass: string | null;
}

/**
 * `files` are at paths of known photos, `arrivals` at new ones. `origins` gives photos of the project that had this content and whose own path is empty now; a photo at the path of
 * another changed file is found here.
 */
export function planMoves(
  files: readonly ChangedFile[],
  arrivals: readonly HashedFile[],
  present: ReadonlySet<string>,
  origins: (hash: ContentHash) => readonly Photo[],
): MovePlan {
  const same = files.filter(({ own, hash }) => own.contentHash === hash);
  const others = files.filter(({ own, hash }) => own.contentHash !== hash);
  const uprooted = new Map<string, Photo[]>();
  for (const { own } of others) {
    if (own.contentHash !== null) uprooted.set(own.contentHash, [...(uprooted.get(own.contentHash) ?? []), own]);
  }
  const moves = new Map<string, Move>();
  const taken = new Set<number>();
  for (const file of others) {
    const candidates = [...(uprooted.get(file.hash) ?? []), ...origins(file.hash)];
    const photo = candidates.find(({ id }) => !taken.has(id) && id !== file.own.id);
    if (photo === undefined) continue;
    taken.add(photo.id);
    moves.set(file.found.path, { photo, to: file, own: file.own });
  }
  for (const file of arrivals) {
    const photo = (uprooted.get(file.hash) ?? []).find(({ id }) => !taken.has(id));
    if (photo === undefined) continue;
    taken.add(photo.id);
    moves.set(file.found.path, { photo, to: file, own: null });
  }
  dropImpossible(moves, taken, present);
  const arriving = [...moves.values()];
  return {
    moves: arriving,
    displaced: arriving.flatMap(({ photo, own }) =>
      own === null || taken.has(own.id) ? [] : [{ photo: own, path: photo.path, offeredClass: photo.offeredClass }],
    ),
    same,
    changed: others.filter(({ found, own }) => !moves.has(found.path) && !taken.has(own.id)),
    fresh: others.filter(({ found, own }) => !moves.has(found.path) && taken.has(own.id)).map(({ found }) => found),
  };
}

interface Move {
  readonly photo: Photo;
  readonly to: HashedFile;
  /** The photo that was at the new path. */
  readonly own: Photo | null;
}

/** A photo that stays without content needs a path; where the freed one is in use again, the move is not made. */
function dropImpossible(moves: Map<string, Move>, taken: Set<number>, present: ReadonlySet<string>): void {
  for (let dropped = true; dropped;) {
    dropped = false;
    for (const [path, { photo, own }] of moves) {
      if (own === null || taken.has(own.id) || !present.has(photo.path)) continue;
      moves.delete(path);
      taken.delete(photo.id);
      dropped = true;
    }
  }
}

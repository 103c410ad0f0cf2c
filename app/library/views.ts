/**
 * Views: the frozen answers to filters. A grid asks for slices of one, so what it shows does not jump about while somebody
 * labels. The newest few are kept; whoever holds an older one asks for it again.
 */
import type { LibraryFilter, LibrarySort } from '../contract/library.ts';
import { AppError } from '../domain/errors.ts';
import type { PackId, PhotoId, ProjectId } from '../domain/ids.ts';
import { photoId } from '../domain/id-of.ts';
import type { Store } from '../ports/repositories.ts';

interface View {
  readonly project: ProjectId;
  readonly pack: PackId | null;
  readonly photos: Int32Array;
}

export interface Views {
  /** Throws `library.pack-needed`, `packs.unknown`. */
  open(project: ProjectId, filter: LibraryFilter, sort: LibrarySort): { readonly view: number; readonly total: number };
  /** Throws `library.view-gone`. */
  get(view: number): Pick<View, 'project' | 'pack'>;
  slice(view: number, from: number, to: number): PhotoId[];
  place(view: number, photo: PhotoId): number | null;
}

/** Windows ask for lists that may never be shown, and those that are shown must outlast them. A view of 100,000 photos takes 0.4 MB. */
const KEPT = 48;

export function createViews(store: Store): Views {
  const views = new Map<number, View>();
  let last = 0;

  function get(id: number): View {
    const view = views.get(id);
    if (view === undefined) {
      throw new AppError('library.view-gone', 'This list of photos is not kept any more. Ask for it again.', {
        data: { view: id },
      });
    }
    // Used last: dropped last.
    views.delete(id);
    views.set(id, view);
    return view;
  }

  return {
    open: (project, filter, sort) => {
      store.projects.get(project);
      const photos = photosOf(store, project, filter, sort);
      const id = ++last;
      views.set(id, { project, pack: filter.pack ?? null, photos });
      for (const old of views.keys()) if (views.size > KEPT) views.delete(old);
      return { view: id, total: photos.length };
    },
    get,
    slice: (id, from, to) => Array.from(get(id).photos.subarray(from, Math.max(from, to)), photoId),
    place: (id, photo) => {
      const at = get(id).photos.indexOf(photo);
      return at === -1 ? null : at;
    },
  };
}

function photosOf(store: Store, project: ProjectId, filter: LibraryFilter, sort: LibrarySort): Int32Array {
  const { classes, state, flagged, excluded, text, photos, subset } = filter;
  const said = saidBy(store, project, filter, sort);
  const byConfidence = sort === 'confidence' || sort === 'uncertainty';
  const plain = [classes, state, flagged, excluded].every((one) => one === undefined) && (text ?? '') === '';
  // What a pack says of photos of the project needs no second look at them where nothing else is asked.
  let found =
    said !== null && byConfidence && plain
      ? said
      : store.library.browse(project, { classes, state, flagged, excluded, text });
  if (said !== null && found !== said) found = byConfidence ? common(said, found) : common(found, said);
  if (photos !== undefined) found = common(found, Int32Array.from(photos));
  if (subset !== undefined) {
    const split = store.splits.latest(project);
    const members = split === null ? new Int32Array() : store.library.members(split.id, subset);
    found = subset === null ? without(found, members) : common(found, members);
  }
  if (sort === 'confidence') return found.toReversed();
  // Numbers of photos rise with the time at which they were added.
  return sort === 'added' ? found.toSorted().reverse() : found;
}

/** Null where the view does not ask any pack. */
function saidBy(store: Store, project: ProjectId, filter: LibraryFilter, sort: LibrarySort): Int32Array | null {
  const { pack, disagrees, below, predicted } = filter;
  const byConfidence = sort === 'confidence' || sort === 'uncertainty';
  if (pack === undefined) {
    const asks = disagrees !== undefined || below !== undefined || predicted !== undefined || byConfidence;
    if (!asks) return null;
    throw new AppError(
      'library.pack-needed',
      'Only a pack can say how sure it is or that it disagrees. Choose one that was applied to this library.',
    );
  }
  const { classNames } = store.packs.get(pack);
  const classIndex = predicted === undefined ? undefined : classNames.indexOf(predicted);
  if (classIndex === -1) return new Int32Array();
  return store.library.said(project, pack, { classIndex, below, disagrees });
}

/** `photos` in their order, those that are among `others`. */
function common(photos: Int32Array, others: Int32Array): Int32Array {
  const has = marked(others);
  return photos.filter((photo) => has[photo] === 1);
}

function without(photos: Int32Array, others: Int32Array): Int32Array {
  const has = marked(others);
  return photos.filter((photo) => has[photo] !== 1);
}

function marked(photos: Int32Array): Uint8Array {
  const marks = new Uint8Array(photos.reduce((most, photo) => Math.max(most, photo), 0) + 1);
  for (const photo of photos) marks[photo] = 1;
  return marks;
}

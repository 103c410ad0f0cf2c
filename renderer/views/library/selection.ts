/**
 * Which photos of a grid are chosen, and where the cursor is. Places are places in the view; photos are kept by their
 * ids, so that a selection outlives a change of order.
 */
import type { PhotoId } from '#app/domain/ids.ts';

export interface Selection {
  readonly photos: ReadonlySet<PhotoId>;
  /** Where the cursor is; null while there is none. */
  readonly cursor: number | null;
  /** The other end of a range. */
  readonly anchor: number | null;
}

export const nothing: Selection = { photos: new Set(), cursor: null, anchor: null };

export type How = 'only' | 'range' | 'toggle';

/** `ids` are all photos of the view, in their order. */
export function choose(selection: Selection, ids: readonly PhotoId[], place: number, how: How): Selection {
  const photo = ids[place];
  if (photo === undefined) return selection;
  if (how === 'range') {
    const anchor = selection.anchor ?? place;
    const [from, to] = [Math.min(anchor, place), Math.max(anchor, place)];
    return { photos: new Set(ids.slice(from, to + 1)), cursor: place, anchor };
  }
  if (how === 'toggle') {
    const photos = new Set(selection.photos);
    if (!photos.delete(photo)) photos.add(photo);
    return { photos, cursor: place, anchor: place };
  }
  return { photos: new Set([photo]), cursor: place, anchor: place };
}

export function chooseAll(selection: Selection, ids: readonly PhotoId[]): Selection {
  return { photos: new Set(ids), cursor: selection.cursor ?? 0, anchor: 0 };
}

/** What is acted on: the chosen photos, else the one under the cursor; where that is seen alone, only that one. */
export function targetsOf(
  { photos, cursor }: Selection,
  ids: readonly PhotoId[],
  seenAlone: boolean,
): readonly PhotoId[] {
  if (photos.size > 0 && !seenAlone) return [...photos];
  const photo = cursor === null ? undefined : ids[cursor];
  return photo === undefined ? [] : [photo];
}

export type Step = 'left' | 'right' | 'up' | 'down' | 'pageUp' | 'pageDown' | 'first' | 'last';

/** Where a step leads in a grid; the cursor stays inside. */
export function stepped(
  cursor: number | null,
  step: Step,
  { columns, rowsInSight, total }: { readonly columns: number; readonly rowsInSight: number; readonly total: number },
): number {
  if (cursor === null) return step === 'last' ? Math.max(0, total - 1) : 0;
  const page = Math.max(1, rowsInSight - 1) * columns;
  const to = {
    left: cursor - 1,
    right: cursor + 1,
    up: cursor - columns < 0 ? cursor : cursor - columns,
    down: cursor + columns >= total ? cursor : cursor + columns,
    pageUp: cursor - page < 0 ? cursor % columns : cursor - page,
    pageDown: Math.min(cursor + page, total - 1),
    first: 0,
    last: total - 1,
  }[step];
  return Math.max(0, Math.min(total - 1, to));
}

/** After another view: the same photos where they are in it, the cursor at the photo it was at or near its old place. */
export function carriedOver(selection: Selection, before: readonly PhotoId[], now: readonly PhotoId[]): Selection {
  if (selection.cursor === null && selection.photos.size === 0) return selection;
  const there = new Set(now);
  const photos = new Set([...selection.photos].filter((photo) => there.has(photo)));
  const at = selection.cursor === null ? undefined : before[selection.cursor];
  const place = at === undefined ? -1 : now.indexOf(at);
  const cursor =
    selection.cursor === null || now.length === 0
      ? null
      : place === -1
        ? Math.min(selection.cursor, now.length - 1)
        : place;
  return { photos, cursor, anchor: cursor };
}

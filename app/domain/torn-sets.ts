/** Photos that belong together and lie in several subsets of a split: what is learned from one is then asked of another. */
import type { Subset } from './run-config.ts';
import { SetUnion } from './set-union.ts';

export interface PlacedPhoto {
  readonly subset: Subset;
  /** As it was when the split was made. */
  readonly cluster: number;
  /** As it is now. */
  readonly group: string | null;
}

/** How many sets of photos, each closed over clusters and groups, lie in several subsets. */
export function tornSets(photos: readonly PlacedPhoto[]): number {
  // Whole clusters and whole groups make whole sets. It is so nearly always, and a form asks with every key.
  if (!someTorn(photos, ({ cluster }) => cluster) && !someTorn(photos, ({ group }) => group)) return 0;
  const union = new SetUnion(photos.length);
  const firsts = new Map<number | string, number>();
  const join = (key: number | string, at: number): void => {
    const first = firsts.get(key);
    if (first === undefined) firsts.set(key, at);
    else union.join(first, at);
  };
  for (const [at, { cluster, group }] of photos.entries()) {
    join(cluster, at);
    if (group !== null) join(group, at);
  }
  const sides: Subset[] = [];
  const torn = new Set<number>();
  for (const [at, set] of union.numbers().entries()) {
    const subset = photos[at]?.subset ?? 'train';
    if ((sides[set] ??= subset) !== subset) torn.add(set);
  }
  return torn.size;
}

function someTorn(photos: readonly PlacedPhoto[], keyOf: (photo: PlacedPhoto) => number | string | null): boolean {
  const sides = new Map<number | string, Subset>();
  for (const photo of photos) {
    const key = keyOf(photo);
    if (key === null) continue;
    const side = sides.get(key);
    if (side === undefined) sides.set(key, photo.subset);
    else if (side !== photo.subset) return true;
  }
  return false;
}

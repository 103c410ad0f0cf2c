/** How far several packs are apart on one photo. */
import { itemAt } from '../domain/item-at.ts';

/** Class lists as one: `places[pack][class]` is where that class is among `size` different names. */
export interface JoinedClasses {
  readonly size: number;
  readonly places: readonly (readonly number[])[];
}

/** Classes of one name are one class. */
export function joinClasses(lists: readonly (readonly string[])[]): JoinedClasses {
  const known = new Map<string, number>();
  const places = lists.map((names) =>
    names.map((name) => {
      const place = known.get(name) ?? known.size;
      known.set(name, place);
      return place;
    }),
  );
  return { size: known.size, places };
}

/**
 * Mean total variation distance between the packs' distributions, over all pairs: 0 where all say the same of every
 * class, 1 where each is sure of another class. `distributions` are in the order of the packs' own classes.
 */
export function disagreement({ size, places }: JoinedClasses, distributions: readonly (readonly number[])[]): number {
  const spread = distributions.map((shares, pack) => {
    const row = new Float64Array(size);
    shares.forEach((share, at) => {
      const place = itemAt(itemAt(places, pack), at);
      row[place] = (row[place] ?? 0) + share;
    });
    return row;
  });
  let [sum, pairs] = [0, 0];
  for (const [at, one] of spread.entries()) {
    for (const other of spread.slice(at + 1)) {
      sum += one.reduce((all, share, place) => all + Math.abs(share - (other[place] ?? 0)), 0) / 2;
      pairs += 1;
    }
  }
  return pairs === 0 ? 0 : sum / pairs;
}

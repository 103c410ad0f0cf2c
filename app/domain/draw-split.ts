/**
 * Who trains, who validates, who tests: stratified by class, repeatable from a seed, and never with two views of one
 * photo (or one group) on both sides.
 *
 * Photos that belong together form a cluster, and clusters are dealt out whole, large ones first. Every class has its
 * quota of each subset; a cluster draws among the subsets that still have room for it, with chances in proportion to what
 * they lack. With clusters of one photo that is an exact stratified sample. Small classes, by their number of clusters:
 * one goes to training; two to training and test; from three on every subset gets one.
 */
import type { Comparable } from './near-identical.ts';
import { clusterPhotos } from './near-identical.ts';
import type { Subset } from './run-config.ts';
import { seededUniform } from './seeded.ts';
import type { SplitFractions } from './split.ts';
import { apportion } from './apportion.ts';

export interface SplitCandidate extends Comparable {
  /** Any number that stands for the class. */
  readonly label: number;
}

export interface DrawnSplit {
  /** Of each photo, in the given order. */
  readonly subsets: readonly Subset[];
  readonly clusters: readonly number[];
  /** Photos that share a cluster with another one. */
  readonly nearIdentical: number;
  /** Classes that a wanted subset got nothing of. */
  readonly absent: readonly { readonly label: number; readonly subset: Subset; readonly clusters: number }[];
}

export const DEFAULT_FRACTIONS: SplitFractions = { train: 0.6, validation: 0.2, test: 0.2 };

/** In the order in which a small class gives them something. */
const byPriority: readonly Subset[] = ['train', 'test', 'validation'];

interface Cluster {
  /** Identifies it whatever the order of the photos: the least of its content hashes. */
  readonly key: string;
  /** Photos by label. */
  readonly counts: ReadonlyMap<number, number>;
  readonly size: number;
}

type Needs = Readonly<Record<Subset, Map<number, number>>>;

/**
 * The order of `photos` does not matter, their content, class and group do. Throws RangeError for fractions that are
 * negative or do not sum to 1, and where training would get nothing.
 */
export function drawSplit(photos: readonly SplitCandidate[], seed: number, fractions: SplitFractions): DrawnSplit {
  checkFractions(fractions);
  const wanted = byPriority.filter((subset) => fractions[subset] > 0);
  const numbers = clusterPhotos(photos);
  const clusters = gather(photos, numbers);
  const needs = quotas(clusters, fractions, wanted);
  const places = new Array<Subset>(clusters.length).fill('train');
  const order = clusters
    .map((cluster, index) => ({ cluster, index, rank: seededUniform(seed, `order ${cluster.key}`) }))
    .sort((a, b) => b.cluster.size - a.cluster.size || a.rank - b.rank || (a.cluster.key < b.cluster.key ? -1 : 1));
  for (const { cluster, index } of order) {
    const place = choose(cluster, needs, wanted, seededUniform(seed, `side ${cluster.key}`));
    for (const [label, count] of cluster.counts) needs[place].set(label, (needs[place].get(label) ?? 0) - count);
    places[index] = place;
  }
  fillGaps(clusters, places, wanted, order.map(({ index }) => index).reverse());
  return {
    subsets: numbers.map((number) => places[number] ?? 'train'),
    clusters: numbers,
    nearIdentical: clusters.reduce((sum, { size }) => sum + (size > 1 ? size : 0), 0),
    absent: absences(clusters, places, wanted),
  };
}

function checkFractions(fractions: SplitFractions): void {
  const values = [fractions.train, fractions.validation, fractions.test];
  const sum = values.reduce((total, value) => total + value, 0);
  if (values.some((value) => !(value >= 0 && value <= 1)) || Math.abs(sum - 1) > 1e-9 || fractions.train === 0) {
    throw new RangeError('The fractions of a split are at least 0, sum to 1, and training gets more than 0.');
  }
}

function gather(photos: readonly SplitCandidate[], numbers: readonly number[]): readonly Cluster[] {
  const clusters: { key: string; counts: Map<number, number>; size: number }[] = [];
  for (const [index, photo] of photos.entries()) {
    const cluster = (clusters[numbers[index] ?? 0] ??= { key: photo.contentHash, counts: new Map(), size: 0 });
    if (photo.contentHash < cluster.key) cluster.key = photo.contentHash;
    cluster.counts.set(photo.label, (cluster.counts.get(photo.label) ?? 0) + 1);
    cluster.size++;
  }
  return clusters;
}

function quotas(clusters: readonly Cluster[], fractions: SplitFractions, wanted: readonly Subset[]): Needs {
  const classes = new Map<number, { photos: number; clusters: number }>();
  for (const { counts } of clusters) {
    for (const [label, count] of counts) {
      const known = classes.get(label) ?? { photos: 0, clusters: 0 };
      classes.set(label, { photos: known.photos + count, clusters: known.clusters + 1 });
    }
  }
  const needs: Needs = { train: new Map(), validation: new Map(), test: new Map() };
  for (const [label, { photos, clusters: independent }] of classes) {
    const served = wanted.slice(0, independent);
    const shares = apportion(
      photos,
      served.map((subset) => fractions[subset]),
    );
    for (const [at, subset] of served.entries()) needs[subset].set(label, shares[at] ?? 0);
  }
  return needs;
}

function choose(cluster: Cluster, needs: Needs, wanted: readonly Subset[], draw: number): Subset {
  const labels = [...cluster.counts];
  const lacks = (subset: Subset): number =>
    labels.reduce((sum, [label]) => sum + Math.max(0, needs[subset].get(label) ?? 0), 0);
  const roomy = wanted.filter((subset) => labels.every(([label, count]) => (needs[subset].get(label) ?? 0) >= count));
  const total = roomy.reduce((sum, subset) => sum + lacks(subset), 0);
  let left = draw * total;
  for (const subset of roomy) {
    left -= lacks(subset);
    if (left < 0) return subset;
  }
  // Nowhere is room for all of it: where most is lacking, it does least harm.
  return wanted.reduce((best, subset) => (lacks(subset) > lacks(best) ? subset : best), 'train');
}

/** Gives every class that has enough clusters one in each wanted subset, moving small clusters where dealing left a gap. */
function fillGaps(
  clusters: readonly Cluster[],
  places: Subset[],
  wanted: readonly Subset[],
  smallFirst: readonly number[],
): void {
  const membership = new Map<number, number[]>();
  for (const index of smallFirst) {
    for (const label of clusters[index]?.counts.keys() ?? []) {
      const list = membership.get(label);
      if (list === undefined) membership.set(label, [index]);
      else list.push(index);
    }
  }
  const countIn = (label: number, subset: Subset): number =>
    (membership.get(label) ?? []).reduce((sum, index) => sum + (places[index] === subset ? 1 : 0), 0);
  for (const label of [...membership.keys()].sort((a, b) => a - b)) {
    const own = membership.get(label) ?? [];
    for (const subset of wanted.slice(0, own.length)) {
      if (countIn(label, subset) > 0) continue;
      const movable = own.find((index) => {
        const from = places[index] ?? 'train';
        const labels = [...(clusters[index]?.counts.keys() ?? [])];
        return labels.every((other) => countIn(other, from) > 1 || (from !== 'train' && subset === 'train'));
      });
      if (movable !== undefined) places[movable] = subset;
    }
  }
}

function absences(
  clusters: readonly Cluster[],
  places: readonly Subset[],
  wanted: readonly Subset[],
): DrawnSplit['absent'] {
  const seen = new Map<number, { clusters: number; subsets: Set<Subset> }>();
  for (const [index, { counts }] of clusters.entries()) {
    for (const label of counts.keys()) {
      const known = seen.get(label) ?? { clusters: 0, subsets: new Set<Subset>() };
      known.clusters++;
      known.subsets.add(places[index] ?? 'train');
      seen.set(label, known);
    }
  }
  return [...seen]
    .sort(([a], [b]) => a - b)
    .flatMap(([label, { clusters: count, subsets }]) =>
      wanted.filter((subset) => !subsets.has(subset)).map((subset) => ({ label, subset, clusters: count })),
    );
}

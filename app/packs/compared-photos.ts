/** What several packs said of the same photos, side by side. */
import type { ComparedRow, ComparedSummary, ComparedView } from '../contract/packs.ts';
import type { PackId, ProjectId } from '../domain/ids.ts';
import { itemAt } from '../domain/item-at.ts';
import type { Photo } from '../domain/photo.ts';
import type { Cell } from '../ports/files.ts';
import { disagreement, joinClasses } from './disagreement.ts';
import { keptResults, resultsGone } from './kept-results.ts';
import type { PhotoPrediction, Predictions } from './predict.ts';

/** Of a pack's classes, so many are told of one photo. */
const RANKED = 5;

export type ComparedOrder = Omit<ComparedView, 'compared'>;

export interface ComparedPack {
  readonly id: PackId;
  readonly name: string;
}

/** Whose photos they are. */
export type ComparedSource =
  { readonly project: ProjectId; readonly photos: readonly Photo[] } | { readonly folder: string };

/** Numbers of many photos lie in one block each: a library of 100,000 may be kept several times. */
interface Said {
  readonly classNames: readonly string[];
  /** Of each photo, the place of the likeliest class. */
  readonly best: Uint32Array;
  readonly confidence: Float64Array;
  /** [photos, classes] */
  readonly probabilities: Float32Array;
}

interface ComparedSet {
  readonly summary: ComparedSummary;
  readonly photos: readonly { readonly path: string; readonly name: string; readonly photo: ComparedRow['photo'] }[];
  readonly said: readonly Said[];
  readonly agree: readonly boolean[];
  /** 0 to 1; above 1 where the packs say different classes, so that these come first. */
  readonly apart: Float64Array;
  readonly lowest: Float64Array;
  /** Places of the photos as they were asked for last. */
  shown: { readonly key: string; readonly places: readonly number[] } | null;
}

export interface ComparedSets {
  /** A photo of which one pack could say nothing is in no row. */
  add(packs: readonly ComparedPack[], source: ComparedSource, predictions: readonly Predictions[]): ComparedSummary;
  /** Throws `packs.found-gone`, like all below. */
  summary(compared: number): ComparedSummary;
  rows(
    compared: number,
    order: ComparedOrder,
    from: number,
    to: number,
  ): { readonly total: number; readonly rows: readonly ComparedRow[] };
  /** With its header: two columns a pack. */
  table(compared: number, order: ComparedOrder): readonly (readonly Cell[])[];
  /** Absolute path of a picture. */
  photoPath(compared: number, index: number): string;
}

export function comparedSets(): ComparedSets {
  const sets = keptResults<ComparedSet>();
  return {
    add: (packs, source, predictions) => sets.add((compared) => setOf(compared, packs, source, predictions)).summary,
    summary: (compared) => sets.get(compared).summary,
    rows: (compared, order, from, to) => {
      const set = sets.get(compared);
      const places = placesOf(set, order);
      return { total: places.length, rows: places.slice(from, to).map((place) => rowOf(set, place)) };
    },
    table: (compared, order) => {
      const set = sets.get(compared);
      const header = set.summary.packs.flatMap(({ name }) => [`${name} label`, `${name} confidence`]);
      return [
        ['file_name', 'agree', ...header],
        ...placesOf(set, order).map((place) => [
          itemAt(set.photos, place).name,
          itemAt(set.agree, place) ? 'yes' : 'no',
          ...set.said.flatMap((said) => [labelOf(said, place), said.confidence[place] ?? 0]),
        ]),
      ];
    },
    photoPath: (compared, index) => {
      const photo = sets.get(compared).photos[index];
      if (photo === undefined) throw resultsGone(compared);
      return photo.path;
    },
  };
}

function setOf(
  compared: number,
  packs: readonly ComparedPack[],
  source: ComparedSource,
  predictions: readonly Predictions[],
): ComparedSet {
  const byPath = predictions.map(({ photos }) => new Map(photos.map((photo) => [photo.path, photo])));
  const rows = itemAt(predictions, 0).photos.flatMap(({ path, name }) => {
    const said = byPath.flatMap((photos) => photos.get(path) ?? []);
    return said.length < packs.length ? [] : [{ path, name, said }];
  });
  const inLibrary = new Map('photos' in source ? source.photos.map((photo) => [photo.path, photo]) : []);
  const joined = joinClasses(predictions.map(({ classNames }) => classNames));
  const agree = rows.map(({ said }) => said.every(({ label }) => label === said[0]?.label));
  const uses = (name: string): number => packs.filter((pack) => pack.name === name).length;
  return {
    summary: {
      compared,
      packs: packs.map(({ id, name }) => ({ pack: id, name: uses(name) > 1 ? `${name} (${id})` : name })),
      project: 'photos' in source ? source.project : null,
      folder: 'photos' in source ? null : source.folder,
      total: rows.length,
      disagreements: agree.filter((all) => !all).length,
    },
    photos: rows.map(({ path, name }) => {
      const photo = inLibrary.get(path);
      const hash = photo?.contentHash ?? null;
      return {
        path,
        name,
        photo: photo === undefined || hash === null ? null : { id: photo.id, hash: hash.slice(0, 16) },
      };
    }),
    said: predictions.map(({ classNames }, pack) =>
      saidOf(
        classNames,
        rows.map(({ said }) => itemAt(said, pack)),
      ),
    ),
    agree,
    apart: Float64Array.from(rows, ({ said }, at) => {
      const distance = disagreement(
        joined,
        said.map(({ probabilities }) => probabilities),
      );
      return itemAt(agree, at) ? distance : 1 + distance;
    }),
    lowest: Float64Array.from(rows, ({ said }) => Math.min(...said.map(({ confidence }) => confidence))),
    shown: null,
  };
}

function saidOf(classNames: readonly string[], photos: readonly PhotoPrediction[]): Said {
  const probabilities = new Float32Array(photos.length * classNames.length);
  photos.forEach((photo, at) => probabilities.set(photo.probabilities, at * classNames.length));
  return {
    classNames,
    best: Uint32Array.from(photos, ({ label }) => classNames.indexOf(label)),
    confidence: Float64Array.from(photos, ({ confidence }) => confidence),
    probabilities,
  };
}

const labelOf = ({ classNames, best }: Said, place: number): string => classNames[best[place] ?? 0] ?? '';

function rowOf(set: ComparedSet, place: number): ComparedRow {
  const { name, photo } = itemAt(set.photos, place);
  return {
    index: place,
    name,
    photo,
    agree: itemAt(set.agree, place),
    lowest: set.lowest[place] ?? 0,
    said: set.said.map((said) => ({
      label: labelOf(said, place),
      confidence: said.confidence[place] ?? 0,
      ranked: said.classNames
        .map((label, at) => ({ label, share: said.probabilities[place * said.classNames.length + at] ?? 0 }))
        .sort((a, b) => b.share - a.share)
        .slice(0, RANKED),
    })),
  };
}

/** Slices of one view are asked for one after the other: its order is computed once. */
function placesOf(set: ComparedSet, order: ComparedOrder): readonly number[] {
  const key = JSON.stringify([order.sort, order.descending, order.disagree, order.below]);
  if (set.shown?.key !== key) set.shown = { key, places: sorted(set, order) };
  return set.shown.places;
}

/** Photos come in the order of their names, and sorting keeps that among equals. */
function sorted(set: ComparedSet, { sort, descending, disagree, below }: ComparedOrder): readonly number[] {
  const chosen = set.photos
    .map((_, place) => place)
    .filter((place) => !disagree || !itemAt(set.agree, place))
    .filter((place) => below === null || (set.lowest[place] ?? 0) < below);
  const value = (place: number): number => {
    if (sort === 'name') return place;
    // Ascending agreement: what they agree on least comes first.
    if (sort === 'agreement') return -(set.apart[place] ?? 0);
    if (sort === 'lowest') return set.lowest[place] ?? 0;
    return set.said[sort]?.confidence[place] ?? 0;
  };
  return chosen.sort((a, b) => (descending ? value(b) - value(a) : value(a) - value(b)));
}

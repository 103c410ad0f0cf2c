/** Results over folders of photos that belong to no project. */
import type { FoundRow, FoundSummary } from '../contract/packs.ts';
import type { PackId } from '../domain/ids.ts';
import type { Cell } from '../ports/files.ts';
import { keptResults, resultsGone } from './kept-results.ts';
import type { PhotoPrediction, Predictions } from './predict.ts';

export type FoundSort = 'name' | 'label' | 'confidence' | 'uncertainty';

interface FoundSet {
  readonly summary: FoundSummary;
  readonly photos: readonly PhotoPrediction[];
}

export interface FoundSets {
  add(pack: PackId, folder: string, predictions: Predictions): FoundSummary;
  /** Throws `packs.found-gone`, like all below. */
  summary(found: number): FoundSummary;
  rows(
    found: number,
    sort: FoundSort,
    label: string | null,
    from: number,
    to: number,
  ): { readonly total: number; readonly rows: readonly FoundRow[] };
  /** With its header. */
  table(found: number): readonly (readonly Cell[])[];
  /** Absolute path of a picture. */
  photoPath(found: number, index: number): string;
}

export function foundSets(): FoundSets {
  const sets = keptResults<FoundSet>();

  return {
    add: (pack, folder, { classNames, photos }) => {
      const counts = new Map<string, number>();
      for (const { label } of photos) counts.set(label, (counts.get(label) ?? 0) + 1);
      const { summary } = sets.add((found) => ({
        summary: {
          found,
          pack,
          folder,
          classNames,
          total: photos.length,
          counts: classNames.map((label) => ({ label, photos: counts.get(label) ?? 0 })),
        },
        photos,
      }));
      return summary;
    },
    summary: (found) => sets.get(found).summary,
    rows: (found, sort, label, from, to) => {
      const rows = sets
        .get(found)
        .photos.map(toRow)
        .filter((row) => label === null || row.label === label)
        .sort(order[sort]);
      return { total: rows.length, rows: rows.slice(from, to) };
    },
    table: (found) => {
      const { summary, photos } = sets.get(found);
      return [
        ['file_name', 'label', 'confidence', ...summary.classNames.map((name) => `p_${name}`)],
        ...photos.map(({ name, label, confidence, probabilities }) => [name, label, confidence, ...probabilities]),
      ];
    },
    photoPath: (found, index) => {
      const photo = sets.get(found).photos[index];
      if (photo === undefined) throw resultsGone(found);
      return photo.path;
    },
  };
}

function toRow({ name, label, confidence, probabilities }: PhotoPrediction, index: number): FoundRow {
  return { index, name, label, confidence, probabilities };
}

/** Photos come in the order of their names, and sorting keeps that among equals. */
const order: Readonly<Record<FoundSort, (a: FoundRow, b: FoundRow) => number>> = {
  name: (a, b) => a.index - b.index,
  label: (a, b) => (a.label < b.label ? -1 : a.label > b.label ? 1 : b.confidence - a.confidence),
  confidence: (a, b) => b.confidence - a.confidence,
  uncertainty: (a, b) => a.confidence - b.confidence,
};

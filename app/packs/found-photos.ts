/**
 * Results over folders of photos that belong to no project. They are kept until the program ends, the last few of them: they
 * can be had again.
 */
import type { FoundRow, FoundSummary } from '../contract/packs.ts';
import { AppError } from '../domain/errors.ts';
import type { PackId } from '../domain/ids.ts';
import type { Cell } from '../ports/files.ts';
import type { PhotoPrediction, Predictions } from './predict.ts';

const KEPT = 5;

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
  const sets = new Map<number, FoundSet>();
  let last = 0;

  function get(found: number): FoundSet {
    const set = sets.get(found);
    if (set === undefined) throw gone(found);
    // What was looked at last goes last.
    sets.delete(found);
    sets.set(found, set);
    return set;
  }

  return {
    add: (pack, folder, { classNames, photos }) => {
      const found = ++last;
      const counts = new Map<string, number>();
      for (const { label } of photos) counts.set(label, (counts.get(label) ?? 0) + 1);
      const summary = {
        found,
        pack,
        folder,
        classNames,
        total: photos.length,
        counts: classNames.map((label) => ({ label, photos: counts.get(label) ?? 0 })),
      };
      sets.set(found, { summary, photos });
      for (const oldest of [...sets.keys()].slice(0, Math.max(0, sets.size - KEPT))) sets.delete(oldest);
      return summary;
    },
    summary: (found) => get(found).summary,
    rows: (found, sort, label, from, to) => {
      const rows = get(found)
        .photos.map(toRow)
        .filter((row) => label === null || row.label === label)
        .sort(order[sort]);
      return { total: rows.length, rows: rows.slice(from, to) };
    },
    table: (found) => {
      const { summary, photos } = get(found);
      return [
        ['file_name', 'label', 'confidence', ...summary.classNames.map((name) => `p_${name}`)],
        ...photos.map(({ name, label, confidence, probabilities }) => [name, label, confidence, ...probabilities]),
      ];
    },
    photoPath: (found, index) => {
      const photo = get(found).photos[index];
      if (photo === undefined) throw gone(found);
      return photo.path;
    },
  };
}

function gone(found: number): AppError {
  return new AppError(
    'packs.found-gone',
    'These results are not kept any more: only the last few are, until the program ends. Apply the pack to the folder again.',
    { data: { found } },
  );
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

/** A photo of the grid in words: what is drawn in its cell, for those who cannot see it and for its tooltip. */
import type { PhotoRow } from '#app/contract/library.ts';
import { percent } from '../../format.ts';

const states = { ok: null, missing: 'Not at its place', undecodable: 'Cannot be read' } as const;

/** Why there is no picture; null where there is one. */
export function reasonOf({ state, reason }: Pick<PhotoRow, 'state' | 'reason'>): string | null {
  if (state === 'ok') return null;
  const words = reason ?? states[state];
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** `IMG_7.jpg, rust, model: oak 83%, flagged` */
export function cellWords(row: PhotoRow, label: string | null): string {
  const { suggestion } = row;
  const reason = reasonOf(row);
  return [
    row.name,
    label ?? 'no label',
    ...(suggestion === null ? [] : [`model: ${suggestion.className} ${percent(suggestion.confidence, 0)}`]),
    ...(row.flagged ? ['flagged'] : []),
    ...(row.excluded ? ['excluded'] : []),
    ...(row.subset === null ? [] : [row.subset]),
    ...(reason === null ? [] : [reason]),
  ].join(', ');
}

/** What a model says, where the label does not say the same. */
export function otherOpinion({ suggestion, classId }: PhotoRow): PhotoRow['suggestion'] {
  return suggestion === null || (suggestion.classId !== null && suggestion.classId === classId) ? null : suggestion;
}

/**
 * What is labelled through, as the address says it: `from` names the choice, `pack` whose word counts, `photos` a
 * selection (numbers in runs: first, how many, first, how many...), `photo` where one is.
 */
import type { LocationQuery, LocationQueryValue } from 'vue-router';
import { packId, photoId } from '#app/domain/id-of.ts';
import type { PackId, PhotoId } from '#app/domain/ids.ts';
import { fromRuns, toRuns } from '#app/domain/number-runs.ts';
import type { AppliedPack, LibraryFilterInput, LibrarySort } from '#app/contract/library.ts';

export const sourceNames = ['unlabelled', 'everything', 'flagged', 'disagreements', 'uncertain', 'selection'] as const;

export type SourceName = (typeof sourceNames)[number];

export interface Source {
  readonly from: SourceName;
  readonly pack: PackId | null;
  /** Of a selection. */
  readonly photos: readonly PhotoId[];
}

export const needsPack = (from: SourceName): boolean => from === 'disagreements' || from === 'uncertain';

/** Addresses are typed and kept by people: what makes no sense in one stands for the usual choice. */
export function sourceOf(query: LocationQuery): Source {
  const wanted = sourceNames.find((name) => name === only(query['from'])) ?? 'unlabelled';
  const pack = numberIn(query['pack']);
  const photos = wanted === 'selection' ? photosIn(only(query['photos'])) : [];
  return {
    from: wanted === 'selection' && photos.length === 0 ? 'unlabelled' : wanted,
    pack: pack === null ? null : packId(pack),
    photos,
  };
}

export function photoOf(query: LocationQuery): PhotoId | null {
  const photo = numberIn(query['photo']);
  return photo === null ? null : photoId(photo);
}

export function queryOf(source: Source, photo: PhotoId | null): Record<string, string> {
  return {
    ...(source.from === 'unlabelled' ? {} : { from: source.from }),
    ...(source.pack === null ? {} : { pack: String(source.pack) }),
    ...(source.from === 'selection' ? { photos: toRuns(source.photos).join(',') } : {}),
    ...(photo === null ? {} : { photo: String(photo) }),
  };
}

/** Whether both name the same photos; where one is among them does not matter. */
export function sameSource(a: Source, b: Source): boolean {
  return JSON.stringify(queryOf(a, null)) === JSON.stringify(queryOf(b, null));
}

/** The pack whose word counts: the one that was asked for, else the one applied last. */
export function packOf(source: Source, applied: readonly AppliedPack[]): AppliedPack | null {
  return applied.find(({ pack }) => pack === source.pack) ?? applied[0] ?? null;
}

/** Null for a choice that needs a pack where none has been applied. */
export function viewOf(
  source: Source,
  pack: PackId | null,
): { readonly filter: LibraryFilterInput; readonly sort: LibrarySort } | null {
  switch (source.from) {
    case 'unlabelled':
      return { filter: { classes: [null], excluded: false }, sort: 'name' };
    case 'everything':
      return { filter: {}, sort: 'name' };
    case 'flagged':
      return { filter: { flagged: true }, sort: 'name' };
    case 'disagreements':
      return pack === null ? null : { filter: { pack, disagrees: true, excluded: false }, sort: 'confidence' };
    case 'uncertain':
      return pack === null ? null : { filter: { pack, classes: [null], excluded: false }, sort: 'uncertainty' };
    case 'selection':
      return { filter: { photos: [...source.photos] }, sort: 'name' };
  }
}

function only(value: LocationQueryValue | LocationQueryValue[] | undefined): string | null {
  return (Array.isArray(value) ? value[0] : value) ?? null;
}

function numberIn(value: LocationQueryValue | LocationQueryValue[] | undefined): number | null {
  const text = only(value);
  return text !== null && /^[1-9]\d{0,14}$/.test(text) ? Number(text) : null;
}

function photosIn(text: string | null): readonly PhotoId[] {
  if (text === null || !/^[1-9]\d{0,14},\d{1,7}(,[1-9]\d{0,14},\d{1,7})*$/.test(text)) return [];
  const runs = text.split(',').map(Number);
  const total = runs.reduce((sum, value, at) => sum + (at % 2 === 1 ? value : 0), 0);
  return total > 1_000_000 ? [] : fromRuns(runs).map((value) => photoId(value));
}

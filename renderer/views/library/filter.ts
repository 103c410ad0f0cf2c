/**
 * What the Library shows, as its address says it, so that going back works and other screens can link to it:
 *   class    numbers of classes, `none` for photos without a label, parted by commas
 *   split    train, validation, test or none      state   missing, undecodable      flagged, excluded   1 or 0
 *   q        part of a name      pack, disagrees=1, below=0.6, said=NAME      sort
 *   run, subset, label, predicted   the photos behind a cell of a run's confusion matrix
 *   photo    where the cursor is to be at first
 */
import type { LocationQuery, LocationQueryValue } from 'vue-router';
import { classId, packId, photoId, runId } from '#app/domain/id-of.ts';
import type { ClassId, PackId, PhotoId, RunId } from '#app/domain/ids.ts';
import type { Subset } from '#app/domain/run-config.ts';
import type { LibraryFilterInput, LibrarySort } from '#app/contract/library.ts';

/** Photos of a run with this label and this prediction; null: any. */
export interface Confused {
  readonly run: RunId;
  readonly subset: Subset;
  readonly label: number | null;
  readonly predicted: number | null;
}

export interface Choice {
  /** Null stands for photos without a label. */
  readonly classes: readonly (ClassId | null)[];
  readonly split: Subset | 'none' | null;
  readonly state: 'missing' | 'undecodable' | null;
  readonly flagged: boolean | null;
  readonly excluded: boolean | null;
  readonly text: string;
  readonly pack: PackId | null;
  readonly disagrees: boolean;
  readonly below: number | null;
  readonly said: string | null;
  readonly confused: Confused | null;
  readonly sort: LibrarySort;
}

export const everything: Choice = {
  classes: [],
  split: null,
  state: null,
  flagged: null,
  excluded: null,
  text: '',
  pack: null,
  disagrees: false,
  below: null,
  said: null,
  confused: null,
  sort: 'name',
};

const sorts: readonly LibrarySort[] = ['name', 'added', 'confidence', 'uncertainty'];
const subsets: readonly Subset[] = ['train', 'validation', 'test'];

/** Addresses are typed and kept by people: what makes no sense in one is passed over. */
export function choiceOf(query: LocationQuery): Choice {
  const text = (name: string): string | null => only(query[name]);
  const pack = whole(text('pack'));
  const sort = sorts.find((one) => one === text('sort')) ?? 'name';
  const below = Number(text('below') ?? Number.NaN);
  const split = text('split');
  return {
    classes: (text('class') ?? '').split(',').flatMap((one) => {
      const number = whole(one);
      return one === 'none' ? [null] : number === null ? [] : [classId(number)];
    }),
    split: split === 'none' ? 'none' : (subsets.find((one) => one === split) ?? null),
    state: text('state') === 'missing' ? 'missing' : text('state') === 'undecodable' ? 'undecodable' : null,
    flagged: yesNo(text('flagged')),
    excluded: yesNo(text('excluded')),
    text: (text('q') ?? '').slice(0, 300),
    pack: pack === null ? null : packId(pack),
    disagrees: text('disagrees') === '1',
    below: below > 0 && below <= 1 ? below : null,
    said: text('said'),
    confused: confusedOf(text),
    // Orders by confidence mean a pack's.
    sort: pack === null && (sort === 'confidence' || sort === 'uncertainty') ? 'name' : sort,
  };
}

export function photoOf(query: LocationQuery): PhotoId | null {
  const photo = whole(only(query['photo']));
  return photo === null ? null : photoId(photo);
}

function confusedOf(text: (name: string) => string | null): Confused | null {
  const run = whole(text('run'));
  const subset = subsets.find((one) => one === text('subset'));
  if (run === null || subset === undefined) return null;
  return { run: runId(run), subset, label: index(text('label')), predicted: index(text('predicted')) };
}

export function queryOf(choice: Choice): Record<string, string> {
  const { classes, split, state, flagged, excluded, text, pack, disagrees, below, said, confused, sort } = choice;
  return {
    ...(classes.length === 0 ? {} : { class: classes.map((one) => one ?? 'none').join(',') }),
    ...(split === null ? {} : { split }),
    ...(state === null ? {} : { state }),
    ...(flagged === null ? {} : { flagged: flagged ? '1' : '0' }),
    ...(excluded === null ? {} : { excluded: excluded ? '1' : '0' }),
    ...(text === '' ? {} : { q: text }),
    ...(pack === null ? {} : { pack: String(pack) }),
    ...(disagrees ? { disagrees: '1' } : {}),
    ...(below === null ? {} : { below: String(below) }),
    ...(said === null ? {} : { said }),
    ...(confused === null ? {} : { run: String(confused.run), subset: confused.subset }),
    ...(typeof confused?.label === 'number' ? { label: String(confused.label) } : {}),
    ...(typeof confused?.predicted === 'number' ? { predicted: String(confused.predicted) } : {}),
    ...(sort === 'name' ? {} : { sort }),
  };
}

/** Whether it leaves anything out. */
export function isNarrow(choice: Choice): boolean {
  return Object.keys(queryOf({ ...choice, sort: 'name', pack: null })).length > 0;
}

/** What the core is asked for. A pack is named only where something is asked of it: naming one leaves out what it did not see. */
export function filterOf(choice: Choice): Omit<LibraryFilterInput, 'photos'> {
  const { classes, split, state, flagged, excluded, text, pack, disagrees, below, said, sort } = choice;
  const asksPack =
    pack !== null && (disagrees || below !== null || said !== null || sort === 'confidence' || sort === 'uncertainty');
  return {
    ...(classes.length === 0 ? {} : { classes: [...classes] }),
    ...(split === null ? {} : { subset: split === 'none' ? null : split }),
    ...(state === null ? {} : { state }),
    ...(flagged === null ? {} : { flagged }),
    ...(excluded === null ? {} : { excluded }),
    ...(text === '' ? {} : { text }),
    ...(asksPack ? { pack } : {}),
    ...(asksPack && disagrees ? { disagrees } : {}),
    ...(asksPack && below !== null ? { below } : {}),
    ...(asksPack && said !== null ? { predicted: said } : {}),
  };
}

function only(value: LocationQueryValue | LocationQueryValue[] | undefined): string | null {
  return (Array.isArray(value) ? value[0] : value) ?? null;
}

function whole(text: string | null): number | null {
  return text !== null && /^[1-9]\d{0,14}$/.test(text) ? Number(text) : null;
}

function index(text: string | null): number | null {
  return text !== null && /^\d{1,6}$/.test(text) ? Number(text) : null;
}

function yesNo(text: string | null): boolean | null {
  return text === '1' ? true : text === '0' ? false : null;
}

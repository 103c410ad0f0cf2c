/**
 * Browsing photos. A view is the answer to one filter: a frozen list of photos, kept in the core and read in slices, so that
 * a grid over 100,000 photos asks only for what it shows.
 */
import { oc, type } from '@orpc/contract';
import { z } from 'zod';
import type { ClassId, PackId, PhotoId, RunId } from '../domain/ids.ts';
import type { LabelSource } from '../domain/label.ts';
import type { PhotoFacts, PhotoState } from '../domain/photo.ts';
import type { Subset } from '../domain/run-config.ts';
import { line, path, subset, wireClass, wirePack, wirePhoto, wirePhotos, wireProject, wireRun } from './common.ts';
import type { Started } from './common.ts';

/** All given conditions hold. */
export const libraryFilter = z.object({
  /** Photos with one of these labels; null in the list stands for photos without a label. */
  classes: z.array(wireClass.nullable()).max(10_000).optional(),
  /** Of the newest split; null: in none. */
  subset: subset.nullable().optional(),
  state: z.enum(['ok', 'missing', 'undecodable']).optional(),
  flagged: z.boolean().optional(),
  excluded: z.boolean().optional(),
  /** Part of the file's name, letters of either case. */
  text: line(300).optional(),
  /** Only photos on which this pack's newest predictions say something; needed by the next two and by `confidence` order. */
  pack: wirePack.optional(),
  /** The label is another one than the pack's best class. */
  disagrees: z.boolean().optional(),
  /** The pack's best class has a lower probability than this. */
  below: z.number().min(0).max(1).optional(),
  /** The pack's best class is this one (as the pack names it). */
  predicted: line(1000).optional(),
  /** Exactly these, e.g. behind a cell of a confusion matrix. */
  photos: wirePhotos.optional(),
});

export const librarySort = z.enum(['name', 'added', 'confidence', 'uncertainty']);

/** Contract of one cell of the grid. */
export interface PhotoRow {
  readonly id: PhotoId;
  /** The file's own name. */
  readonly name: string;
  /** First 16 digits of the content's hash, for the addresses of pictures; null where the file could not be read. */
  readonly hash: string | null;
  /** As viewed; null where it is not decoded. */
  readonly width: number | null;
  readonly height: number | null;
  readonly state: PhotoState;
  readonly reason: string | null;
  readonly classId: ClassId | null;
  readonly flagged: boolean;
  readonly excluded: boolean;
  readonly subset: Subset | null;
  /** What the view's pack says, or where it names none the pack that was applied last. */
  readonly suggestion: Suggestion | null;
}

export interface Suggestion {
  readonly pack: PackId;
  /** As the pack names it. */
  readonly className: string;
  /** The project's class of that name; null where it has none. */
  readonly classId: ClassId | null;
  readonly confidence: number;
}

export interface PhotoHistoryEntry {
  readonly revision: number;
  readonly at: number;
  readonly actor: string;
  readonly source: LabelSource;
  readonly from: string | null;
  readonly to: string | null;
}

export interface PhotoOpinion {
  /** A pack that was applied to the library, or a run whose held-out photos include this one. */
  readonly by: { readonly pack: PackId } | { readonly run: RunId };
  readonly name: string;
  readonly at: number;
  readonly subset: Subset | null;
  /** Most probable first. */
  readonly classes: readonly { readonly name: string; readonly probability: number }[];
}

export interface PhotoDetails extends PhotoRow {
  readonly path: string;
  readonly bytes: number;
  readonly modifiedAt: number;
  readonly addedAt: number;
  readonly contentHash: string | null;
  readonly facts: PhotoFacts | null;
  readonly group: string | null;
  readonly offeredClass: string | null;
  /** Newest first. */
  readonly history: readonly PhotoHistoryEntry[];
  readonly opinions: readonly PhotoOpinion[];
}

export interface LibraryFacets {
  readonly seq: number;
  readonly total: number;
  readonly labelled: number;
  readonly unlabelled: number;
  readonly flagged: number;
  readonly excluded: number;
  readonly undecodable: number;
  readonly missing: number;
  readonly classes: readonly { readonly classId: ClassId; readonly photos: number }[];
  /** Of the newest split; null where there is none. */
  readonly subsets: Readonly<Record<Subset, number>> | null;
  /** Packs applied to this library, the last one first. */
  readonly packs: readonly AppliedPack[];
}

export interface AppliedPack {
  readonly pack: PackId;
  readonly name: string;
  readonly at: number;
  readonly photos: number;
  /** Labelled photos on which it says another class. */
  readonly disagrees: number;
  /** Photos without a label on which it says something. */
  readonly unlabelled: number;
}

export interface FolderView {
  readonly path: string;
  readonly importedAt: number;
  readonly photos: number;
  readonly missing: number;
  readonly excluded: number;
  /** Whether it is at its place now. */
  readonly there: boolean;
}

export interface FolderOffer {
  readonly folder: string;
  readonly photos: number;
  readonly others: number;
  /** Names of subfolders that can serve as labels. */
  readonly labels: readonly { readonly name: string; readonly photos: number }[];
}

const project = z.object({ project: wireProject });
const slice = z.object({ view: z.int().positive(), from: z.int().nonnegative(), to: z.int().nonnegative() });

export const library = {
  /** Throws `library.pack-needed` for a condition that needs a pack where none is named. */
  view: oc
    .input(project.extend({ filter: libraryFilter, sort: librarySort, first: z.int().min(0).max(1000).optional() }))
    .output(
      type<{
        readonly view: number;
        readonly total: number;
        readonly seq: number;
        /** The first ones, as many as were asked for: what is seen at once needs no second way. */
        readonly rows: readonly PhotoRow[];
      }>(),
    ),
  /** At most 1000 rows as they are now. Throws `library.view-gone` for one that is not kept any more: ask for it again. */
  rows: oc.input(slice).output(type<readonly PhotoRow[]>()),
  /** Rows of any photos, in the given order. */
  rowsOf: oc
    .input(project.extend({ photos: z.array(wirePhoto).max(1000), pack: wirePack.nullable() }))
    .output(type<readonly PhotoRow[]>()),
  /** For selections: without a limit, as `domain/id-list.ts` writes them. */
  ids: oc.input(slice).output(type<string>()),
  /** Place of a photo in a view, null where it is not in it. */
  place: oc.input(z.object({ view: z.int().positive(), photo: wirePhoto })).output(type<number | null>()),
  photo: oc.input(z.object({ photo: wirePhoto })).output(type<PhotoDetails>()),
  facets: oc.input(project).output(type<LibraryFacets>()),
  folders: oc.input(project).output(type<readonly FolderView[]>()),
  /** Looks into a folder before it is imported; opens no photo. Throws what a scan throws. */
  offer: oc.input(z.object({ folder: path })).output(type<FolderOffer>()),
  /** Imports a folder (again), with the names of these subfolders as labels for photos that have none. */
  import: oc.input(project.extend({ folder: path, labels: z.array(z.string()).max(10_000) })).output(type<Started>()),
  /** A folder was moved: its photos are found at the new place by their content and keep everything. */
  relocate: oc.input(project.extend({ from: path, to: path })).output(type<Started>()),
  /** Photos of a run's subset with this label and this prediction (indices into the run's classes; null: any). */
  confused: oc
    .input(
      z.object({
        run: wireRun,
        subset,
        label: z.int().nonnegative().nullable(),
        predicted: z.int().nonnegative().nullable(),
      }),
    )
    .output(type<readonly PhotoId[]>()),
};

export type LibraryFilter = z.infer<typeof libraryFilter>;
export type LibraryFilterInput = z.input<typeof libraryFilter>;
export type LibrarySort = z.infer<typeof librarySort>;

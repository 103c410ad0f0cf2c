/** Labelling. Every act is one edit that can be undone and redone, also after a restart. */
import { oc, type } from '@orpc/contract';
import { z } from 'zod';
import type { ClassId, PhotoId } from '../domain/ids.ts';
import type { HistoryCheck } from '../domain/label.ts';
import { line, path, upload, wireClass, wirePack, wirePhotos, wireProject } from './common.ts';

export interface EditView {
  readonly id: number;
  /** `Label 12 photos "rust"`, `Merge "cat" into "dog"`. */
  readonly title: string;
  readonly at: number;
}

export interface Edited {
  /** Photos that are other now than before. */
  readonly changed: number;
  /** Up to 1000 of them. */
  readonly photos: readonly PhotoId[];
  /** The edit that the act is kept as; null where it changed nothing, and of undo and redo. */
  readonly made: EditView['id'] | null;
  /** What undo and redo would do now; null: nothing. */
  readonly undo: EditView | null;
  readonly redo: EditView | null;
}

export interface ClassView {
  readonly id: ClassId;
  readonly name: string;
  readonly index: number;
  /** `#rrggbb` */
  readonly color: string;
  readonly key: string | null;
  readonly photos: number;
}

export interface HistoryReport extends HistoryCheck {
  /** The problems as sentences; empty: all is well. */
  readonly sentences: readonly string[];
}

const project = z.object({ project: wireProject });
const some = project.extend({ photos: wirePhotos });
const one = project.extend({ class: wireClass });
/** Which edit is meant, null where the caller knows of none; left out, whichever comes next. */
const step = project.extend({ edit: z.int().positive().nullable().optional() });
const color = z.string().regex(/^#[0-9a-fA-F]{6}$/);
const key = z.string().length(1);

export const labels = {
  /** Null takes labels away. Answers after the commit. */
  set: oc.input(some.extend({ class: wireClass.nullable() })).output(type<Edited>()),
  flag: oc.input(some.extend({ flagged: z.boolean() })).output(type<Edited>()),
  /** Excluded photos keep their label and are left out of splits and runs. */
  exclude: oc.input(some.extend({ excluded: z.boolean() })).output(type<Edited>()),
  /** Excludes every photo of the project's folder `from`, which may be gone. Throws `library.folder-unknown`. */
  excludeFolder: oc.input(project.extend({ from: path })).output(type<Edited>()),
  /**
   * Takes over what a pack says of these photos, recorded as the model's; classes that the project does not have are made.
   * Photos on which it says nothing stay as they are.
   */
  accept: oc.input(some.extend({ pack: wirePack })).output(type<Edited>()),
  state: oc.input(project).output(type<Pick<Edited, 'undo' | 'redo'>>()),
  /** Throws `labels.nothing-to-undo`, and `labels.other-edit` (data: edit) where another one than the one meant comes next. */
  undo: oc.input(step).output(type<Edited & { readonly done: EditView }>()),
  /** Throws `labels.nothing-to-redo`, `labels.other-edit`. */
  redo: oc.input(step).output(type<Edited & { readonly done: EditView }>()),
  /** `file_name,label,...` of all labelled photos. */
  csv: oc.input(project).output(type<string>()),
  /** `revision,at,who,by,file,from,to` of all changes, oldest first. Throws `labels.no-history`. */
  history: oc.input(project).output(type<string>()),
  /** Whether the history is as it was made. */
  check: oc.input(project).output(type<HistoryReport>()),
  /** A table of labels that was uploaded (`docs/tables.md`). */
  importTable: oc
    .input(project.extend({ upload, fileName: line(1000) }))
    .output(type<Pick<Edited, 'changed' | 'made'> & { readonly matched: number; readonly notes: readonly string[] }>()),
};

export const classes = {
  list: oc.input(project).output(type<{ readonly seq: number; readonly classes: readonly ClassView[] }>()),
  /** Colour and key are chosen where none is given. Throws `classes.name-invalid`, `classes.name-taken`, `classes.key-taken`. */
  add: oc
    .input(project.extend({ name: line(1000), color: color.optional(), key: key.nullable().optional() }))
    .output(type<Edited & { readonly class: ClassView }>()),
  /** Only what is given changes. A key that another class has goes over to this one. */
  edit: oc
    .input(one.extend({ name: line(1000).optional(), color: color.optional(), key: key.nullable().optional() }))
    .output(type<Edited>()),
  /** Photos of `class` get `into`; `class` is gone from lists, and runs keep its name. */
  merge: oc.input(one.extend({ into: wireClass })).output(type<Edited>()),
  /** Takes a class without photos off the list. Throws `classes.in-use`. */
  remove: oc.input(one).output(type<Edited>()),
  /** All classes in their new order. */
  reorder: oc.input(project.extend({ classes: z.array(wireClass).max(10_000) })).output(type<Edited>()),
};

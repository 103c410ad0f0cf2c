import { oc, type } from '@orpc/contract';
import { z } from 'zod';
import type { PhotoId, ProjectId, RunId } from '../domain/ids.ts';
import { line, path, wireProject } from './common.ts';
import type { Started } from './common.ts';

export interface ProjectCard {
  readonly id: ProjectId;
  readonly name: string;
  readonly createdAt: number;
  /** When it was last opened in the window; null: never. */
  readonly openedAt: number | null;
  readonly folders: readonly string[];
  readonly photos: number;
  readonly labelled: number;
  readonly classes: number;
  readonly runs: number;
  /** Up to four photos of different classes, to recognise it by. */
  readonly covers: readonly { readonly photo: PhotoId; readonly hash: string }[];
  /** Of the newest finished run: its test photos where it has any, else its validation photos. */
  readonly lastResult: {
    readonly run: RunId;
    readonly runName: string;
    readonly subset: 'validation' | 'test';
    readonly accuracy: number;
    readonly at: number;
  } | null;
}

const project = z.object({ project: wireProject });

export const projects = {
  /** Last opened first. */
  list: oc.output(type<{ readonly seq: number; readonly projects: readonly ProjectCard[] }>()),
  show: oc.input(project).output(type<ProjectCard>()),
  /** Throws `projects.name-invalid`, `projects.name-taken`. */
  create: oc.input(z.object({ name: line(200) })).output(type<ProjectCard>()),
  rename: oc.input(project.extend({ name: line(200) })).output(type<ProjectCard>()),
  /** Notes the time, for the order of the list. */
  open: oc.input(project).output(type<ProjectCard>()),
  /**
   * A project named after the folder (or `name`), then its import as a task. Nothing is created when the folder holds no
   * photos. `labels`: the names of subfolders to be used as labels.
   */
  fromFolder: oc
    .input(z.object({ folder: path, name: line(200).nullable(), labels: z.array(z.string()).max(10_000) }))
    .output(type<Started & { readonly project: ProjectId }>()),
  /** Draws the sample photos (a set of shapes, 4 classes) and imports them, some of them labelled. */
  sample: oc.output(type<Started>()),
};

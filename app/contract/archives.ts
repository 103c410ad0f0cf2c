/** Archives of projects: written into a folder, looked at, opened. */
import { oc, type } from '@orpc/contract';
import { z } from 'zod';
import type { BackboneIdentity } from '../domain/ids.ts';
import { line, path, wireProject } from './common.ts';
import type { Started } from './common.ts';

export interface ArchiveView {
  readonly name: string;
  readonly appVersion: string;
  readonly archivedAt: number;
  readonly withPhotos: boolean;
  readonly counts: Readonly<Record<'photos' | 'labelled' | 'classes' | 'events' | 'runs' | 'packs', number>>;
  readonly backbones: readonly { readonly identity: BackboneIdentity; readonly name: string }[];
}

export const archives = {
  /** A new file in `folder`, named after the project; never over another one. */
  write: oc.input(z.object({ project: wireProject, folder: path, photos: z.boolean() })).output(type<Started>()),
  /** What it says of itself; only that is read. Throws `archive.*`, `files.*`. */
  look: oc.input(z.object({ file: path })).output(type<ArchiveView>()),
  /** `folder`: where its photos are looked for; `to`: where those that it holds and that were not found are put. */
  open: oc
    .input(z.object({ file: path, name: line(200).nullable(), folder: path.nullable(), to: path.nullable() }))
    .output(type<Started>()),
};

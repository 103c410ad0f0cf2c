/** Choosing folders and files on the machine where the core runs, for hosts without a dialog of their own. */
import { oc, type } from '@orpc/contract';
import { z } from 'zod';
import { path } from './common.ts';

export interface BrowseEntry {
  readonly name: string;
  readonly path: string;
  readonly kind: 'folder' | 'file';
  /** Of a file. */
  readonly bytes: number | null;
}

export interface BrowsePage {
  readonly path: string;
  /** Null at a root. */
  readonly parent: string | null;
  readonly roots: readonly string[];
  /** Folders first, by name; hidden ones left out. At most 5000. */
  readonly entries: readonly BrowseEntry[];
  readonly cut: boolean;
  /** Photos directly in it. */
  readonly photos: number;
}

export const files = {
  /** Null: the first root. Throws `files.outside-roots`, `files.not-there`, `files.unreadable`, `files.no-picker` (desktop). */
  browse: oc
    .input(z.object({ path: path.nullable(), show: z.enum(['folders', 'backbones', 'archives']) }))
    .output(type<BrowsePage>()),
};

/** Folders and files of this machine, for windows without a dialog of their own; nothing outside the allowed roots. */
import type { Dirent } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, sep } from 'node:path';
import type { BrowseEntry, BrowsePage } from '#app/contract/files.ts';
import { AppError } from '#app/domain/errors.ts';
import { isHiddenName, isPhotoName } from '../files/photos/kinds.ts';

const MOST_ENTRIES = 5000;
const SHOWN = {
  folders: null,
  backbones: /\.(?:safetensors|npz)$/i,
  archives: /\.dtlproject$/i,
} as const;

export interface Roots {
  /** The real path of what `path` names. Throws `files.not-there`, `files.outside-roots`. */
  readonly inside: (path: string) => Promise<string>;
  readonly browse: (path: string | null, show: 'folders' | 'backbones' | 'archives') => Promise<BrowsePage>;
}

/** Roots that are not there are left out. Throws `files.no-roots` where none is left. */
export async function openRoots(paths: readonly string[]): Promise<Roots> {
  const real = await Promise.all(paths.map((path) => realpath(path).catch(() => null)));
  const roots = [...new Set(real.filter((path) => path !== null))];
  const [first] = roots;
  if (first === undefined) {
    throw new AppError('files.no-roots', `None of these folders is there: ${paths.join(', ')}. Name another one.`);
  }

  async function inside(path: string): Promise<string> {
    const place = await realpath(path).catch(() => null);
    // The same answer for both: what lies outside is not even said to exist.
    if (place !== null && roots.some((root) => contains(root, place))) return place;
    if (place === null && roots.some((root) => contains(root, path))) {
      throw new AppError('files.not-there', `"${path}" is not there any more.`, { data: { path } });
    }
    throw new AppError(
      'files.outside-roots',
      `"${path}" is not in a folder that this server was started for. Start it with --root to allow another one.`,
      { data: { path } },
    );
  }

  return {
    inside,
    browse: async (path, show) => {
      const folder = await inside(path ?? first);
      const all = (await entriesOf(folder)).filter(({ name }) => !isHiddenName(name));
      const folders = all.filter((one) => one.isDirectory());
      const files = all.filter((one) => one.isFile());
      const shown = files.filter(({ name }) => SHOWN[show]?.test(name) === true);
      const listed = [...folders.toSorted(byName), ...shown.toSorted(byName)].slice(0, MOST_ENTRIES);
      return {
        path: folder,
        parent: roots.includes(folder) ? null : dirname(folder),
        roots,
        entries: await Promise.all(listed.map((one) => entryOf(folder, one))),
        cut: folders.length + shown.length > MOST_ENTRIES,
        photos: files.filter(({ name }) => isPhotoName(name)).length,
      };
    },
  };
}

function contains(root: string, path: string): boolean {
  const way = relative(root, path);
  return way === '' || (way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way));
}

async function entriesOf(folder: string): Promise<readonly Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (cause) {
    throw new AppError(
      'files.unreadable',
      `"${folder}" cannot be looked into: it is no folder, or this user may not.`,
      {
        data: { path: folder },
        cause,
      },
    );
  }
}

async function entryOf(folder: string, entry: Dirent): Promise<BrowseEntry> {
  const { name } = entry;
  const path = join(folder, name);
  if (entry.isDirectory()) return { name, path, kind: 'folder', bytes: null };
  return { name, path, kind: 'file', bytes: (await stat(path).catch(() => null))?.size ?? null };
}

const collator = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });

function byName(a: Dirent, b: Dirent): number {
  return collator.compare(a.name, b.name);
}

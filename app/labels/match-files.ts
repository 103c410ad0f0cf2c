/**
 * Which photo a table means by a file name. In this order: the full path; the path below the table's own folder; below an
 * imported folder; the only photo whose path ends in it. Both kinds of slashes are read.
 */
import type { Photo } from '../domain/photo.ts';

export type Match =
  | { readonly kind: 'found'; readonly photo: Photo }
  | { readonly kind: 'unknown' }
  /** Several photos have that name below imported folders, or end in it. */
  | { readonly kind: 'ambiguous'; readonly photos: readonly Photo[] };

/** Absolute. `own`: the table's; of the imported ones none goes before another. */
export interface MatchFolders {
  readonly own: string;
  readonly imported: readonly string[];
}

export function fileMatcher(photos: readonly Photo[], { own, imported }: MatchFolders): (fileName: string) => Match {
  const exact = new Map(photos.map((photo) => [photo.path, photo]));
  const byPath = Map.groupBy(photos, ({ path }) => normal(path));
  const byBase = Map.groupBy(photos, ({ path }) => normal(path).split('/').at(-1) ?? '');
  // Two names can be the same but for their Unicode form.
  const at = (path: string): readonly Photo[] => {
    const photo = exact.get(path);
    return photo === undefined ? (byPath.get(normal(path)) ?? []) : [photo];
  };
  return (fileName) => {
    const wanted = normal(fileName).replace(/^\//, '');
    const meant = [
      () => at(fileName),
      () => at(`${own}/${fileName}`),
      () => imported.flatMap((folder) => at(`${folder}/${fileName}`)),
      () => (byBase.get(wanted.split('/').at(-1) ?? '') ?? []).filter(({ path }) => endsIn(path, wanted)),
    ];
    for (const look of meant) {
      const hits = [...new Set(look())];
      const [only, second] = hits;
      if (only === undefined) continue;
      return second === undefined ? { kind: 'found', photo: only } : { kind: 'ambiguous', photos: hits };
    }
    return { kind: 'unknown' };
  };
}

/** Those of `names` in which more than one of `paths` ends: whoever reads one could take another photo for it. */
export function sharedEndings(names: readonly string[], paths: readonly string[]): ReadonlySet<string> {
  const uses = new Map(names.map((name) => [normal(name), 0]));
  for (const path of paths) {
    const parts = normal(path).split('/');
    for (let from = 0; from < parts.length; from++) {
      const ending = parts.slice(from).join('/');
      const before = uses.get(ending);
      if (before !== undefined) uses.set(ending, before + 1);
    }
  }
  return new Set(names.filter((name) => (uses.get(normal(name)) ?? 0) > 1));
}

function endsIn(path: string, ending: string): boolean {
  return `/${normal(path)}`.endsWith(`/${ending}`);
}

/** Forward slashes, no empty, `.` or `..` parts, and one Unicode form: file systems and spreadsheets differ in it. */
function normal(path: string): string {
  const parts: string[] = [];
  for (const part of path.normalize('NFC').replaceAll('\\', '/').split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return (/^[/\\]/.test(path) ? '/' : '') + parts.join('/');
}

/** Below the longest of `folders` that holds it, with forward slashes; the path itself where none does. */
export function relativeName(path: string, folders: readonly string[]): string {
  const holders = folders.filter((folder) => path.startsWith(folder) && /[/\\]/.test(path[folder.length] ?? ''));
  const longest = holders.reduce((best, folder) => (folder.length > best.length ? folder : best), '');
  return longest === '' ? path : path.slice(longest.length + 1).replaceAll('\\', '/');
}

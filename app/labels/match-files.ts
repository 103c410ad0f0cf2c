/**
 * Which photo a table means by a file name. In this order: the full path; the path below the table's own folder; below an
 * imported folder; the only photo whose path ends in it. Both kinds of slashes are read.
 */
import type { Photo } from '../domain/photo.ts';

export type Match =
  | { readonly kind: 'found'; readonly photo: Photo }
  | { readonly kind: 'unknown' }
  /** Several photos end in that name. */
  | { readonly kind: 'ambiguous'; readonly photos: readonly Photo[] };

/** `folders`: absolute, in the order in which they are tried. */
export function fileMatcher(photos: readonly Photo[], folders: readonly string[]): (fileName: string) => Match {
  const byPath = new Map(photos.map((photo) => [normal(photo.path), photo]));
  const byBase = new Map<string, Photo[]>();
  for (const photo of photos) {
    const base = normal(photo.path).split('/').at(-1) ?? '';
    const list = byBase.get(base);
    if (list === undefined) byBase.set(base, [photo]);
    else list.push(photo);
  }
  return (fileName) => {
    const wanted = normal(fileName);
    for (const path of [wanted, ...folders.map((folder) => normal(`${folder}/${fileName}`))]) {
      const photo = byPath.get(path);
      if (photo !== undefined) return { kind: 'found', photo };
    }
    const candidates = byBase.get(wanted.split('/').at(-1) ?? '') ?? [];
    const ending = candidates.filter(({ path }) => `/${normal(path)}`.endsWith(`/${wanted}`));
    const [only, second] = ending;
    if (only === undefined) return { kind: 'unknown' };
    return second === undefined ? { kind: 'found', photo: only } : { kind: 'ambiguous', photos: ending };
  };
}

/** Forward slashes, no empty, `.` or `..` parts, and one Unicode form: file systems and spreadsheets differ in it. */
function normal(path: string): string {
  const parts: string[] = [];
  for (const part of path.normalize('NFC').replaceAll('\\', '/').split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return parts.join('/');
}

/** Below the longest of `folders` that holds it, with forward slashes; the path itself where none does. */
export function relativeName(path: string, folders: readonly string[]): string {
  const holders = folders.filter((folder) => path.startsWith(folder) && /[/\\]/.test(path[folder.length] ?? ''));
  const longest = holders.reduce((best, folder) => (folder.length > best.length ? folder : best), '');
  return longest === '' ? path : path.slice(longest.length + 1).replaceAll('\\', '/');
}

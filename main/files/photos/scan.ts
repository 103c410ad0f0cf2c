/**
 * Lists the photos below a folder by their names and stamps; no file is opened. Links are never followed, so nothing
 * outside the folder is listed and no loop can catch the scan.
 */
import type { Dirent, Stats } from 'node:fs';
import { lstat, readdir, realpath, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { AppError, cancelled } from '#app/domain/errors.ts';
import type { FoundPhoto, LongWork, PhotoScan, ScanProgress } from '#app/ports/files.ts';
import { errnoOf, fileProblem, reasonOf } from '../problems.ts';
import { compareUtf8 } from '../text-order.ts';
import { isHiddenName, isPhotoName } from './kinds.ts';

/** Files asked about at once, and photos between two reports of progress. */
const stride = 64;

interface Findings {
  readonly photos: FoundPhoto[];
  readonly unreadable: { path: string; reason: string }[];
  hidden: number;
  others: number;
  links: number;
  folders: number;
}

/**
 * Throws AppError `photos.folder-missing` (also when the folder vanishes or is exchanged meanwhile),
 * `photos.not-a-folder`, `photos.folder-unreadable`, or one of kind `cancelled`.
 */
export async function scanPhotos(folder: string, work: LongWork<ScanProgress> = {}): Promise<PhotoScan> {
  const { root, stats } = await openRoot(folder);
  const found: Findings = { photos: [], unreadable: [], hidden: 0, others: 0, links: 0, folders: 0 };
  const pending = [''];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const entries = await list(root, next, found);
    const photos: string[] = [];
    for (const entry of entries) {
      const path = next === '' ? entry.name : `${next}/${entry.name}`;
      if (isHiddenName(entry.name)) found.hidden++;
      else if (entry.isSymbolicLink()) found.links++;
      else if (entry.isDirectory()) pending.push(path);
      else if (entry.isFile() && isPhotoName(entry.name)) photos.push(path);
      else found.others++;
    }
    for (let i = 0; i < photos.length; i += stride) {
      if (work.signal?.aborted) throw cancelled(`Looking through "${root}"`);
      await Promise.all(photos.slice(i, i + stride).map((path) => look(root, path, found)));
      work.onProgress?.({ folders: found.folders, photos: found.photos.length });
    }
    if (work.signal?.aborted) throw cancelled(`Looking through "${root}"`);
  }
  // A drive that was unplugged meanwhile may leave an empty folder where it was mounted.
  const identity = identityOf(stats);
  if ((await folderIdentity(root)) !== identity) throw missing(root);
  found.photos.sort((a, b) => compareUtf8(a.relativePath, b.relativePath));
  found.unreadable.sort((a, b) => compareUtf8(a.path, b.path));
  work.onProgress?.({ folders: found.folders, photos: found.photos.length });
  const { photos, hidden, others, links, unreadable } = found;
  return { folder: root, identity, photos, hidden, others, links, unreadable };
}

export async function folderIdentity(path: string): Promise<string | null> {
  return stat(path).then(identityOf, () => null);
}

function identityOf({ dev, ino }: Stats): string {
  return `${dev}:${ino}`;
}

export async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
}

async function openRoot(folder: string): Promise<{ root: string; stats: Stats }> {
  try {
    const root = await realpath(resolve(folder));
    const stats = await stat(root);
    if (stats.isDirectory()) return { root, stats };
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') throw missing(folder, error);
    throw unreadableRoot(folder, error);
  }
  throw new AppError('photos.not-a-folder', `"${folder}" is a file. Name the folder that holds the photos.`, {
    data: { path: folder },
  });
}

async function list(root: string, folder: string, found: Findings): Promise<readonly Dirent[]> {
  const path = join(root, folder);
  try {
    const entries = await readdir(path, { withFileTypes: true });
    found.folders++;
    return entries;
  } catch (error) {
    if (folder === '') throw errnoOf(error) === 'ENOENT' ? missing(root, error) : unreadableRoot(root, error);
    found.unreadable.push({ path, reason: reasonOf(error) });
    return [];
  }
}

async function look(root: string, relativePath: string, found: Findings): Promise<void> {
  const path = join(root, relativePath);
  try {
    const stats = await lstat(path);
    const offeredClass = relativePath.split('/').at(-2) ?? null;
    found.photos.push({ path, relativePath, bytes: stats.size, modifiedAt: stats.mtimeMs, offeredClass });
  } catch (error) {
    // Node shows bytes that are not UTF-8 as U+FFFD, and then there is no file of that name.
    const misnamed = errnoOf(error) === 'ENOENT' && relativePath.includes('\ufffd');
    const reason = misnamed ? 'its name, or that of its folder, is not valid UTF-8: rename it' : reasonOf(error);
    found.unreadable.push({ path, reason });
  }
}

function missing(path: string, cause?: unknown): AppError {
  return new AppError(
    'photos.folder-missing',
    `The folder "${path}" is not there. Everything stored about its photos is kept: ` +
      'connect the drive or name the folder by its new place, and import it again.',
    { data: { path }, cause },
  );
}

function unreadableRoot(path: string, cause: unknown): unknown {
  const problem = fileProblem(cause, 'read', path);
  if (!(problem instanceof AppError)) return problem;
  return new AppError('photos.folder-unreadable', problem.message, { data: problem.data, cause });
}

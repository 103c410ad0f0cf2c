/** Opens files and finds where known content has gone. */
import { AppError } from '../domain/errors.ts';
import type { ContentHash, PhotoId } from '../domain/ids.ts';
import { mapLimited } from '../domain/map-limited.ts';
import type { NewPhoto, Photo, PhotoFile } from '../domain/photo.ts';
import type { Project } from '../domain/project.ts';
import type { FoundPhoto, PhotoFiles } from '../ports/files.ts';
import type { ImageStore, PictureCache } from '../ports/images.ts';
import type { Store } from '../ports/repositories.ts';
import type { HashedFile } from './plan-moves.ts';

export interface ImportPorts {
  readonly store: Store;
  readonly photoFiles: PhotoFiles;
  readonly images: ImageStore;
  readonly thumbnails: PictureCache;
}

export interface UnreadablePhoto {
  readonly path: string;
  readonly reason: string;
}

/** What the files hold, in the given order, without those that cannot be read. */
export async function hashPhotos(
  { photoFiles }: ImportPorts,
  photos: readonly FoundPhoto[],
  signal: AbortSignal | undefined,
): Promise<{ readonly hashed: readonly HashedFile[]; readonly unreadable: readonly UnreadablePhoto[] }> {
  const files = await photoFiles.hash(
    photos.map(({ path }) => path),
    signal === undefined ? {} : { signal },
  );
  const hashed: HashedFile[] = [];
  const unreadable: UnreadablePhoto[] = [];
  for (const [at, found] of photos.entries()) {
    const { hash = null, reason = null } = files[at] ?? {};
    if (hash === null) unreadable.push({ path: found.path, reason: reason ?? 'it could not be read' });
    else hashed.push({ found, hash });
  }
  return { hashed, unreadable };
}

/** The file as the store keeps it, with what is known of its content from before or from decoding it now. */
export function fileOf({ found, hash }: HashedFile, content: Pick<PhotoFile, 'facts' | 'reason'>): NewPhoto {
  const { facts, reason } = content;
  const { path, bytes, modifiedAt, offeredClass } = found;
  return { path, contentHash: hash, bytes, modifiedAt, facts, reason, offeredClass };
}

/**
 * The class that the folder of a photo offers which is still at its path. An import that begins in that very folder offers
 * none, and does not take back what a wider one has offered.
 */
export function offeredInPlace(found: FoundPhoto, known: { readonly offeredClass: string | null }): string | null {
  return found.offeredClass ?? known.offeredClass;
}

/** Photos asked for at a time, so that the image store, which knows the machine, never waits for work. */
const AT_ONCE = 16;

/** A file that says nothing of its photo now, and may at the next import: it vanished, or something else was in the way. */
export interface Unread {
  readonly unread: string;
}

/** Decodes photos; one that was not come to before the stop is undefined. */
export function decodePhotos(
  ports: ImportPorts,
  photos: readonly HashedFile[],
  onDecoded: () => void,
  signal: AbortSignal | undefined,
): Promise<readonly (NewPhoto | Unread | undefined)[]> {
  return mapLimited(photos, AT_ONCE, async (photo) => {
    if (signal?.aborted === true) return undefined;
    const file = await decode(ports, photo, signal);
    if (file !== undefined) onDecoded();
    return file;
  });
}

async function decode(
  { images, thumbnails }: ImportPorts,
  photo: HashedFile,
  signal: AbortSignal | undefined,
): Promise<NewPhoto | Unread | undefined> {
  try {
    const keep = (thumbnail: Uint8Array): Promise<void> => thumbnails.keep(photo.hash, thumbnail);
    return fileOf(photo, { facts: await images.facts(photo.found.path, signal, keep), reason: null });
  } catch (error) {
    if (error instanceof AppError && error.kind === 'cancelled') return undefined;
    if (!(error instanceof AppError) || error.kind !== 'expected') throw error;
    if (error.code === 'image.missing') return { unread: 'it was removed while the folder was being read' };
    const { reason: told, passing } = error.data;
    const reason = typeof told === 'string' ? told : error.message;
    return passing === true ? { unread: reason } : fileOf(photo, { facts: null, reason });
  }
}

/** Photos that had this content, and at whose own paths there is nothing any more. */
export async function lostPhotos(
  { store, photoFiles }: ImportPorts,
  project: Project,
  hash: ContentHash,
  present: ReadonlySet<string>,
): Promise<readonly Photo[]> {
  const lost: Photo[] = [];
  for (const photo of store.photos.withHash(project.id, hash)) {
    if (present.has(photo.path)) continue;
    // Missing is what an earlier import found; of other folders only the disk can tell.
    if (photo.state === 'missing' || !(await isThere(photoFiles, photo.path))) lost.push(photo);
  }
  return lost;
}

async function isThere(photoFiles: PhotoFiles, path: string): Promise<boolean> {
  const [file] = await photoFiles.hash([path]);
  return file !== undefined && file.hash !== null;
}

export interface PhotoChange {
  readonly id: PhotoId;
  readonly file: NewPhoto;
}

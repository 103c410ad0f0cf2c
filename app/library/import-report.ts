/** What an import tells of a folder: what became of its photos, and the classes that its subfolders offer. */
import { fitClassName } from '../domain/class-name.ts';
import { count } from '../domain/count.ts';
import { AppError } from '../domain/errors.ts';
import type { FoundPhoto, PhotoScan } from '../ports/files.ts';
import type { UnreadablePhoto } from './read-photos.ts';

export interface ImportReport {
  readonly folder: string;
  /** Files in the folder whose name says that they are photos. */
  readonly found: number;
  readonly added: number;
  readonly unchanged: number;
  /** Same path, other content. */
  readonly changed: number;
  /** Of these, paths of photos that have a label and show other pixels now: the label may not fit any more. */
  readonly changedLabelled: readonly string[];
  /** Known as no photos from earlier imports, and still there. */
  readonly undecodableBefore: number;
  /** Same content, other path. */
  readonly moved: number;
  /** Were missing and are back at their path. */
  readonly returned: number;
  /** Known photos of this folder that are not there any more; label and history are kept. */
  readonly missing: number;
  /** Read now and found to be no photos: kept, listed and never trained on. */
  readonly undecodable: readonly UnreadablePhoto[];
  readonly unreadable: readonly UnreadablePhoto[];
  /** Passed over: hidden files, files that are no photos, links. */
  readonly hidden: number;
  readonly others: number;
  readonly links: number;
  /**
   * Names of folders that can serve as labels, with the folders (below the imported one) that bear them: of one name
   * there can be several, and they are one class.
   */
  readonly offered: readonly { readonly name: string; readonly photos: number; readonly folders: readonly string[] }[];
  /** Names of folders that hold photos and cannot be class names: their photos are offered no label. */
  readonly unfitNames: readonly { readonly name: string; readonly photos: number }[];
}

export function emptyFolder({ folder, others, hidden, links, unreadable }: PhotoScan): AppError {
  const passed = [
    [others, count(others, 'file that is no photo', 'files that are no photos')],
    [hidden, count(hidden, 'hidden one')],
    [links, count(links, 'link')],
    [unreadable.length, `${unreadable.length} that could not be read`],
  ] as const;
  const said = passed.filter(([amount]) => amount !== 0).map(([, what]) => what);
  const only = said.length > 0 ? ` (only ${said.join(', ')})` : '';
  return new AppError(
    'photos.folder-empty',
    `There are no photos in "${folder}"${only}. Nothing was changed. ` +
      'Name a folder with JPEG, PNG, WebP, AVIF, GIF or TIFF files in it.',
    { data: { folder, others, hidden, links } },
  );
}

/** Takes names of folders that cannot be class names out of the offer. */
export function withFitNames(scan: PhotoScan): { readonly scan: PhotoScan } & Pick<ImportReport, 'unfitNames'> {
  const unfit = new Map<string, number>();
  const photos = scan.photos.map((photo) => {
    if (photo.offeredClass === null) return photo;
    const offeredClass = fitClassName(photo.offeredClass);
    if (offeredClass === null) unfit.set(photo.offeredClass, (unfit.get(photo.offeredClass) ?? 0) + 1);
    return { ...photo, offeredClass };
  });
  return { scan: { ...scan, photos }, unfitNames: [...unfit].map(([name, amount]) => ({ name, photos: amount })) };
}

export function offers(photos: readonly FoundPhoto[]): ImportReport['offered'] {
  const classes = new Map<string, { photos: number; folders: Set<string> }>();
  for (const { offeredClass, relativePath } of photos) {
    if (offeredClass === null) continue;
    const one = classes.get(offeredClass) ?? { photos: 0, folders: new Set<string>() };
    one.photos++;
    one.folders.add(relativePath.slice(0, relativePath.lastIndexOf('/')));
    classes.set(offeredClass, one);
  }
  return [...classes].map(([name, one]) => ({ name, photos: one.photos, folders: [...one.folders] }));
}

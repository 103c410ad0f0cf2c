/** Which file is which photo of an archive: by content, wherever it lies and whatever it is called. */
import type { PlacedPhoto, WantedPhoto } from '../ports/archive.ts';
import type { FoundPhoto } from '../ports/files.ts';
import type { Work } from '../ports/work.ts';
import type { ArchivePorts } from './ports.ts';

export interface LocatedPhotos {
  readonly placed: readonly PlacedPhoto[];
  /** The folders in which any was found, absolute, links resolved. */
  readonly folders: readonly string[];
}

/** Files are opened only where one of their size is wanted. Throws what `PhotoFiles.scan` throws, and `cancelled`. */
export async function findPhotos(
  { photoFiles }: Pick<ArchivePorts, 'photoFiles'>,
  wanted: readonly WantedPhoto[],
  folders: readonly string[],
  { signal, onProgress }: Work,
): Promise<LocatedPhotos> {
  const stop = signal === undefined ? {} : { signal };
  const sizes = new Set(wanted.filter(({ contentHash }) => contentHash !== null).map(({ bytes }) => bytes));
  const candidates = new Map<string, { readonly found: FoundPhoto; readonly root: string }>();
  for (const folder of folders) {
    const scan = await photoFiles.scan(folder, {
      ...stop,
      onProgress: ({ photos }) => onProgress?.({ phase: 'scanning', done: photos, total: null }),
    });
    for (const found of scan.photos) {
      if (sizes.has(found.bytes) && !candidates.has(found.path))
        candidates.set(found.path, { found, root: scan.folder });
    }
  }
  const hashed = await photoFiles.hash([...candidates.keys()], {
    ...stop,
    onProgress: ({ files }) => onProgress?.({ phase: 'reading', done: files, total: candidates.size }),
  });
  const byHash = new Map<string, { readonly found: FoundPhoto; readonly root: string }[]>();
  for (const { path, hash } of hashed) {
    const candidate = candidates.get(path);
    if (hash === null || candidate === undefined) continue;
    byHash.set(hash, [...(byHash.get(hash) ?? []), candidate]);
  }
  return assign(wanted, byHash);
}

/** Copies of one file are different photos: each keeps the place that is most like its own. */
function assign(
  wanted: readonly WantedPhoto[],
  byHash: ReadonlyMap<string, readonly { readonly found: FoundPhoto; readonly root: string }[]>,
): LocatedPhotos {
  const placed: PlacedPhoto[] = [];
  const folders = new Set<string>();
  const taken = new Set<string>();
  const left: WantedPhoto[] = [];
  const put = ({ number }: WantedPhoto, one: { readonly found: FoundPhoto; readonly root: string }): void => {
    taken.add(one.found.path);
    folders.add(one.root);
    placed.push({ number, path: one.found.path, modifiedAt: one.found.modifiedAt });
  };
  for (const photo of wanted) {
    const files = byHash.get(photo.contentHash ?? '') ?? [];
    const same = files.find(
      ({ found }) => !taken.has(found.path) && `/${found.relativePath}`.endsWith(`/${photo.path}`),
    );
    if (same === undefined) left.push(photo);
    else put(photo, same);
  }
  for (const photo of left) {
    const any = (byHash.get(photo.contentHash ?? '') ?? []).find(({ found }) => !taken.has(found.path));
    if (any !== undefined) put(photo, any);
  }
  return { placed, folders: [...folders] };
}

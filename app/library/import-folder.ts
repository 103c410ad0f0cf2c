/**
 * Takes a folder of photos into a project, in place: nothing is copied and nothing in the folder is changed. Importing
 * again opens only what is new or looks different; a moved file is found by its content and keeps label and history.
 * What was read is committed as it goes, so an import that is stopped goes on where it was.
 */
import { ahead } from '../domain/ahead.ts';
import { AppError, cancelled } from '../domain/errors.ts';
import type { PhotoId } from '../domain/ids.ts';
import type { NewPhoto, Photo, PhotoFile, PhotoStamp } from '../domain/photo.ts';
import type { Project } from '../domain/project.ts';
import type { FoundPhoto, PhotoScan } from '../ports/files.ts';
import type { Work } from '../ports/work.ts';
import type { ImportReport } from './import-report.ts';
import { emptyFolder, offers, withFitNames } from './import-report.ts';
import type { ChangedFile, HashedFile } from './plan-moves.ts';
import { planMoves } from './plan-moves.ts';
import type { ImportPorts, PhotoChange, UnreadablePhoto, Unread } from './read-photos.ts';
import { decodePhotos, fileOf, hashPhotos, lostPhotos, offeredInPlace } from './read-photos.ts';

/** Photos read before what they brought is committed. */
const CHUNK = 64;
/** Of the first ones fewer, so that decoding does not wait until 64 files are hashed. */
const FIRST = 4;

/** Throws `photos.folder-empty`, what `PhotoFiles.scan` throws, `cancelled`, and what the store throws. */
export async function importFolder(
  ports: ImportPorts,
  project: Project,
  folder: string,
  work: Work = {},
): Promise<ImportReport> {
  const listed = await ports.photoFiles.scan(folder, {
    ...(work.signal === undefined ? {} : { signal: work.signal }),
    onProgress: ({ photos }) => work.onProgress?.({ phase: 'scanning', done: photos, total: null }),
  });
  const { scan, unfitNames } = withFitNames(listed);
  const stamps = ports.store.photos.stamps(project.id, scan.folder);
  if (scan.photos.length === 0 && stamps.length === 0) throw emptyFolder(scan);
  const reading = new FolderReading(ports, project, scan, stamps, work);
  await reading.followKnown();
  await reading.addNew();
  const missing = reading.markMissing();
  return {
    folder: scan.folder,
    found: scan.photos.length,
    ...reading.tally,
    missing,
    undecodableBefore: reading.countUndecodable() - reading.tally.undecodable.length,
    hidden: scan.hidden,
    others: scan.others,
    links: scan.links,
    offered: offers(scan.photos),
    unfitNames,
  };
}

/** Known photos that are at another path now, and files whose content was not seen before. */
interface Recognised {
  readonly moved: readonly PhotoChange[];
  readonly unseen: readonly HashedFile[];
}

interface Decoded {
  readonly decoded: Awaited<ReturnType<typeof decodePhotos>>;
}

class FolderReading {
  readonly tally = {
    added: 0,
    unchanged: 0,
    changed: 0,
    changedLabelled: [] as string[],
    moved: 0,
    returned: 0,
    undecodable: [] as UnreadablePhoto[],
    unreadable: [] as UnreadablePhoto[],
  };
  readonly #ports: ImportPorts;
  readonly #project: Project;
  readonly #scan: PhotoScan;
  readonly #work: Work;
  readonly #present: ReadonlySet<string>;
  /** Known photos whose file looks different, with their stamps. */
  readonly #looksDifferent: readonly { readonly found: FoundPhoto; readonly stamp: PhotoStamp }[];
  /** Untouched photos whose folder offers another class than the one that was noted. */
  readonly #offeredAnew: readonly { readonly found: FoundPhoto; readonly stamp: PhotoStamp }[];
  /** Known photos that were found at another path, and are not to be found again before that is committed. */
  readonly #found = new Set<PhotoId>();
  /** Why reading ends early; what is being read then is committed first. */
  #gone: AppError | null = null;
  #fresh: readonly FoundPhoto[];
  #done = 0;
  readonly #total: number;

  constructor(ports: ImportPorts, project: Project, scan: PhotoScan, stamps: readonly PhotoStamp[], work: Work) {
    this.#ports = ports;
    this.#project = project;
    this.#scan = scan;
    this.#work = work;
    this.#present = new Set(scan.photos.map(({ path }) => path));
    this.tally.unreadable.push(...scan.unreadable);
    const known = new Map(stamps.map((stamp) => [stamp.path, stamp]));
    this.#fresh = scan.photos.filter(({ path }) => !known.has(path));
    const met = scan.photos.flatMap((found) => {
      const stamp = known.get(found.path);
      return stamp === undefined ? [] : [{ found, stamp }];
    });
    this.#looksDifferent = met.filter(({ found, stamp }) => !isUnchanged(found, stamp));
    this.#offeredAnew = met.filter(
      ({ found, stamp }) => isUnchanged(found, stamp) && offeredInPlace(found, stamp) !== stamp.offeredClass,
    );
    this.tally.unchanged = met.length - this.#looksDifferent.length;
    this.#total = this.#fresh.length + this.#looksDifferent.length;
  }

  /** Known paths with other files: touched, exchanged, edited in place, or back again. */
  async followKnown(): Promise<void> {
    const { store } = this.#ports;
    const { hashed, unreadable } = await hashPhotos(
      this.#ports,
      this.#looksDifferent.map(({ found }) => found),
      this.#work.signal,
    );
    if (unreadable.length > 0) await this.#checkUnplugged();
    this.#cannotRead(unreadable);
    const stampOf = new Map(this.#looksDifferent.map(({ found, stamp }) => [found.path, stamp]));
    const files = hashed.flatMap((one) => {
      const stamp = stampOf.get(one.found.path);
      return stamp === undefined ? [] : [{ ...one, own: store.photos.get(stamp.id) }];
    });
    const lost = new Map(
      await Promise.all(
        [...new Set(files.map(({ hash }) => hash))].map(
          async (hash) => [hash, await lostPhotos(this.#ports, this.#project, hash, this.#present)] as const,
        ),
      ),
    );
    const plan = planMoves(files, await this.#arrivals(files), this.#present, (hash) => lost.get(hash) ?? []);
    store.transaction(() => {
      store.photos.update(this.#project.id, [
        ...plan.moves.map(({ photo, to }) => ({ id: photo.id, file: fileOf(to, photo) })),
        ...plan.displaced.map(({ photo, path, offeredClass }) => ({
          id: photo.id,
          file: { ...photo, path, offeredClass },
        })),
        ...plan.same.map((file) => ({ id: file.own.id, file: inPlace(fileOf(file, file.own), file) })),
        ...this.#offeredAnew.map(({ found, stamp }) => {
          const photo = store.photos.get(stamp.id);
          return { id: stamp.id, file: { ...photo, offeredClass: offeredInPlace(found, photo) } };
        }),
      ]);
      store.photos.markMissing(plan.displaced.map(({ photo }) => photo.id));
    });
    this.tally.moved += plan.moves.length;
    const arrived = new Set(plan.moves.map(({ to }) => to.found.path));
    this.#fresh = [...this.#fresh.filter(({ path }) => !arrived.has(path)), ...plan.fresh];
    const returned = plan.same.filter(({ own }) => own.state === 'missing').length;
    this.tally.returned += returned;
    this.tally.unchanged += plan.same.length - returned;
    this.#advance(plan.moves.length + plan.same.length);
    for (const chunk of chunksOf(plan.changed)) {
      this.#checkStopped();
      const read = await decodePhotos(this.#ports, chunk, () => this.#advance(1), this.#work.signal);
      if (read.some(isUnread)) await this.#checkUnplugged();
      const changes = chunk.flatMap((file, at): PhotoChange[] => {
        const decoded = read[at];
        if (decoded === undefined) return [];
        if ('unread' in decoded) {
          this.tally.unreadable.push({ path: file.found.path, reason: decoded.unread });
          return [];
        }
        if (showsOther(decoded, file.own)) this.tally.changedLabelled.push(decoded.path);
        return [{ id: file.own.id, file: inPlace(decoded, file) }];
      });
      store.photos.update(this.#project.id, changes);
      this.tally.changed += changes.length;
      this.#listUndecodable(changes.map(({ file }) => file));
    }
    this.#checkStopped();
  }

  /** New files, where one of them may hold what another file has lost: `a.png` renamed, and another put in its place. */
  async #arrivals(files: readonly ChangedFile[]): Promise<readonly HashedFile[]> {
    const lost = new Set(files.filter(({ own, hash }) => own.contentHash !== hash).map(({ own }) => own.contentHash));
    if (lost.size === 0) return [];
    const { hashed } = await hashPhotos(this.#ports, this.#fresh, this.#work.signal);
    return hashed.filter(({ hash }) => lost.has(hash));
  }

  /** While what was read is committed, the next photos are decoded and those after them hashed. */
  async addNew(): Promise<void> {
    const known = ahead(beginningSmall(this.#fresh), 1, (photos) => this.#recognise(photos));
    const read = ahead(known, 1, async ({ moved, unseen }) => {
      const decoded = await decodePhotos(this.#ports, unseen, () => this.#advance(1), this.#work.signal);
      return { moved, unseen, decoded };
    });
    for await (const chunk of read) await this.#add(chunk);
    this.#checkStopped();
    if (this.#gone !== null) throw this.#gone;
  }

  /** Which of the photos were at other paths before; the rest has to be decoded. */
  async #recognise(photos: readonly FoundPhoto[]): Promise<Recognised> {
    this.#checkStopped();
    if (this.#gone !== null) throw this.#gone;
    const { hashed, unreadable } = await hashPhotos(this.#ports, photos, this.#work.signal).catch((thrown: unknown) => {
      // It is the import that was stopped, whatever it was just at.
      this.#checkStopped();
      throw thrown;
    });
    if (unreadable.length > 0) await this.#checkUnplugged();
    this.#cannotRead(unreadable);
    const moved: PhotoChange[] = [];
    const unseen: HashedFile[] = [];
    for (const file of hashed) {
      const lost = await lostPhotos(this.#ports, this.#project, file.hash, this.#present);
      const origin = lost.find(({ id }) => !this.#found.has(id));
      if (origin === undefined) unseen.push(file);
      else {
        this.#found.add(origin.id);
        moved.push({ id: origin.id, file: fileOf(file, origin) });
      }
    }
    this.#advance(moved.length);
    return { moved, unseen };
  }

  async #add({ moved, unseen, decoded: read }: Recognised & Decoded): Promise<void> {
    const { store } = this.#ports;
    const unplugged = read.some(isUnread) ? await this.#unplugged() : null;
    const added = unseen.flatMap(({ found }, at) => {
      const decoded = read[at];
      if (decoded === undefined || (isUnread(decoded) && unplugged !== null)) return [];
      if (!('unread' in decoded)) return decoded;
      this.tally.unreadable.push({ path: found.path, reason: decoded.unread });
      return [];
    });
    store.transaction(() => {
      store.photos.update(this.#project.id, moved);
      store.photos.add(this.#project.id, added);
    });
    this.tally.moved += moved.length;
    this.tally.added += added.length;
    this.#listUndecodable(added);
    this.#gone ??= unplugged;
  }

  /** Asked again now, because photos that were found at a new path are not missing. Returns how many are. */
  markMissing(): number {
    const { store } = this.#ports;
    const closed = this.#scan.unreadable.map(({ path }) => path);
    const missing = store.photos
      .stamps(this.#project.id, this.#scan.folder)
      .filter(({ path }) => !this.#present.has(path) && !closed.some((place) => isAtOrBelow(path, place)));
    store.transaction(() => {
      store.photos.markMissing(missing.filter(({ state }) => state !== 'missing').map(({ id }) => id));
      store.projects.rememberFolder(this.#project.id, this.#scan.folder);
    });
    return missing.length;
  }

  countUndecodable(): number {
    const stamps = this.#ports.store.photos.stamps(this.#project.id, this.#scan.folder);
    return stamps.filter(({ state }) => state === 'undecodable').length;
  }

  #advance(by: number): void {
    this.#done += by;
    if (by > 0) this.#work.onProgress?.({ phase: 'reading', done: this.#done, total: this.#total });
  }

  #cannotRead(files: readonly UnreadablePhoto[]): void {
    this.tally.unreadable.push(...files);
    this.#advance(files.length);
  }

  #listUndecodable(files: readonly PhotoFile[]): void {
    for (const { path, reason } of files) if (reason !== null) this.tally.undecodable.push({ path, reason });
  }

  /** Asked where something could not be read, before that is kept: of a drive that was unplugged, no file is at fault. */
  async #checkUnplugged(): Promise<void> {
    const unplugged = await this.#unplugged();
    if (unplugged !== null) throw unplugged;
  }

  async #unplugged(): Promise<AppError | null> {
    const { folder, identity } = this.#scan;
    if ((await this.#ports.photoFiles.identity(folder)) === identity) return null;
    return new AppError(
      'photos.folder-missing',
      `The folder "${folder}" vanished while it was being read. What was read so far is kept, and everything stored about ` +
        'its photos: connect the drive and import the folder again to go on.',
      { data: { path: folder } },
    );
  }

  #checkStopped(): void {
    if (this.#work.signal?.aborted !== true) return;
    throw new AppError(
      'cancelled',
      `${cancelled('The import').message} What was read so far is kept; import the folder again to go on.`,
      { kind: 'cancelled' },
    );
  }
}

/** Not readable now or no photo; undefined is what was not come to. */
function isUnread(file: NewPhoto | Unread | undefined): boolean {
  return file !== undefined && ('unread' in file || file.reason !== null);
}

function isUnchanged(photo: FoundPhoto, stamp: PhotoStamp): boolean {
  return stamp.state !== 'missing' && stamp.bytes === photo.bytes && stamp.modifiedAt === photo.modifiedAt;
}

function inPlace(file: NewPhoto, { found, own }: ChangedFile): NewPhoto {
  return { ...file, offeredClass: offeredInPlace(found, own) };
}

/** Whether a label of the photo speaks of pixels that are not there any more. */
function showsOther({ facts }: NewPhoto, own: Photo): boolean {
  return own.classId !== null && (facts === null || facts.pixelHash !== own.facts?.pixelHash);
}

function isAtOrBelow(path: string, place: string): boolean {
  const next = path[place.length];
  return path.startsWith(place) && (next === undefined || next === '/' || next === '\\');
}

function chunksOf<T>(items: readonly T[]): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(items.length / CHUNK) }, (_, at) => items.slice(at * CHUNK, (at + 1) * CHUNK));
}

function beginningSmall<T>(items: readonly T[]): readonly (readonly T[])[] {
  return [...chunksOf(items.slice(0, FIRST)), ...chunksOf(items.slice(FIRST))];
}

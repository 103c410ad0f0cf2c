/**
 * The feature cache: tensors of photos in segment files of one folder, shared by every run and every engine process of a
 * profile. Each process adds to files of its own and reads everybody's, so nothing has to be locked. Together they stay
 * within a bound: the files that were not used for longest are given up first, never those that this process needs. A
 * file that is deleted while somebody reads it stays readable for him.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, readv } from 'node:fs';
import { join } from 'node:path';
import { EngineError } from '../errors.ts';
import { cacheFiles, freed, SUFFIX } from './cache-files.ts';
import type { StoredTensor } from './segment.ts';
import { Segment } from './segment.ts';

export interface FeatureStoreOptions {
  /** Made where it is missing. */
  readonly folder: string;
  /** All files together; 0 keeps nothing. */
  readonly limitBytes: number;
  /** What is asked of every photo. */
  readonly tensors: readonly StoredTensor[];
}

/** Where a tensor of a photo lies. */
interface Place {
  readonly segment: Segment;
  readonly row: number;
  /** Which of the row's tensors it is. */
  readonly index: number;
}

/** One read: bytes that follow one another in a file, into the buffers of the tensors from `first` on. */
interface Read {
  readonly file: number;
  readonly position: number;
  readonly bytes: number;
  readonly first: number;
  readonly count: number;
}

/** How to read a photo's tensors. */
export type FeatureRow = readonly Read[];

const LARGEST_SEGMENT = 512 * 2 ** 20;
const SMALLEST_SEGMENT = 8 * 2 ** 20;

export class FeatureStore {
  readonly #options: FeatureStoreOptions;
  /** By photo: one place a tensor, the newest, null where it is not kept. */
  readonly #places = new Map<string, (Place | null)[]>();
  /** Older places of tensors that were kept more than once, by photo, in case the newest is damaged. */
  readonly #older = new Map<string, { readonly tensor: number; readonly place: Place }[]>();
  readonly #segments = new Set<Segment>();
  /** Those that hold something that was asked for or added here. */
  readonly #needed = new Set<Segment>();
  /** Those that hold only some of the tensors of photos that were asked for. */
  readonly #partly = new Set<Segment>();
  /** The file that is being added to, by which tensors it holds, and the rows that it may still get. */
  readonly #growing = new Map<string, { readonly segment: Segment; room: number }>();

  /** Reads the heads of all rows that hold wanted tensors. */
  constructor(options: FeatureStoreOptions) {
    this.#options = options;
    for (const { path } of cacheFiles(options.folder)) this.#adopt(path);
  }

  /** Whether every tensor of the photo (SHA-256 in hex) is kept and undamaged: reads them. Damaged ones are forgotten. */
  has(photo: string): boolean {
    const places = this.#places.get(photo);
    if (places === undefined) return false;
    for (let damaged = damagedIn(places); damaged.length > 0; damaged = damagedIn(places)) {
      for (const tensor of damaged) places[tensor] = this.#olderPlace(photo, tensor);
    }
    const holders = places.includes(null) ? this.#partly : this.#needed;
    for (const place of places) if (place !== null) holders.add(place.segment);
    return holders === this.#needed;
  }

  /** How to read the first `count` tensors of a photo; null where one is missing. */
  row(photo: string, count: number): FeatureRow | null {
    const places = this.#places.get(photo);
    if (places === undefined) return null;
    const reads: Read[] = [];
    for (const [tensor, place] of places.slice(0, count).entries()) {
      if (place === null) return null;
      const position = place.segment.position(place.row, place.index);
      const bytes = this.#options.tensors[tensor]!.bytes;
      const last = reads.at(-1);
      if (last?.file === place.segment.file && last.position + last.bytes === position) {
        reads[reads.length - 1] = { ...last, bytes: last.bytes + bytes, count: last.count + 1 };
      } else {
        reads.push({ file: place.segment.file, position, bytes, first: tensor, count: 1 });
      }
    }
    return reads;
  }

  /** A tensor in full precision of a photo that `has` it. Throws `cache.read`. */
  values(photo: string, tensor: number): Float32Array {
    const place = this.#places.get(photo)?.[tensor];
    const bytes = new Uint8Array(this.#options.tensors[tensor]!.bytes);
    if (!place?.segment.read(place.row, place.index, bytes)) throw readProblem(null);
    return new Float32Array(bytes.buffer);
  }

  /**
   * Keeps what is not kept yet of a photo. `coming`: photos that will be kept at most, this one included. False where the
   * bound leaves no room beside what this process needs. Throws `cache.write`, `cache.disk-full`.
   */
  keep(photo: string, values: readonly Uint8Array[], coming: number): boolean {
    const places = this.#places.get(photo) ?? values.map(() => null);
    const missing = values.flatMap((_, tensor) => (places[tensor] === null ? [tensor] : []));
    if (missing.length === 0) return true;
    try {
      const segment = this.#segmentFor(missing, coming);
      if (segment === null) return false;
      const row = segment.append(
        photo,
        missing.map((tensor) => values[tensor]!),
      );
      missing.forEach((tensor, index) => (places[tensor] = { segment, row, index }));
    } catch (error) {
      throw writeProblem(this.#options.folder, error);
    }
    this.#places.set(photo, places);
    return true;
  }

  /** Notes the files of these photos as used now, so that others give up older ones first. */
  touch(photos: Iterable<string>): void {
    const used = new Set<Segment>();
    for (const photo of photos) for (const place of this.#places.get(photo) ?? []) if (place) used.add(place.segment);
    const now = new Date();
    for (const segment of used) segment.touch(now);
  }

  /** Ends the files that this process added to; they stay for the next one. */
  close(): void {
    for (const segment of this.#segments) segment.close();
    this.#growing.clear();
    this.#segments.clear();
    this.#needed.clear();
    this.#partly.clear();
    this.#places.clear();
    this.#older.clear();
  }

  #adopt(path: string): void {
    const segment = Segment.open(path);
    if (segment === null) return;
    const indexes = this.#options.tensors.map(({ key, bytes }) =>
      segment.tensors.findIndex((tensor) => tensor.key === key && tensor.bytes === bytes),
    );
    if (indexes.every((index) => index < 0)) {
      segment.close();
      return;
    }
    this.#segments.add(segment);
    for (const { row, photo } of segment.photos()) {
      const places = this.#places.get(photo) ?? indexes.map(() => null);
      this.#places.set(photo, places);
      indexes.forEach((index, tensor) => {
        if (index < 0) return;
        const known = places[tensor] ?? null;
        if (known !== null) this.#older.set(photo, [...(this.#older.get(photo) ?? []), { tensor, place: known }]);
        places[tensor] = { segment, row, index };
      });
    }
  }

  #olderPlace(photo: string, tensor: number): Place | null {
    const older = this.#older.get(photo) ?? [];
    const at = older.findLastIndex((one) => one.tensor === tensor);
    return at < 0 ? null : (older.splice(at, 1)[0]?.place ?? null);
  }

  #segmentFor(missing: readonly number[], coming: number): Segment | null {
    const { folder, limitBytes, tensors } = this.#options;
    const key = missing.join();
    const known = this.#growing.get(key);
    if (known !== undefined && known.room > 0) {
      known.room--;
      return known.segment;
    }
    const stored = missing.map((tensor) => tensors[tensor]!);
    const one = Segment.size(stored, 1);
    const row = Segment.size(stored, 2) - one;
    const wanted = Math.min(LARGEST_SEGMENT, Math.max(SMALLEST_SEGMENT, limitBytes / 64));
    const rows = Math.max(1, Math.min(coming, Math.floor(wanted / row)));
    mkdirSync(folder, { recursive: true });
    const room = this.#makeRoom(Segment.size(stored, rows), one);
    const fitting = room < one ? 0 : Math.min(rows, 1 + Math.floor((room - one) / row));
    if (fitting === 0) return null;
    const path = join(folder, `${Date.now()}-${randomBytes(6).toString('hex')}${SUFFIX}`);
    const segment = Segment.create(path, stored);
    this.#segments.add(segment);
    this.#needed.add(segment);
    this.#growing.set(key, { segment, room: fitting - 1 });
    return segment;
  }

  /** Gives up files until `wanted` bytes fit within the bound, or at least `needed`; returns what then fits. */
  #makeRoom(wanted: number, needed: number): number {
    const { folder, limitBytes } = this.#options;
    const own = pathsOf(this.#needed);
    const partly = pathsOf(this.#partly);
    const files = cacheFiles(folder);
    const growth = [...this.#growing.values()].reduce((sum, { segment, room }) => sum + room * segment.rowBytes, 0);
    const free = limitBytes - growth - files.reduce((sum, { bytes }) => sum + bytes, 0);
    // Without a single row it could not go on, so nothing is given up in vain.
    const spare = files
      .filter(({ path }) => !own.has(path))
      .sort((a, b) => Number(partly.has(a.path)) - Number(partly.has(b.path)) || a.used - b.used);
    if (free + spare.reduce((sum, { bytes }) => sum + bytes, 0) < needed) return 0;
    return free + freed(spare, wanted - free);
  }
}

/** Fills `views` (bytes a tensor, in order, as many as the row has) from a row, without holding up the thread. Throws `cache.read`. */
export async function readFeatureRow(row: FeatureRow, views: readonly NodeJS.ArrayBufferView[]): Promise<void> {
  await Promise.all(
    row.map(
      ({ file, position, bytes, first, count }) =>
        new Promise<void>((resolve, reject) => {
          const into = count === views.length ? views : views.slice(first, first + count);
          readv(file, into, position, (error, read) => {
            if (error === null && read === bytes) resolve();
            else reject(readProblem(error));
          });
        }),
    ),
  );
}

/** Tensors of a photo whose bytes are not what was written. */
function damagedIn(places: readonly (Place | null)[]): readonly number[] {
  const byRow = new Map<string, { readonly place: Place; readonly tensors: number[] }>();
  places.forEach((place, tensor) => {
    if (place === null) return;
    const key = `${place.segment.path}/${place.row}`;
    const row = byRow.get(key) ?? { place, tensors: [] };
    byRow.set(key, row);
    row.tensors.push(tensor);
  });
  return [...byRow.values()].flatMap(({ place, tensors }) => {
    const indexes = tensors.map((tensor) => places[tensor]!.index);
    return place.segment.isWhole(place.row, indexes) ? [] : tensors;
  });
}

const pathsOf = (segments: ReadonlySet<Segment>): ReadonlySet<string> => new Set([...segments].map(({ path }) => path));

function readProblem(cause: unknown): EngineError {
  const why = cause instanceof Error ? cause.message : 'a file is shorter than it was';
  return new EngineError(
    'cache.read',
    `The feature cache could not be read (${why}). Everything stored is kept; resume the run and what is missing is computed again.`,
    { cause },
  );
}

function writeProblem(path: string, cause: unknown): unknown {
  if (cause instanceof EngineError) return cause;
  const code = cause instanceof Error && 'code' in cause ? cause.code : null;
  const full = code === 'ENOSPC' || code === 'EDQUOT';
  const what = full
    ? `The disk is full: the feature cache ${path} could not be written. Everything stored before is kept; free some space and resume the run.`
    : `The feature cache ${path} could not be written (${cause instanceof Error ? cause.message : String(cause)}). Everything stored before is kept.`;
  return new EngineError(full ? 'cache.disk-full' : 'cache.write', what, { data: { path }, cause });
}

/**
 * A disk as POSIX promises it and no better: bytes of a file are safe once the file was flushed, its name once its folder
 * was. After a cut anything that was not safe yet may be there, or not, or half.
 */
import type { DiskEvent } from './trace.ts';

type Change =
  | { readonly kind: 'write'; readonly at: number; readonly bytes: Buffer; readonly number: number }
  | { readonly kind: 'resize'; readonly size: number; readonly number: number };

interface File {
  safe: Buffer;
  pending: Change[];
}

type Entry = File | 'folder';

interface NameChange {
  readonly number: number;
  readonly path: string;
  /** Null takes the name away. */
  readonly to: Entry | null;
}

/** A path's bytes; null is a folder. */
export type Left = ReadonlyMap<string, Buffer | null>;

/**
 * `safe`: what was flushed and nothing else. `written`: everything, as after a kill. `torn`: of what was not flushed, some,
 * by chance: later writes without earlier ones, single sectors of a write, names of files without their content.
 */
export type Cut = 'safe' | 'written' | 'torn';

const SECTOR = 512;

export class Disk {
  readonly #names = new Map<string, Entry>();
  readonly #safeNames = new Map<string, Entry>();
  /** By folder. */
  readonly #pendingNames = new Map<string, NameChange[]>();
  readonly #root: string;
  #number = 0;

  /** `root` is a folder that was there all the time. */
  constructor(root: string) {
    this.#root = root;
  }

  take(event: DiskEvent): void {
    const number = this.#number++;
    const { path } = event;
    switch (event.kind) {
      case 'folder':
        this.#name(path, 'folder', number);
        return;
      case 'create':
        if (!this.#names.has(path)) this.#name(path, { safe: Buffer.alloc(0), pending: [] }, number);
        else if (event.empties) this.#file(path)?.pending.push({ kind: 'resize', size: 0, number });
        return;
      case 'write':
        this.#file(path)?.pending.push({ kind: 'write', at: event.at, bytes: event.bytes, number });
        return;
      case 'resize':
        if (path.startsWith('not understood')) throw new Error(path);
        this.#file(path)?.pending.push({ kind: 'resize', size: event.size, number });
        return;
      case 'rename': {
        const entry = this.#names.get(event.from);
        if (entry === undefined) return;
        this.#name(path, entry, number);
        this.#name(event.from, null, number);
        return;
      }
      case 'link': {
        const entry = this.#names.get(event.from);
        if (entry !== undefined) this.#name(path, entry, number);
        return;
      }
      case 'remove':
        this.#name(path, null, number);
        return;
      case 'sync':
        this.#sync(path, event.begun);
        return;
    }
  }

  /** What is found when the power is back. `random` gives numbers in [0, 1). */
  after(cut: Cut, random: () => number): Left {
    const names = new Map(cut === 'written' ? this.#names : this.#safeNames);
    if (cut === 'torn') {
      for (const changes of this.#pendingNames.values()) {
        // A folder's changes reach the disk in order.
        const reached = Math.floor(random() * (changes.length + 1));
        for (const change of changes.slice(0, reached)) rename(names, change);
      }
    }
    const left = new Map<string, Buffer | null>();
    for (const [path, entry] of names) {
      if (!isReachable(path, names, this.#root)) continue;
      if (entry === 'folder') left.set(path, null);
      else
        left.set(
          path,
          applied(entry.safe, cut === 'safe' ? [] : cut === 'written' ? entry.pending : torn(entry.pending, random)),
        );
    }
    return left;
  }

  #file(path: string): File | null {
    const entry = this.#names.get(path);
    return entry === undefined || entry === 'folder' ? null : entry;
  }

  #name(path: string, to: Entry | null, number: number): void {
    const change = { number, path, to };
    rename(this.#names, change);
    const folder = path.slice(0, path.lastIndexOf('/'));
    this.#pendingNames.set(folder, [...(this.#pendingNames.get(folder) ?? []), change]);
  }

  #sync(path: string, begun: number): void {
    const file = this.#file(path);
    if (file !== null) {
      file.safe = applied(
        file.safe,
        file.pending.filter(({ number }) => number < begun),
      );
      file.pending = file.pending.filter(({ number }) => number >= begun);
      return;
    }
    const changes = this.#pendingNames.get(path) ?? [];
    for (const change of changes) if (change.number < begun) rename(this.#safeNames, change);
    this.#pendingNames.set(
      path,
      changes.filter(({ number }) => number >= begun),
    );
  }
}

function rename(names: Map<string, Entry>, { path, to }: NameChange): void {
  if (to === null) names.delete(path);
  else names.set(path, to);
}

/** A name is found only where all folders above it are. */
function isReachable(path: string, names: ReadonlyMap<string, Entry>, root: string): boolean {
  const folder = path.slice(0, path.lastIndexOf('/'));
  return folder === root || (names.get(folder) === 'folder' && isReachable(folder, names, root));
}

function applied(bytes: Buffer, changes: readonly Change[]): Buffer {
  let now = bytes;
  let owned = false;
  for (const change of changes) {
    const size = change.kind === 'resize' ? change.size : Math.max(now.length, change.at + change.bytes.length);
    if (!owned || size !== now.length) {
      const next = Buffer.alloc(size);
      now.copy(next, 0, 0, Math.min(size, now.length));
      [now, owned] = [next, true];
    }
    if (change.kind === 'write') change.bytes.copy(now, change.at);
  }
  return now;
}

function torn(changes: readonly Change[], random: () => number): readonly Change[] {
  const how = random();
  if (how < 0.3) return changes.slice(0, Math.floor(random() * (changes.length + 1)));
  return changes.flatMap((change) => {
    if (random() < 0.5) return [];
    if (change.kind === 'resize' || random() < 0.6) return [change];
    const sectors = Math.ceil(change.bytes.length / SECTOR);
    const from = SECTOR * Math.floor(random() * sectors);
    const to = from + SECTOR * (1 + Math.floor(random() * sectors));
    return [{ ...change, at: change.at + from, bytes: change.bytes.subarray(from, to) }];
  });
}

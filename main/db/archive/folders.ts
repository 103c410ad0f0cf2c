/** Photos by folder and the path below it, as any system can write it: an archive holds no place of the machine it was made on. */

interface ArchivedFolder {
  /** Its own name. */
  readonly name: string;
  /** Null for one that only holds photos and is no folder of the project. */
  readonly importedAt: number | null;
}

export interface Place {
  readonly folder: number;
  readonly path: string;
}

export class ArchivedFolders {
  readonly #known: { readonly path: string; readonly folder: ArchivedFolder }[];
  readonly #strangers = new Map<string, number>();
  readonly #taken = new Set<string>();

  constructor(folders: readonly { readonly path: string; readonly imported_at: number }[]) {
    this.#known = folders.map(({ path, imported_at: importedAt }) => ({
      path,
      folder: { name: portablePart(lastPart(path)), importedAt },
    }));
  }

  get list(): readonly ArchivedFolder[] {
    return this.#known.map(({ folder }) => folder);
  }

  /** Each photo is to be asked for once: a place is given once. */
  place(path: string): Place {
    const folder = this.#folderOf(path);
    const below = path.slice(this.#known[folder]?.path.length ?? 0).replace(/^[/\\]+/, '');
    // On Windows the separators are backslashes, elsewhere those are letters of a name.
    const parts = (process.platform === 'win32' ? below.split(/[/\\]/) : below.split('/')).filter(
      (part) => part !== '',
    );
    const wanted = parts.map(portablePart).join('/');
    let free = wanted;
    for (let attempt = 2; this.#taken.has(`${folder}/${free}`); attempt++) free = numbered(wanted, attempt);
    this.#taken.add(`${folder}/${free}`);
    return { folder, path: free };
  }

  /** The deepest folder of the project that holds it, else the one it lies in. */
  #folderOf(path: string): number {
    let best = -1;
    for (const [
      at,
      {
        path: folder,
        folder: { importedAt },
      },
    ] of this.#known.entries()) {
      if (importedAt === null || !isBelow(path, folder)) continue;
      if (best < 0 || folder.length > (this.#known[best]?.path.length ?? 0)) best = at;
    }
    if (best >= 0) return best;
    const own = path.slice(0, Math.max(0, path.length - lastPart(path).length));
    const known = this.#strangers.get(own);
    if (known !== undefined) return known;
    this.#known.push({
      path: own,
      folder: { name: portablePart(lastPart(own.replace(/[/\\]+$/, ''))), importedAt: null },
    });
    this.#strangers.set(own, this.#known.length - 1);
    return this.#known.length - 1;
  }
}

function isBelow(path: string, folder: string): boolean {
  return path.startsWith(folder) && (/[/\\]$/.test(folder) || /^[/\\]/.test(path.slice(folder.length)));
}

function lastPart(path: string): string {
  return path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
}

/** A drive's root has no name. */
function portablePart(part: string): string {
  const fitting = part.replaceAll(/[/\\\0-\x1f\x7f]/g, '_').slice(0, 255);
  return fitting === '' || fitting === '.' || fitting === '..' ? '_' : fitting;
}

function numbered(path: string, attempt: number): string {
  const dot = path.lastIndexOf('.');
  const at = dot > path.lastIndexOf('/') + 1 ? dot : path.length;
  return `${path.slice(0, at)} (${attempt})${path.slice(at)}`;
}

/**
 * Full photos around the current one, fetched and decoded before they are asked for. What is kept is bounded by number
 * and by decoded pixels: a photo of a scanner can be larger than a hundred of a phone.
 */

/** What an `HTMLImageElement` is to the preloader. */
export interface Picture {
  src: string;
  decode: () => Promise<void>;
}

export interface Neighbour {
  readonly address: string;
  /** Null while nobody knows. */
  readonly pixels: number | null;
}

export const NEIGHBOURS = [0, 1, 2, -1, 3] as const;
/** Decoded, 4 bytes each: a third of a gigabyte. */
const MOST_PIXELS = 80_000_000;
const USUAL_PIXELS = 12_000_000;

/** The addresses to keep, most wanted first; the first one whatever it costs. */
export function choose(wanted: readonly Neighbour[], mostPixels = MOST_PIXELS): readonly string[] {
  const chosen: string[] = [];
  let pixels = 0;
  for (const neighbour of wanted) {
    pixels += neighbour.pixels ?? USUAL_PIXELS;
    if (chosen.length > 0 && pixels > mostPixels) break;
    if (!chosen.includes(neighbour.address)) chosen.push(neighbour.address);
  }
  return chosen;
}

interface Kept<P extends Picture> {
  readonly picture: P;
  readonly ready: Promise<P>;
  decoded: boolean;
}

export type Preloader<P extends Picture> = ReturnType<typeof createPreloader<P>>;

export function createPreloader<P extends Picture>(create: () => P) {
  const kept = new Map<string, Kept<P>>();

  function load(address: string): Kept<P> {
    const known = kept.get(address);
    if (known !== undefined) return known;
    const picture = create();
    picture.src = address;
    const entry: Kept<P> = {
      picture,
      decoded: false,
      ready: picture.decode().then(() => {
        entry.decoded = true;
        return picture;
      }),
    };
    // Who shows the photo is told; a neighbour that fails is tried again when its turn comes.
    entry.ready.catch(() => {
      if (kept.get(address) === entry) kept.delete(address);
    });
    kept.set(address, entry);
    return entry;
  }

  function drop(address: string): void {
    const entry = kept.get(address);
    kept.delete(address);
    // Ends a download that nobody waits for.
    if (entry !== undefined && !entry.decoded) entry.picture.src = '';
  }

  return {
    /** Lets go of everything else, and begins with what is not there, in this order. */
    keep(addresses: readonly string[]): void {
      for (const address of [...kept.keys()]) if (!addresses.includes(address)) drop(address);
      for (const address of addresses) load(address);
    },
    /** Null while it is not decoded. */
    decoded(address: string): P | null {
      const entry = kept.get(address);
      return entry?.decoded === true ? entry.picture : null;
    },
    /** Rejects where it cannot be shown. */
    ready: (address: string): Promise<P> => load(address).ready,
    size: (): number => kept.size,
  };
}

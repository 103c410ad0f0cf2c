/** Augmentation of RGB bytes [S, S, 3], drawn from (seed, epoch, photo), so that a resumed run sees the same pixels. */
import { Random } from './random.ts';

export type Augmentation = 'none' | 'flip' | 'flip-shift';

/** Fills `into`, as long as `bytes`, and returns it, or returns `bytes` where nothing is changed. */
export function augment(
  bytes: Uint8Array,
  side: number,
  kind: Augmentation,
  { seed, epoch, photo }: { readonly seed: number; readonly epoch: number; readonly photo: number },
  into: Uint8Array,
): Uint8Array {
  if (kind === 'none') return bytes;
  const random = new Random(seed, ['augment', epoch, photo]);
  const mirrored = random.uniform() < 0.5;
  const reach = kind === 'flip-shift' ? Math.floor(side / 14) : 0;
  const right = random.integer(2 * reach + 1) - reach;
  const down = random.integer(2 * reach + 1) - reach;
  if (!mirrored && right === 0 && down === 0) return bytes;
  // Where the pixels of a row come from is the same in every row.
  const columns = Uint32Array.from({ length: side }, (_, x) => {
    const column = reflect(x - right, side);
    return 3 * (mirrored ? side - 1 - column : column);
  });
  for (let y = 0, to = 0; y < side; y++) {
    const sourceRow = 3 * side * reflect(y - down, side);
    for (let x = 0; x < side; x++, to += 3) {
      const from = sourceRow + columns[x]!;
      into[to] = bytes[from]!;
      into[to + 1] = bytes[from + 1]!;
      into[to + 2] = bytes[from + 2]!;
    }
  }
  return into;
}

/** The border pixel is not repeated: -1 -> 1, side -> side - 2. */
function reflect(at: number, side: number): number {
  if (at < 0) return -at;
  return at < side ? at : 2 * side - 2 - at;
}

/** Augmentation of RGB bytes [S, S, 3], drawn from (seed, epoch, photo), so that a resumed run sees the same pixels. */
import { Random } from './random.ts';

export type Augmentation = 'none' | 'flip' | 'flip-shift';

/** Returns new bytes, or the same ones where nothing is changed. */
export function augment(
  bytes: Uint8Array,
  side: number,
  kind: Augmentation,
  seed: number,
  epoch: number,
  photo: number,
): Uint8Array {
  if (kind === 'none') return bytes;
  const random = new Random(seed, ['augment', epoch, photo]);
  const mirrored = random.uniform() < 0.5;
  const reach = kind === 'flip-shift' ? Math.floor(side / 14) : 0;
  const right = random.integer(2 * reach + 1) - reach;
  const down = random.integer(2 * reach + 1) - reach;
  if (!mirrored && right === 0 && down === 0) return bytes;
  const out = new Uint8Array(bytes.length);
  for (let y = 0; y < side; y++) {
    const sourceRow = reflect(y - down, side) * side;
    for (let x = 0; x < side; x++) {
      const column = reflect(x - right, side);
      const from = 3 * (sourceRow + (mirrored ? side - 1 - column : column));
      const to = 3 * (y * side + x);
      out[to] = bytes[from]!;
      out[to + 1] = bytes[from + 1]!;
      out[to + 2] = bytes[from + 2]!;
    }
  }
  return out;
}

/** The border pixel is not repeated: -1 -> 1, side -> side - 2. */
function reflect(at: number, side: number): number {
  if (at < 0) return -at;
  return at < side ? at : 2 * side - 2 - at;
}

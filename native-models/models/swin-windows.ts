/** Windows of a Swin as orders of tokens, and which pairs of tokens inside one see each other, and how far apart they are. */

interface Windows {
  /** Tokens along one side. */
  readonly grid: number;
  /** Side of a window in tokens. */
  readonly window: number;
  /** By how many tokens the grid is rolled up and left before it is cut; 0 for plain windows. */
  readonly shift: number;
}

/** Below anything that survives a softmax; what the published networks were trained with. */
const HIDDEN = -100;

/** Token at a position of a window, windows row by row, positions row by row. */
function tokenAt({ grid, window, shift }: Windows, index: number, position: number): number {
  const across = grid / window;
  const row = Math.floor(index / across) * window + Math.floor(position / window);
  const column = (index % across) * window + (position % window);
  return ((row + shift) % grid) * grid + ((column + shift) % grid);
}

/** Order of tokens in which the windows follow one another: [windows, positions]. */
export function windowsFirst(windows: Windows): readonly number[] {
  const { grid, window } = windows;
  const size = window ** 2;
  return Array.from({ length: grid ** 2 }, (_, at) => tokenAt(windows, Math.floor(at / size), at % size));
}

/** Order of tokens in which a position's tokens of all windows stand together: [positions, windows]. */
export function positionsFirst(windows: Windows): readonly number[] {
  const { grid, window } = windows;
  const count = (grid / window) ** 2;
  return Array.from({ length: grid ** 2 }, (_, at) => tokenAt(windows, at % count, Math.floor(at / count)));
}

/** Order in which each token of a grid half as wide finds the four it is merged from: top left, below, right, both. */
export function mergedFours(grid: number): readonly number[] {
  const half = grid / 2;
  return Array.from({ length: grid ** 2 }, (_, at) => {
    const [merged, part] = [Math.floor(at / 4), at % 4];
    const row = 2 * Math.floor(merged / half) + (part % 2);
    return row * grid + 2 * (merged % half) + Math.floor(part / 2);
  });
}

/** Row of the bias table for each pair of positions of a window: [positions, positions]. */
export function relativePositions(window: number): readonly number[] {
  const size = window ** 2;
  return Array.from({ length: size ** 2 }, (_, at) => {
    const [query, key] = [Math.floor(at / size), at % size];
    const rows = Math.floor(query / window) - Math.floor(key / window) + window - 1;
    const columns = (query % window) - (key % window) + window - 1;
    return rows * (2 * window - 1) + columns;
  });
}

/** What is added to the scores of shifted windows, [windows, positions, positions]: the rolled grid's edges do not touch. */
export function shiftMask({ grid, window, shift }: Windows): Float32Array {
  const across = grid / window;
  const size = window ** 2;
  const wrapped = (at: number): boolean => at >= grid - shift;
  const mask = new Float32Array(across ** 2 * size ** 2);
  for (let index = 0; index < across ** 2; index++) {
    const [top, left] = [Math.floor(index / across) * window, (index % across) * window];
    const region = (position: number): number =>
      2 * Number(wrapped(top + Math.floor(position / window))) + Number(wrapped(left + (position % window)));
    for (let query = 0; query < size; query++) {
      for (let key = 0; key < size; key++) {
        if (region(query) !== region(key)) mask[(index * size + query) * size + key] = HIDDEN;
      }
    }
  }
  return mask;
}

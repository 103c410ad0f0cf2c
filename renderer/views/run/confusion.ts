/** A confusion matrix as cells: counts [label][prediction], shaded by the share of the label's photos. */

export interface Cell {
  readonly label: number;
  readonly predicted: number;
  readonly count: number;
  /** Of the photos with this label, 0 to 1. */
  readonly share: number;
  readonly right: boolean;
}

export function confusionCells(matrix: readonly (readonly number[])[]): readonly (readonly Cell[])[] {
  return matrix.map((row, label) => {
    const total = row.reduce((sum, count) => sum + count, 0);
    return row.map((count, predicted) => ({
      label,
      predicted,
      count,
      share: total === 0 ? 0 : count / total,
      right: label === predicted,
    }));
  });
}

/**
 * How strongly a cell is coloured, 0 to 1. A square root lets a single mistake among a hundred photos be seen: it is
 * what people look for.
 */
export function shade(share: number): number {
  return share <= 0 ? 0 : 0.06 + 0.49 * Math.sqrt(share);
}

const steps: Readonly<Record<string, readonly [number, number]>> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};

/** Where a key leads from a cell; null for a key that does not move. Edges hold. */
export function moveCell(
  from: readonly [number, number],
  key: string,
  size: number,
  whole: boolean,
): readonly [number, number] | null {
  const [row, column] = from;
  if (key === 'Home') return [whole ? 0 : row, 0];
  if (key === 'End') return [whole ? size - 1 : row, size - 1];
  const step = steps[key];
  if (step === undefined) return null;
  const hold = (at: number): number => Math.min(size - 1, Math.max(0, at));
  return [hold(row + step[0]), hold(column + step[1])];
}

/** The class pairs that are most often confused, most photos first. */
export function worstPairs(matrix: readonly (readonly number[])[], most: number): readonly Cell[] {
  return confusionCells(matrix)
    .flat()
    .filter(({ right, count }) => !right && count > 0)
    .sort((one, other) => other.count - one.count || other.share - one.share)
    .slice(0, most);
}

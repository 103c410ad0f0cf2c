/** Matrices in 8 bits: a scale for each block of a row, and what it is multiplied by as a whole number from -127 to 127. */

/** How codes and scales are made, and rows rounded: what is computed with them is kept under it. */
export const QUANTISATION = '8-bit codes 1';

/** What stands for zero: codes are unsigned. */
export const ZERO_CODE = 128;
const LARGEST = 127;
/** Sizes of a block that the runtime has kernels for. The largest that fits is quickest, and takes the fewest scales. */
const BLOCKS = [256, 128, 64, 32, 16] as const;

/** Columns that share a scale; null where no block divides them. */
export function blockOf(columns: number): number | null {
  return BLOCKS.find((block) => columns % block === 0) ?? null;
}

/** Below it a scale has too few bits left of its own; such a block is as good as zero. */
const SMALLEST = 2 ** -126;

/** `values` [rows, columns], row-major -> [rows, columns / block]: each block's largest magnitude over 127, or 0. */
export function scalesOf(values: Float32Array, block: number): Float32Array<ArrayBuffer> {
  const scales = new Float32Array(values.length / block);
  for (let group = 0; group < scales.length; group++) {
    let largest = 0;
    for (let at = group * block; at < (group + 1) * block; at++) {
      const size = Math.abs(values[at]!);
      if (size > largest) largest = size;
    }
    const scale = largest / LARGEST;
    scales[group] = scale < SMALLEST ? 0 : scale;
  }
  return scales;
}

/** [rows, columns] -> codes of the same shape; where the scale is not 0, each value is off by at most half of it. */
export function codesOf(values: Float32Array, scales: Float32Array, block: number): Uint8Array<ArrayBuffer> {
  const codes = new Uint8Array(values.length);
  for (let group = 0; group < scales.length; group++) {
    const scale = scales[group]!;
    const inverse = scale === 0 ? 0 : 1 / scale;
    // Positive by then, so that cutting off the fraction rounds.
    for (let at = group * block; at < (group + 1) * block; at++) codes[at] = values[at]! * inverse + ZERO_CODE + 0.5;
  }
  return codes;
}

/** [rows, columns] -> [columns, rows] */
export function transpose(values: Float32Array, columns: number): Float32Array<ArrayBuffer> {
  const rows = values.length / columns;
  const turned = new Float32Array(values.length);
  // In tiles, so that both sides stay in the processor's cache.
  const tile = 32;
  for (let row = 0; row < rows; row += tile)
    for (let column = 0; column < columns; column += tile)
      for (let r = row; r < Math.min(row + tile, rows); r++)
        for (let c = column; c < Math.min(column + tile, columns); c++) turned[c * rows + r] = values[r * columns + c]!;
  return turned;
}

/** Rows `start .. start + count` of a row-major buffer as a full micro-batch; rows beyond the data are zero. */
export function rowsOf(data: Float32Array, rowSize: number, start: number, count: number, rows: number): Float32Array {
  if (count === rows) return data.subarray(start * rowSize, (start + count) * rowSize);
  const padded = new Float32Array(rows * rowSize);
  padded.set(data.subarray(start * rowSize, (start + count) * rowSize));
  return padded;
}

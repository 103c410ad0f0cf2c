import { csvLine, parseCsv } from '#main/files/tables/csv.ts';
import { labelTableIn } from '#main/files/tables/label-table.ts';
import { refused } from './refused.ts';

export function csv(bytes: Uint8Array): void {
  const text = new TextDecoder().decode(bytes);
  const records = refused(() => parseCsv(text, 'fuzzed.csv'));
  refused(() => labelTableIn(text, 'fuzzed.csv'));
  if (records === null || records.length === 0) return;
  // A comma is chosen where nothing else is more frequent: with two columns it always is.
  const cells = records.flatMap((record) => record.cells).slice(0, 200);
  const rows = parseCsv(`a,b\n${cells.map((cell) => csvLine(['x', cell])).join('')}`, 'again.csv');
  if (rows.slice(1).some((row, at) => row.cells[1] !== cells[at]))
    throw new Error('a cell that was written is read as another');
}

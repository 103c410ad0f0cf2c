/** Comma-separated values (RFC 4180), in UTF-8; what is written ends lines with LF and has no byte order mark. */
import { CsvError, parse } from 'csv-parse/sync';
import { stringify } from 'csv-stringify/sync';
import type { Cell } from '#app/ports/files.ts';
import { writeChunksAtomic } from '../atomic.ts';
import { neutralise, restore } from './formulas.ts';
import { tableProblem } from './text-file.ts';

export interface CsvRecord {
  /** The line on which it begins, counted from 1. */
  readonly line: number;
  readonly cells: readonly string[];
}

/**
 * Records in the order of the text, blank lines left out, formulas restored. Commas, semicolons and tabs are told
 * apart by the first line. Throws AppError `labels.table` for quotes that do not match, naming the line.
 */
export function parseCsv(text: string, path: string): readonly CsvRecord[] {
  const records: CsvRecord[] = [];
  try {
    parse(text, {
      delimiter: delimiterOf(text),
      relax_column_count: true,
      skip_empty_lines: true,
      max_record_size: 1 << 20,
      on_record: (record: string[], { lines }) => {
        const inside = record.reduce((sum, cell) => sum + cell.split('\n').length - 1, 0);
        records.push({ line: lines - inside, cells: record.map(restore) });
        return null;
      },
    });
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const line = typeof error['lines'] === 'number' ? error['lines'] : records.length + 1;
    throw tableProblem(path, [`line ${line}: ${reasons[error.code] ?? error.message}.`], error);
  }
  return records;
}

const reasons: Readonly<Record<string, string>> = {
  CSV_QUOTE_NOT_CLOSED: 'a quotation mark is opened and never closed',
  INVALID_OPENING_QUOTE: 'a quotation mark in the middle of a cell; put the whole cell in quotes and double the mark',
  CSV_INVALID_CLOSING_QUOTE: 'text after the closing quotation mark; a mark inside quotes is written twice',
  CSV_MAX_RECORD_SIZE: 'a row of more than a million characters; is a quotation mark not closed?',
};

function delimiterOf(text: string): string {
  const firstLine = text.slice(0, (text.indexOf('\n') + 1 || text.length + 1) - 1);
  const counts = [',', ';', '\t'].map((mark) => ({ mark, count: firstLine.split(mark).length }));
  return counts.reduce((best, next) => (next.count > best.count ? next : best)).mark;
}

/** One line with its end. Texts that look like formulas are neutralised; numbers are written in full. */
export function csvLine(cells: readonly Cell[]): string {
  const written = cells.map((cell) =>
    typeof cell === 'string' ? neutralise(cell) : cell === null ? '' : String(cell),
  );
  return stringify([written], { record_delimiter: '\n', quoted_match: /^\s|\s$|^\ufeff/ });
}

/** Appears whole or not at all. Throws AppError `files.*`. */
export async function writeCsv(
  path: string,
  header: readonly string[],
  rows: Iterable<readonly Cell[]>,
): Promise<void> {
  await writeChunksAtomic(path, chunks(header, rows));
}

/** Lines gathered to pieces that are worth a system call. */
function* chunks(header: readonly string[], rows: Iterable<readonly Cell[]>): Generator<Uint8Array> {
  let pending = csvLine(header);
  for (const row of rows) {
    pending += csvLine(row);
    if (pending.length < 1 << 16) continue;
    yield Buffer.from(pending);
    pending = '';
  }
  yield Buffer.from(pending);
}

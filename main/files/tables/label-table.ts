/**
 * Tables of labels: CSV with the columns `file_name,label[,split,group]`, and Hugging Face's `metadata.csv` and
 * `metadata.jsonl`. All that is wrong with a table is found before any of it is used. Described in docs/tables.md.
 */
import { basename } from 'node:path';
import { CLASS_NAME_RULE, fitClassName } from '#app/domain/class-name.ts';
import { count } from '#app/domain/count.ts';
import type { Subset } from '#app/domain/run-config.ts';
import type { LabelRow, LabelTable } from '#app/ports/files.ts';
import { parseCsv } from './csv.ts';
import { parseJsonLines } from './json-lines.ts';
import { readTextFile, tableProblem } from './text-file.ts';

/** A row by the names of its columns, all values as texts. */
export interface RawRow {
  readonly line: number;
  readonly values: ReadonlyMap<string, string>;
}

type Column = 'file' | 'label' | 'split' | 'group';

const columnNames: Readonly<Record<Column, readonly string[]>> = {
  file: ['file_name', 'filename', 'file', 'path', 'image'],
  label: ['label', 'labels', 'class', 'class_name', 'category'],
  split: ['split', 'subset'],
  group: ['group', 'group_id'],
};

const subsets: ReadonlyMap<string, Subset> = new Map([
  ['train', 'train'],
  ['training', 'train'],
  ['validation', 'validation'],
  ['val', 'validation'],
  ['valid', 'validation'],
  ['dev', 'validation'],
  ['test', 'test'],
  ['testing', 'test'],
]);

/** Throws AppError `labels.table` (data: path, problems) naming the lines that are wrong, or `files.*`. */
export async function readLabelTable(path: string): Promise<LabelTable> {
  return labelTableIn(await readTextFile(path), path);
}

/** The table that a text holds; `path` tells its kind and names it. Throws AppError `labels.table`. */
export function labelTableIn(text: string, path: string): LabelTable {
  const { columns, rows } = /\.(jsonl|ndjson)$/i.test(path) ? parseJsonLines(text, path) : csvRows(text, path);
  const problems: string[] = [];
  const file = find('file', columns);
  const label = find('label', columns);
  if (rows.length === 0) problems.push('it has no rows.');
  for (const [column, found] of [
    ['file', file],
    ['label', label],
  ] as const) {
    if (found !== undefined || columns.length === 0) continue;
    const [wanted = '', ...others] = columnNames[column];
    const list = columns.map((name) => `"${name}"`).join(', ');
    problems.push(`the column ${wanted} is missing (also understood: ${others.join(', ')}); its columns are ${list}.`);
  }
  if (problems.length > 0 || file === undefined || label === undefined) throw tableProblem(path, problems);
  const named = { file, label, split: find('split', columns), group: find('group', columns) };
  const { kept, repeated } = merge(
    rows.map((row) => interpret(row, named, problems)),
    problems,
  );
  if (problems.length > 0) throw tableProblem(path, problems);
  return { kind: /^metadata\./i.test(basename(path)) ? 'metadata' : 'csv', rows: kept, repeated };
}

function csvRows(text: string, path: string): { columns: readonly string[]; rows: readonly RawRow[] } {
  const [header, ...records] = parseCsv(text, path);
  if (header === undefined) throw tableProblem(path, ['it is empty.']);
  const columns = header.cells.map((name) => name.trim());
  const twice = columns.find((name, i) => name !== '' && columns.indexOf(name) !== i);
  if (twice !== undefined) throw tableProblem(path, [`line ${header.line}: the column "${twice}" is there twice.`]);
  const wrong = records.filter(({ cells }) => cells.length !== columns.length);
  if (wrong.length > 0) {
    const said = ({ line, cells }: (typeof wrong)[number]): string =>
      `line ${line}: ${count(cells.length, 'cell')}, the header has ${columns.length}.`;
    throw tableProblem(path, wrong.map(said));
  }
  const rows = records.map(({ line, cells }) => ({
    line,
    values: new Map(cells.map((cell, i) => [columns[i] ?? '', cell])),
  }));
  return { columns, rows };
}

function find(column: Column, columns: readonly string[]): string | undefined {
  for (const wanted of columnNames[column]) {
    const found = columns.find((name) => name.toLowerCase() === wanted);
    if (found !== undefined) return found;
  }
  return undefined;
}

type Named = Readonly<Record<'file' | 'label', string> & Record<'split' | 'group', string | undefined>>;

function interpret({ line, values }: RawRow, columns: Named, problems: string[]): LabelRow {
  const value = (column: string | undefined): string => (column === undefined ? '' : (values.get(column) ?? '').trim());
  // Only the end of a name can be told from an accident: " a.jpg" may well be a file.
  const fileName = (values.get(columns.file) ?? '').trimEnd();
  const label = value(columns.label);
  if (fileName.trim() === '') problems.push(`line ${line}: the file name is empty.`);
  if (label === '') problems.push(`line ${line}: the label of "${fileName}" is empty.`);
  else if (fitClassName(label) === null) {
    const shown = JSON.stringify(label.length > 40 ? `${label.slice(0, 40)}...` : label);
    problems.push(`line ${line}: ${shown} cannot be a label: ${CLASS_NAME_RULE}.`);
  }
  const splitName = value(columns.split);
  const split = subsets.get(splitName.toLowerCase()) ?? null;
  if (splitName !== '' && split === null) {
    problems.push(`line ${line}: the split "${splitName}" is unknown; use train, validation or test.`);
  }
  return { line, fileName, label, split, group: value(columns.group) || null };
}

/** One row a file. Saying the same twice is harmless, contradicting oneself is not. */
function merge(rows: readonly LabelRow[], problems: string[]): { kept: readonly LabelRow[]; repeated: number } {
  const byFile = new Map<string, LabelRow>();
  let repeated = 0;
  for (const row of rows) {
    const earlier = byFile.get(row.fileName);
    if (earlier === undefined) {
      byFile.set(row.fileName, row);
      continue;
    }
    repeated++;
    for (const field of ['label', 'split', 'group'] as const) {
      if (row[field] === earlier[field]) continue;
      const [was, is] = [earlier[field] ?? 'none', row[field] ?? 'none'];
      problems.push(
        `line ${row.line}: "${row.fileName}" has the ${field} "${is}", on line ${earlier.line} it had "${was}".`,
      );
    }
  }
  return { kept: [...byFile.values()], repeated };
}

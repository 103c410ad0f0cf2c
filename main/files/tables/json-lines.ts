/** Tables with one JSON object a line, as Hugging Face writes `metadata.jsonl`. */
import type { RawRow } from './label-table.ts';
import { tableProblem } from './text-file.ts';

/** Texts and numbers become texts, null and missing fields are empty, and what cannot be a cell is passed over. */
export function parseJsonLines(text: string, path: string): { columns: readonly string[]; rows: readonly RawRow[] } {
  const columns = new Set<string>();
  const rows: RawRow[] = [];
  const problems: string[] = [];
  for (const [index, content] of text.split('\n').entries()) {
    if (content.trim() === '') continue;
    const value = parsed(content);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      problems.push(`line ${index + 1}: not a JSON object.`);
      continue;
    }
    const values = new Map<string, string>();
    for (const [name, cell] of Object.entries(value)) {
      if (typeof cell === 'string' || typeof cell === 'number') values.set(name, String(cell));
      else if (cell !== null) continue;
      columns.add(name);
    }
    rows.push({ line: index + 1, values });
  }
  if (problems.length > 0) throw tableProblem(path, problems);
  return { columns: [...columns], rows };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

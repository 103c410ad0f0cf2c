/** Which runs the table shows, and in which order. */
import type { RunRow } from '#app/contract/runs.ts';
import type { RunState } from '#app/domain/run-state.ts';

export type SortKey =
  | 'number'
  | 'name'
  | 'state'
  | 'method'
  | 'backbone'
  | 'split'
  | 'seed'
  | 'epochs'
  | 'learningRate'
  | 'validation'
  | 'validationF1'
  | 'test'
  | 'testF1'
  | 'overProbe'
  | 'parameters'
  | 'seconds'
  | 'memory'
  | 'createdAt';

export interface Sort {
  readonly key: SortKey;
  readonly descending: boolean;
}

export interface RowFilter {
  readonly text: string;
  /** Null: all. */
  readonly state: RunState | null;
  readonly tag: string | null;
}

/** At work first, then what waits, then what has ended. */
const stateOrder: readonly RunState[] = ['running', 'queued', 'stopped', 'failed', 'finished'];

/** How much better the run is on the test photos than the linear probe on the same features; null where either is missing. */
export function overProbe({ test, probeTest }: Pick<RunRow, 'test' | 'probeTest'>): number | null {
  return test === null || probeTest === null ? null : test.accuracy - probeTest.accuracy;
}

/** With its backbone's precision where that is not the usual one: results of both lie in one table. */
export function methodOf({ method, weights }: Pick<RunRow, 'method' | 'weights'>): string {
  return weights === 'int8' ? `${method}, 8 bits` : method;
}

const values: Readonly<Record<SortKey, (row: RunRow) => number | string | null>> = {
  number: (row) => row.number,
  name: (row) => row.name,
  state: (row) => stateOrder.indexOf(row.state) * 10_000 + (row.queued ?? 0),
  method: methodOf,
  backbone: (row) => row.backbone,
  split: (row) => row.split,
  seed: (row) => row.seed,
  epochs: (row) => (row.epochs === null ? null : row.epochsDone),
  learningRate: (row) => row.learningRate,
  validation: (row) => row.validation?.accuracy ?? null,
  validationF1: (row) => row.validation?.macroF1 ?? null,
  test: (row) => row.test?.accuracy ?? null,
  testF1: (row) => row.test?.macroF1 ?? null,
  overProbe,
  parameters: (row) => row.sideParameters,
  seconds: (row) => row.seconds,
  memory: (row) => row.peakRssBytes,
  createdAt: (row) => row.createdAt,
};

const words = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });

/** Pinned ones first, what has no value last whichever the direction, and the newest first among equals. */
export function sortRows(rows: readonly RunRow[], { key, descending }: Sort): readonly RunRow[] {
  const value = values[key];
  return [...rows].sort((one, other) => {
    if (one.pinned !== other.pinned) return one.pinned ? -1 : 1;
    const [a, b] = [value(one), value(other)];
    if (a === null || b === null) return a === b ? other.number - one.number : a === null ? 1 : -1;
    const order = typeof a === 'string' || typeof b === 'string' ? words.compare(String(a), String(b)) : a - b;
    return (descending ? -order : order) || other.number - one.number;
  });
}

/** Every word of the text must be found somewhere in what the row says. */
export function filterRows(rows: readonly RunRow[], { text, state, tag }: RowFilter): readonly RunRow[] {
  const wanted = text.toLowerCase().split(/\s+/).filter(Boolean);
  return rows.filter((row) => {
    if (state !== null && row.state !== state) return false;
    if (tag !== null && !row.tags.includes(tag)) return false;
    const said = [row.name, row.note, ...row.tags, methodOf(row), row.backbone, row.split].join('\n').toLowerCase();
    return wanted.every((word) => said.includes(word));
  });
}

/** All tags in use, by name. */
export function tagsOf(rows: readonly RunRow[]): readonly string[] {
  return [...new Set(rows.flatMap(({ tags }) => tags))].sort(words.compare);
}

/** Tags as they are typed, with commas between them. */
export function parseTags(text: string): readonly string[] {
  const tags = text.split(',').map((tag) => tag.trim().replace(/\s+/g, ' ').slice(0, 50));
  return [...new Set(tags)].filter((tag) => tag !== '').slice(0, 50);
}

/** Which columns the table of runs shows, kept between visits. */
import { shallowRef, watch } from 'vue';
import type { ShallowRef } from 'vue';
import { columns, usualColumns } from './columns.ts';
import type { SortKey } from './rows.ts';

const PLACE = 'dtl-studio.runs.columns';

export function useKeptColumns(): ShallowRef<readonly SortKey[]> {
  const kept = shallowRef(readColumns(localStorage.getItem(PLACE)));
  watch(kept, (now) => localStorage.setItem(PLACE, now.join(' ')));
  return kept;
}

/** Names that are no columns (any more) are passed over. */
export function readColumns(text: string | null): readonly SortKey[] {
  if (text === null) return usualColumns;
  const names = new Set(text.split(' '));
  return columns.filter(({ key }) => names.has(key)).map(({ key }) => key);
}

import { describe, expect, it } from 'vitest';
import { usualColumns } from './columns.ts';
import { readColumns } from './kept-columns.ts';

describe('readColumns', () => {
  it('shows the usual columns until somebody chose', () => {
    expect(readColumns(null)).toEqual(usualColumns);
  });

  it('keeps the order of the table and passes over what is no column', () => {
    expect(readColumns('test gone seed')).toEqual(['seed', 'test']);
    expect(readColumns('')).toEqual([]);
  });
});

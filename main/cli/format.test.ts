import { describe, expect, it } from 'vitest';
import { bytes, count, duration, listing, percent, printable, printableLines, table } from './format.ts';

describe('numbers for people', () => {
  it('writes sizes, durations, shares and counts', () => {
    expect([0, 999, 1000, 65_280, 999_500, 1e12].map(bytes)).toEqual([
      '0 B',
      '999 B',
      '1.0 kB',
      '65.3 kB',
      '1.0 MB',
      '1.0 TB',
    ]);
    expect([0.4, 59.4, 59.6, 187, 7384].map(duration)).toEqual(['0 s', '59 s', '1:00', '3:07', '2:03:04']);
    expect(percent(2 / 3)).toBe('66.7%');
    expect([count(1, 'photo'), count(1200, 'photo'), count(2, 'class', 'classes')]).toEqual([
      '1 photo',
      '1,200 photos',
      '2 classes',
    ]);
  });

  it('lines tables up and ends no line with spaces', () => {
    expect(
      table(
        ['name', 'n'],
        [
          ['a', '10'],
          ['long name', ''],
        ],
        ['left', 'right'],
      ),
    ).toBe('name        n\na          10\nlong name');
  });

  it('shows what could rule a terminal instead of sending it there', () => {
    expect(printable('a\u001b[2J\r\n\tb\u009b\u202e\u2028 ü🌳')).toBe('a\\u001b[2J\\r\\n\\tb\\u009b\\u202e\\u2028 ü🌳');
    expect(printableLines('a\u0007\n  b\r')).toBe('a\\u0007\n  b\\r');
    expect(listing('Bad:', ['x\ny'])).toEqual(['Bad:', '  x\\ny']);
    expect(table(['n'], [['x\u001by']])).toBe('n\nx\\u001by');
  });

  it('shortens long lists and says by how much', () => {
    const lines = listing(
      'Bad:',
      Array.from({ length: 12 }, (_, i) => `file ${i}`),
    );
    expect(lines).toHaveLength(12);
    expect(lines.at(-1)).toContain('2 more');
    expect(listing('Bad:', [])).toEqual([]);
  });
});

import { expect, it } from 'vitest';
import { ago, bytes, duration, number, percent, timeLeft } from './format.ts';

it('writes sizes in the unit in which they are short', () => {
  expect([0, 999, 1000, 56_064, 999_960, 1_234_000_000].map(bytes)).toEqual([
    '0 bytes',
    '999 bytes',
    '1.0 KB',
    '56.1 KB',
    '1.0 MB',
    '1.2 GB',
  ]);
});

it('says time left coarsely, and never zero', () => {
  expect([0, 9, 12, 54, 70, 190, 3600, 7500].map(timeLeft)).toEqual([
    'a few seconds left',
    'a few seconds left',
    '20 s left',
    '1 min left',
    '1 min left',
    '3 min left',
    '1 h left',
    '2 h 5 min left',
  ]);
});

it('says how long something took', () => {
  expect([0.2, 42, 60, 190, 3600, 7530].map(duration)).toEqual([
    'under 1 s',
    '42 s',
    '1 min',
    '3 min 10 s',
    '1 h',
    '2 h 6 min',
  ]);
});

it('carries minutes into hours when they round up', () => {
  expect(duration(3599.7)).toBe('1 h');
  expect(duration(7199)).toBe('2 h');
});

it('groups figures and writes shares with one digit', () => {
  expect(number(56_064)).toBe('56,064');
  expect(percent(0.8312)).toBe('83.1%');
});

it('says how long ago in the words of the day', () => {
  const noon = new Date(2026, 4, 3, 12, 0).getTime();
  expect(ago(noon - 20_000, noon)).toBe('just now');
  expect(ago(noon - 5 * 60_000, noon)).toBe('5 min ago');
  expect(ago(noon - 3 * 3_600_000, noon)).toBe('today 09:00');
  expect(ago(new Date(2026, 3, 30).getTime(), noon)).toBe('30 Apr');
  expect(ago(new Date(2024, 3, 30).getTime(), noon)).toBe('30 Apr 2024');
});

import { expect, it } from 'vitest';
import { contentHash, runId } from './id-of.ts';

it('gives numbers from 1 and well-formed hashes back', () => {
  expect(runId(1)).toBe(1);
  expect(contentHash('0a'.repeat(32))).toBe('0a'.repeat(32));
});

it.each([0, -1, 1.5, NaN, Infinity, 2 ** 53])('refuses %d as the number of anything', (value) => {
  expect(() => runId(value)).toThrow(expect.objectContaining({ code: 'id.invalid', kind: 'expected' }));
});

it.each(['', '0A'.repeat(32), '0a'.repeat(31), `${'0a'.repeat(32)}\n`, 'zz'.repeat(32)])(
  'refuses %j as a hash',
  (value) => {
    expect(() => contentHash(value)).toThrow(expect.objectContaining({ code: 'id.invalid' }));
  },
);

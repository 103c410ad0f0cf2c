import fc from 'fast-check';
import { expect, it } from 'vitest';
import { compareUtf8 } from './text-order.ts';

it('orders texts as their UTF-8 bytes are ordered', () => {
  const text = fc.string({ unit: 'binary' });
  fc.assert(
    fc.property(text, text, (a, b) => {
      expect(Math.sign(compareUtf8(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
    }),
    { numRuns: 500 },
  );
  expect(compareUtf8('\u{1f600}', '\uffff')).toBeGreaterThan(0);
  expect(['b', 'B', 'a', 'ä', 'a10', 'a9'].sort(compareUtf8)).toEqual(['B', 'a', 'a10', 'a9', 'b', 'ä']);
});

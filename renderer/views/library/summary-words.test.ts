import { expect, it } from 'vitest';
import { summaryWords } from './summary-words.ts';

const nothing = {
  folder: '/plots',
  found: 0,
  added: 0,
  unchanged: 0,
  changed: 0,
  moved: 0,
  returned: 0,
  missing: 0,
  undecodable: [],
  unreadable: [],
  undecodableCount: 0,
  unreadableCount: 0,
  labelled: 0,
  imagesPerSecond: null,
};

it('says what an import did and keeps quiet about what did not happen', () => {
  expect(summaryWords({ ...nothing, found: 1200, added: 1150, moved: 50, labelled: 900, imagesPerSecond: 84.4 })).toBe(
    '1,200 photos found: 1,150 new, 50 moved, 900 labelled by their folders, 84 photos a second.',
  );
  expect(summaryWords({ ...nothing, found: 1, unchanged: 1 })).toBe('1 photo found: 1 as before.');
  expect(summaryWords(nothing)).toBe('0 photos found: nothing to do.');
});

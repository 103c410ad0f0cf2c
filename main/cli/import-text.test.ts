import { expect, it } from 'vitest';
import { describeImport } from './import-text.ts';
import type { ImportReport } from './import-text.ts';

const nothing: ImportReport = {
  folder: '/photos',
  found: 0,
  added: 0,
  unchanged: 0,
  changed: 0,
  changedLabelled: [],
  moved: 0,
  returned: 0,
  missing: 0,
  undecodable: [],
  undecodableBefore: 0,
  unreadable: [],
  hidden: 0,
  others: 0,
  links: 0,
  offered: [],
  unfitNames: [],
};

const text = (report: Partial<ImportReport>): readonly string[] =>
  describeImport({ ...nothing, ...report }).split('\n');

it('says what was passed over, and what earlier imports found to be no photos', () => {
  expect(text({ found: 3, unchanged: 3, links: 1, hidden: 2, others: 1, undecodableBefore: 2 })).toEqual([
    '3 photos in "/photos": 3 unchanged',
    'Passed over: 1 link, 2 hidden files or folders, 1 file that is no photo',
    'Not decodable, as earlier imports found: 2',
  ]);
  expect(text({ found: 1, added: 1 })).toEqual(['1 photo in "/photos": 1 new']);
});

it('names up to five labelled photos that changed', () => {
  expect(text({ found: 1, changed: 1, changedLabelled: ['/photos/a.jpg'] })).toEqual([
    '1 photo in "/photos": 1 changed',
    '1 labelled photo changed, check its label:',
    '  /photos/a.jpg',
  ]);
  const paths = Array.from({ length: 7 }, (_, at) => `/photos/${at}.jpg`);
  const lines = text({ found: 7, changed: 7, changedLabelled: paths });
  expect(lines[1]).toBe('7 labelled photos changed, check their labels:');
  expect(lines.slice(2)).toEqual([
    ...paths.slice(0, 5).map((path) => `  ${path}`),
    '  ... and 2 more (--json lists all)',
  ]);
});

it('lists classes with the folders that bear their names where there are several', () => {
  const folders = ['train/cat', 'test/cat'];
  expect(
    text({
      offered: [
        { name: 'cat', photos: 3, folders },
        { name: 'dog', photos: 1, folders: ['train/dog'] },
      ],
    }),
  ).toEqual(expect.arrayContaining(['  cat (3; in train/cat, test/cat)', '  dog (1)']));
});

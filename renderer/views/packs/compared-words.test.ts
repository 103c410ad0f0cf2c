import { expect, it } from 'vitest';
import { packId, projectId } from '#app/domain/id-of.ts';
import { comparedWords, folderOf, rowWords } from './compared-words.ts';

const packs = [
  { pack: packId(1), name: 'leaves v1' },
  { pack: packId(2), name: 'leaves v2' },
];
const summary = { compared: 1, packs, project: projectId(1), folder: null, total: 1200, disagreements: 12 };

it('says how many photos there are and on how many the packs differ', () => {
  expect(comparedWords(summary)).toBe('1,200 photos of the library, the packs disagree on 12');
  expect(comparedWords({ ...summary, folder: '/field', total: 1, disagreements: 0 })).toBe(
    '1 photo in /field, the packs agree on all',
  );
  expect(comparedWords({ ...summary, folder: '/field', total: 0, disagreements: 0 })).toBe(
    'No photo in /field could be read',
  );
});

it('reads a photo out with what each pack says of it', () => {
  const said = [
    { label: 'rust', confidence: 0.834, ranked: [] },
    { label: 'healthy', confidence: 0.51, ranked: [] },
  ];
  const row = { index: 0, name: 'plot 3/leaf.jpg', photo: null, agree: false, lowest: 0.51, said };
  expect(rowWords(row, packs)).toBe('packs disagree. leaves v1: rust 83%. leaves v2: healthy 51%.');
  expect(rowWords({ ...row, agree: true }, packs)).toContain('packs agree.');
});

it('parts a name from its folder, whichever slashes it has', () => {
  expect(['a/b/c.jpg', 'C:\\a\\c.jpg', 'c.jpg', '/c.jpg'].map(folderOf)).toEqual(['a/b', 'C:\\a', '', '']);
});

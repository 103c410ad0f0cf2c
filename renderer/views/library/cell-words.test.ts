import { expect, it } from 'vitest';
import type { PhotoRow } from '#app/contract/library.ts';
import { classId, packId, photoId } from '#app/domain/id-of.ts';
import { cellWords, otherOpinion, reasonOf } from './cell-words.ts';

const row: PhotoRow = {
  id: photoId(7),
  name: 'IMG_7.jpg',
  hash: '0123456789abcdef',
  width: 640,
  height: 480,
  state: 'ok',
  reason: null,
  classId: classId(2),
  flagged: false,
  excluded: false,
  subset: null,
  suggestion: null,
};
const oak = { pack: packId(1), className: 'oak', classId: classId(2), confidence: 0.834 };

it('says everything that a cell shows by colour, icon or place', () => {
  expect(cellWords(row, null)).toBe('IMG_7.jpg, no label');
  expect(cellWords({ ...row, suggestion: oak, flagged: true, excluded: true, subset: 'test' }, 'oak')).toBe(
    'IMG_7.jpg, oak, model: oak 83%, flagged, excluded, test',
  );
  expect(cellWords({ ...row, state: 'undecodable', reason: 'The file ends too early.' }, 'oak')).toContain('too early');
});

it('names a reason only where there is no picture', () => {
  expect(reasonOf({ state: 'ok', reason: null })).toBeNull();
  expect(reasonOf({ state: 'missing', reason: null })).toBe('Not at its place');
  expect(reasonOf({ state: 'undecodable', reason: 'it is cut off' })).toBe('It is cut off');
});

it('shows what a model says only where the label is another one or none', () => {
  expect(otherOpinion({ ...row, suggestion: oak })).toBeNull();
  expect(otherOpinion({ ...row, classId: null, suggestion: oak })).toBe(oak);
  const unknown = { ...oak, classId: null };
  expect(otherOpinion({ ...row, classId: null, suggestion: unknown })).toBe(unknown);
});

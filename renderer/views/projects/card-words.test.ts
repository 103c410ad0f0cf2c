import { expect, it } from 'vitest';
import type { ProjectCard } from '#app/contract/projects.ts';
import { projectId, runId } from '#app/domain/id-of.ts';
import { folderName, progressWords, resultWords } from './card-words.ts';

const card = (more: Partial<ProjectCard> = {}): ProjectCard => ({
  id: projectId(1),
  name: 'plots',
  createdAt: 0,
  openedAt: null,
  folders: [],
  photos: 1200,
  labelled: 412,
  classes: 4,
  runs: 0,
  covers: [],
  lastResult: null,
  ...more,
});

it('says how far labelling is', () => {
  expect(progressWords(card())).toBe('412 of 1,200 labelled, 4 classes');
  expect(progressWords(card({ classes: 1 }))).toBe('412 of 1,200 labelled, 1 class');
  expect(progressWords(card({ photos: 0, labelled: 0 }))).toBe('No photos yet');
});

it('says on which photos a result was measured', () => {
  const lastResult = { run: runId(7), runName: 'run 7', subset: 'validation' as const, accuracy: 0.8312, at: 0 };
  expect(resultWords(card({ runs: 1, lastResult }))).toBe('83.1% on validation photos (run 7)');
});

it('tells a project that was never trained from one whose runs have not ended', () => {
  expect(resultWords(card())).toBe('Not trained yet');
  expect(resultWords(card({ runs: 2 }))).toBe('2 runs, no result yet');
});

it('names a project after the last part of a path, of either system', () => {
  expect(folderName('/data/plots 2024/')).toBe('plots 2024');
  expect(folderName('D:\\plots')).toBe('plots');
  expect(folderName('/')).toBe('/');
});

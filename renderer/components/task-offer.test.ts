import { expect, it } from 'vitest';
import type { TaskResult } from '#app/contract/task-results.ts';
import { packId, projectId } from '#app/domain/id-of.ts';
import { taskOffer } from './task-offer.ts';

const [own, near, pack] = [projectId(3), projectId(7), packId(5)];
const folder: TaskResult = { kind: 'predict-folder', pack, found: 2, photos: 9, failed: [], seconds: 1 };
const compared: TaskResult = { kind: 'compare-packs', compared: 4, photos: 9, disagreements: 1, failed: [] };
const archive: TaskResult = {
  kind: 'archive-project',
  path: '/archives/oaks.dtlproject',
  bytes: 1,
  photos: 2,
  leftOut: [],
  leftOutCount: 0,
};
const packs = (project: string, query: Record<string, string>) => ({
  kind: 'open',
  label: 'Open results',
  to: { name: 'packs', params: { project }, query },
});

it('leads to results, in the project that they are of or else in the one at hand', () => {
  expect(taskOffer({ result: folder, project: null }, near)).toEqual(packs('7', { pack: '5', found: '2' }));
  expect(taskOffer({ result: compared, project: own }, near)).toEqual(packs('3', { compared: '4' }));
  expect(taskOffer({ result: compared, project: null }, near)).toEqual(packs('7', { compared: '4' }));
  expect(taskOffer({ result: compared, project: null }, null)).toBeNull();
});

it('hands over a file, or says where one lies and what is not in it', () => {
  const onnx: TaskResult = { kind: 'export-onnx', pack, bytes: 1, note: '' };
  expect(taskOffer({ result: onnx, project: null }, null)).toMatchObject({ kind: 'save', pack });
  expect(taskOffer({ result: archive, project: own }, near)).toEqual({ kind: 'file', path: archive.path, missing: '' });
  expect(taskOffer({ result: { ...archive, leftOutCount: 1 }, project: own }, near)).toMatchObject({
    missing: '1 file is not in it.',
  });
});

it('leads to a sweep, and offers nothing of work that shows for itself', () => {
  const runs: TaskResult = { kind: 'start-runs', project: own, runs: [1, 2], sweep: 6 };
  expect(taskOffer({ result: runs, project: own }, near)).toEqual({
    kind: 'open',
    label: 'Open sweep 6',
    to: { name: 'sweep', params: { project: '3', sweep: '6' } },
  });
  expect(taskOffer({ result: { ...runs, sweep: null }, project: own }, near)).toBeNull();
  expect(taskOffer({ result: null, project: own }, near)).toBeNull();
});

/** Groups that come after the split, and given splits that tear photos apart: said wherever a run is about to learn from them. */
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { TrainRequest as WindowRequest } from '#app/contract/runs.ts';
import type { Photo } from '#app/domain/photo.ts';
import type { Project } from '#app/domain/project.ts';
import { scriptedEngine } from '#app/testing/scripted-engine.ts';
import type { Core } from './open-core.ts';
import { openCore } from './open-core.ts';
import { renderSamplePhotos } from './samples.ts';
import type { TrainRequest } from './use-cases.ts';

const common = {
  split: null,
  backbone: null,
  method: 'linear' as const,
  methodSettings: {},
  recipe: 'default' as const,
  recipeChanges: {},
  device: 'cpu' as const,
  fit: 'squash' as const,
  sixteenBit: 'full-range' as const,
};
const request: TrainRequest = { ...common, plan: {}, seed: 0, name: null, note: '' };
const inWindow: WindowRequest = { ...common, threads: null, memoryBytes: null };

let folder: string;
let core: Core;
let project: Project;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dtl-torn-'));
  await renderSamplePhotos(join(folder, 'photos'), { seed: 0, perClass: 6, size: 32 });
  core = await openCore({ home: join(folder, 'home'), what: 'a test', access: 'write', engine: scriptedEngine({}) });
  project = core.projects.create('p');
  await core.library.import(project, join(folder, 'photos'));
  core.labels.fromFolders(project, { folder: null, overwrite: false });
});
afterEach(async () => {
  core.close();
  await rm(folder, { recursive: true, force: true });
});

function photos(): readonly Photo[] {
  const { view } = core.library.views.open(project.id, {}, 'name');
  return core.library.views.slice(view, 0, 1000).map((id) => core.pictures.photo(id));
}

async function takeTable(header: string, lines: readonly string[]): Promise<void> {
  const path = join(folder, 'photos', 'table.csv');
  await writeFile(path, [header, ...lines, ''].join('\n'));
  await core.labels.fromTable(project, { path, folder: join(folder, 'photos'), skipMissing: false });
}

const nameOf = ({ path }: Photo): string => path.split(/[/\\]/).slice(-2).join('/');
const labelOf = ({ path }: Photo): string => path.split(/[/\\]/).at(-2) ?? '';

/** Everything that is said of it: in the command's and the window's preview, and of runs that are prepared, in their logs too. */
async function said(): Promise<readonly (readonly string[])[]> {
  const sides = (lines: readonly string[]) => lines.filter((line) => line.includes('sides'));
  const { run, warnings } = await core.runs.prepare(project, request);
  const sweep = await core.runs.prepareSweep(project, request, { seeds: [0], learningRates: [1e-3] });
  const pages = await Promise.all([run, ...sweep.runs].map(({ id }) => core.runs.page(id)));
  const logs = pages.map(({ log }) => log.map(({ line }) => line));
  return [
    (await core.runs.dryRun(project, request)).warnings,
    (await core.runs.preview(project, inWindow)).warnings,
    warnings,
    sweep.warnings,
    ...logs,
  ].map(sides);
}

it('says how many groups lie on several sides of a split that was drawn before they came, until a new one is drawn', async () => {
  const { split } = core.splits.draw(project);
  expect((await said()).flat()).toEqual([]);
  const all = photos();
  // One group of everybody of a class, one of two classes together, and photos that are their own group.
  const classes = [...new Set(all.map(labelOf))];
  const groupOf = (photo: Photo): string =>
    labelOf(photo) === classes[0] ? 'first' : labelOf(photo) === classes[1] ? 'second' : nameOf(photo);
  await takeTable(
    'file_name,label,group',
    all.map((photo) => `${nameOf(photo)},${labelOf(photo)},${groupOf(photo)}`),
  );
  const warning =
    `2 sets of grouped or near-identical photos lie on several sides of "${split.name}", so figures on its test and ` +
    'validation photos come out too good. Draw a new split: it keeps such photos together.';
  expect(await said()).toEqual(Array.from({ length: 6 }, () => [warning]));
  // Photos that take no part in a run tear nothing apart.
  core.labels.mark(
    project.id,
    all
      .filter((photo) => labelOf(photo) === classes[0])
      .slice(1)
      .map(({ id }) => id),
    'excluded',
    true,
  );
  expect((await core.runs.dryRun(project, request)).warnings.join(' ')).toContain('1 set of grouped or');
  core.splits.draw(project);
  expect((await core.runs.dryRun(project, request)).warnings.join(' ')).not.toContain('sides');
});

it('says it of near-identical photos too, as far as the split knows them', async () => {
  const [one] = photos();
  if (one === undefined) throw new Error('there is no photo');
  await copyFile(one.path, one.path.replace(/\.(\w+)$/, '-copy.$1'));
  await core.library.import(project, join(folder, 'photos'));
  const sides = ['train', 'validation', 'test'];
  await takeTable(
    'file_name,label,split',
    photos().map(
      (photo, at) =>
        `${nameOf(photo)},${labelOf(photo)},${photo.path.includes('-copy') ? 'test' : photo.path === one.path ? 'train' : (sides[at % 3] ?? '')}`,
    ),
  );
  for (const lines of await said()) expect(lines.join()).toMatch(/^1 set of grouped or near-identical photos lies on/);
});

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TrainJob } from '#app/contract/engine.ts';
import { AppError } from '#app/domain/errors.ts';
import type { Project } from '#app/domain/project.ts';
import { finishedRun, scriptedEngine } from '#app/testing/scripted-engine.ts';
import type { Core } from './open-core.ts';
import { openCore } from './open-core.ts';
import { renderSamplePhotos } from './samples.ts';
import { trainRequest } from './testing/train-request.ts';
import type { TrainRequest } from './use-cases.ts';

const request: TrainRequest = { ...trainRequest, recipeChanges: { epochs: 3 }, device: null };

let folder: string;
let core: Core;
let project: Project;
const jobs: TrainJob[] = [];

/** Right validation photos of six by learning rate and seed; the test photos say the opposite. */
const right: Readonly<Record<string, number>> = {
  '0.001/0': 3,
  '0.001/1': 4,
  '0.003/0': 6,
  '0.003/1': 4,
  '1/0': 6,
  '1/1': 0,
};
/** Ends without a result. */
const DIVERGING = '1/1';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dtl-sweep-'));
  await renderSamplePhotos(join(folder, 'photos'), { seed: 0, perClass: 5, size: 32 });
  jobs.length = 0;
  const engine = scriptedEngine({
    train: async (job) => {
      jobs.push(job);
      await mkdir(job.directory, { recursive: true });
      const path = join(job.directory, 'weights.safetensors');
      await writeFile(path, '');
      if (`${job.recipe.learningRate}/${job.seed}` === DIVERGING) {
        throw new AppError('train.diverged', 'The loss is no number any more.');
      }
      const answer = finishedRun(job, path);
      const good = right[`${job.recipe.learningRate}/${job.seed}`] ?? 0;
      const seen = { train: 0, validation: 0, test: 0 };
      const predictions = answer.predictions.map((one) => {
        const isRight = one.subset === 'validation' ? ++seen.validation <= good : ++seen.test <= 6 - good;
        const said = isRight ? one.label : (one.label + 1) % job.classNames.length;
        return { ...one, logits: job.classNames.map((_, at) => (at === said ? 4 : 0)) };
      });
      return { ...answer, predictions };
    },
  });
  core = await openCore({ home: join(folder, 'home'), what: 'a test', access: 'write', engine });
  project = core.projects.create('p');
  await core.library.import(project, join(folder, 'photos'));
  core.labels.fromFolders(project, { folder: null, overwrite: false });
});

afterEach(async () => {
  core.close();
  await rm(folder, { recursive: true, force: true });
});

describe('a sweep', () => {
  it('is ordinary runs that share one cache, and names the best by validation whatever the test says', async () => {
    const members = { learningRates: [3e-3, 1e-3], seeds: [0, 1] };
    const { runs } = await core.runs.prepareSweep(project, { ...request, name: 'try' }, members);
    expect(runs.map(({ name }) => name)).toEqual([
      'try, learning rate 0.003, seed 0',
      'try, learning rate 0.003, seed 1',
      'try, learning rate 0.001, seed 0',
      'try, learning rate 0.001, seed 1',
    ]);
    expect(core.runs.sweep(project, null).summary).toMatchObject({ best: null, bestRun: null });
    for (const run of runs) await core.runs.execute(run);
    expect(new Set(jobs.map(({ features }) => features.folder))).toHaveLength(1);
    expect(jobs.map(({ plan }) => plan.cache)).toEqual(Array(4).fill('float16'));
    const { tag, summary } = core.runs.sweep(project, null);
    expect(tag).toBe(`sweep ${runs[0]!.number}`);
    expect(summary.best).toBe(3e-3);
    expect(summary.bestRun?.id).toBe(runs[0]!.id);
    const [low, high] = summary.rows;
    expect(low).toMatchObject({ learningRate: 1e-3, seeds: [0, 1], finished: 2 });
    expect(low!.validation!.mean).toBeCloseTo(3.5 / 6, 10);
    expect(low!.test).toBeNull();
    expect(low!.validation!.deviation).toBeCloseTo(Math.SQRT1_2 / 6, 10);
    expect(high!.validation!.mean).toBeCloseTo(5 / 6, 10);
    expect(high!.test!.mean).toBeCloseTo(1 / 6, 10);
  });

  it('prefers a rate of which every run finished to one of which the rest did not diverge', async () => {
    const { runs } = await core.runs.prepareSweep(project, request, { learningRates: [1e-3, 1], seeds: [0, 1] });
    for (const run of runs) await core.runs.execute(run).catch((error: unknown) => error);
    const { best, settled, rows } = core.runs.sweep(project, null).summary;
    expect(rows.map(({ finished }) => finished)).toEqual([2, 1]);
    expect(rows[1]!.validation!.mean).toBeGreaterThan(rows[0]!.validation!.mean);
    expect([best, settled]).toEqual([1e-3, true]);
  });

  it('shows the test of the best alone, and not before every run has ended', async () => {
    const { runs } = await core.runs.prepareSweep(project, request, { learningRates: [3e-3, 1e-3], seeds: [0, 1] });
    const number = runs[0]!.number;
    for (const run of runs.slice(0, 3)) await core.runs.execute(run);
    const before = core.runs.sweepPage(project, number);
    expect(before).toMatchObject({ best: 3e-3, bestRun: runs[0]!.id, settled: false });
    expect(before.rates.map(({ finished, test }) => [finished, test])).toEqual([
      [1, null],
      [2, null],
    ]);
    await core.runs.execute(runs[3]!);
    const { tag, settled, rates, runs: shown } = core.runs.sweepPage(project, number);
    expect([tag, settled]).toEqual([`sweep ${number}`, true]);
    expect(shown.map(({ id }) => id)).toEqual(runs.map(({ id }) => id));
    expect(rates.map(({ test }) => test === null)).toEqual([true, false]);
    expect(rates[1]!.test!.mean).toBeCloseTo(1 / 6, 10);
    expect(() => core.runs.sweepPage(project, 99)).toThrow(/no runs with the tag "sweep 99"/);
  });

  it('is found by its number, and one that is not there is refused with words', async () => {
    expect(() => core.runs.sweep(project, null)).toThrow(/has no sweep yet/);
    const { runs } = await core.runs.prepareSweep(project, request, { learningRates: [1e-3], seeds: [7] });
    expect(core.runs.sweep(project, String(runs[0]!.number)).runs.map(({ id }) => id)).toEqual([runs[0]!.id]);
    expect(() => core.runs.sweep(project, '99')).toThrow(/no runs with the tag "sweep 99"/);
  });
});

import { expect, it } from 'vitest';
import type { BackboneSpec } from '#app/domain/backbone.ts';
import { plainVit } from '#app/domain/backbone.ts';
import { backboneSpec, method, readJson, runPlan, toJson } from './json.ts';
import { openDatabase } from './open.ts';
import { openStore } from './store.ts';
import { countingClock, temporaryStore } from './testing/temporary-store.ts';
import { labelledProject, newRun, runSamples } from './testing/samples.ts';

const vitText =
  '{"family":"vit","imageSize":224,"patchSize":16,"width":192,"depth":12,"heads":3,"mlpWidth":768,"layerNormEps":1e-6}';

it('says which stored value is wrong and how', () => {
  expect(() => readJson(method, '{"name":"dtl","rank":-1}', 'runs.method of run 7')).toThrow(
    expect.objectContaining({
      code: 'store.corrupt',
      message: expect.stringMatching(/runs.method of run 7 cannot be read: [^]*rank/) as string,
    }),
  );
  expect(() => readJson(method, '{"name"', 'runs.method of run 7')).toThrow(/runs.method of run 7 cannot be read/);
});

it('gives back what it wrote', () => {
  const value = { name: 'dtl', rank: 2, beta: 100, kernel: 0, extract: [0, 1], adapt: [1] } as const;
  expect(readJson(method, toJson(method, value, 'x'), 'x')).toEqual(value);
});

it('reads the spec of a backbone that an earlier release stored as a plain ViT', () => {
  expect(readJson(backboneSpec, vitText, 'x')).toEqual({ ...(JSON.parse(vitText) as object), ...plainVit });
});

it('keeps the spec of every family', () => {
  const clip = { ...readJson(backboneSpec, vitText, 'x'), preNorm: true, activation: 'quick-gelu', patchBias: false };
  const swin = {
    family: 'swin',
    imageSize: 224,
    patchSize: 4,
    windowSize: 7,
    width: 96,
    depths: [2, 2, 6, 2],
    heads: [3, 6, 12, 24],
    mlpRatio: 4,
    layerNormEps: 1e-5,
  } as const;
  for (const spec of [clip, swin]) {
    expect(readJson(backboneSpec, toJson(backboneSpec, spec as BackboneSpec, 'x'), 'x')).toEqual(spec);
  }
});

it('keeps the precision of a backbone in a plan, and reads and writes plans without one as before', () => {
  const before = '{"provider":"cpu","threads":2,"microBatch":8,"cache":"float16"}';
  expect(toJson(runPlan, readJson(runPlan, before, 'x'), 'x')).toBe(before);
  const plan = { ...readJson(runPlan, before, 'x'), weights: 'int8' } as const;
  expect(readJson(runPlan, toJson(runPlan, plan, 'x'), 'x')).toEqual(plan);
  const { store } = temporaryStore();
  const labelled = labelledProject(store);
  const run = newRun(store, labelled);
  const { id } = store.runs.create({ ...run, config: { ...run.config, plan } }, runSamples(labelled));
  expect(store.runs.get(id).config.plan).toEqual(plan);
});

it('reads everything else when one run was damaged', () => {
  const { store, path } = temporaryStore();
  const labelled = labelledProject(store);
  const damaged = store.runs.create(newRun(store, labelled), runSamples(labelled));
  const sound = store.runs.create(newRun(store, labelled), runSamples(labelled));
  const db = openDatabase(path);
  db.exec(`UPDATE runs SET recipe = '{"epochs":"many"}' WHERE id = ${damaged.id}`);
  db.close();
  const again = openStore(path, { now: countingClock() });
  expect(() => again.runs.get(damaged.id)).toThrow(/runs.recipe of run 1 cannot be read/);
  expect(again.runs.get(sound.id).number).toBe(2);
  again.close();
});

/**
 * An exported file beside the program: a side network that was really trained, on photos of every format and size. The
 * caller's part, an upright photo as 8-bit sRGB, is played by the program's own decoder.
 */
import { hash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EngineEvent, ExportOnnxJob, PredictJob } from '#app/contract/engine.ts';
import { probabilities, topClass } from '#app/domain/metrics.ts';
import { adjustRecipe, defaultRecipe } from '#app/domain/recipes.ts';
import { decodePhoto } from '../../images/decode.ts';
import { renderSamplePhotos } from '../../images/sample-photos.ts';
import { writeMixedPhotos } from '../../images/testing/mixed-photos.ts';
import { Turns } from '../../images/turns.ts';
import { model } from '#native-models/models/registry.ts';
import { ModelFileSession } from '#native-models/runtime/model-file-session.ts';
import { exportOnnxJob } from './export-onnx.ts';
import { predictJob } from './predict.ts';
import { selfTestJob } from './self-test.ts';
import { trainJob } from './train.ts';

// Threads that wait for each other come to a standstill where the machine does other things too.
const threads = 1;
const backbone = {
  path: fileURLToPath(import.meta.resolve('#native-models/backbones/vit_tiny_patch16_224.safetensors')),
  tensorPrefix: '',
  spec: model('vit_tiny_patch16_224'),
};
const half: [number, number, number] = [0.5, 0.5, 0.5];
const preprocessing = {
  imageSize: 224,
  fit: 'squash' as const,
  interpolation: 'bicubic' as const,
  sixteenBit: { kind: 'full-range' as const },
  mean: half,
  std: half,
};
const method = {
  name: 'dtl+' as const,
  rank: 2,
  beta: 100,
  kernel: 3 as const,
  extract: Array.from({ length: 12 }, (_, block) => block),
  adapt: [6, 7, 8, 9, 10, 11],
};

const host = { emit: () => undefined, checkStopped: () => Promise.resolve() };

let folder = '';
let job: ExportOnnxJob;

/** Trains four kinds of machine parts, and gives the export of what came out. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dtl-export-'));
  const photos = join(folder, 'photos');
  const classNames = await renderSamplePhotos(photos, { seed: 0, perClass: 6, size: 160, classes: 4 });
  const samples = await Promise.all(
    classNames.flatMap((name, label) =>
      readdirSync(join(photos, name)).map(async (file, at) => {
        const path = join(photos, name, file);
        const subset = at < 4 ? ('train' as const) : at === 4 ? ('validation' as const) : ('test' as const);
        const content = await readFile(path);
        return {
          id: 100 * label + at,
          path,
          label,
          subset,
          bytes: content.length,
          contentHash: hash('sha256', content),
        };
      }),
    ),
  );
  const { weightsPath } = await trainJob(
    {
      kind: 'train',
      directory: folder,
      backbone,
      preprocessing,
      method,
      recipe: adjustRecipe(defaultRecipe, { epochs: 2 }),
      plan: { provider: 'cpu', threads, microBatch: 4, cache: 'float32' },
      features: { folder: join(folder, 'features'), limitBytes: 1e9, backbone: 'embedded' },
      seed: 1,
      classNames,
      samples,
      resume: false,
    },
    host,
  );
  const adapter = { path: weightsPath ?? '', method, classes: classNames.length };
  const { logits } = await selfTestJob({ kind: 'self-test', backbone, adapter, preprocessing, threads, inputs: 4 });
  job = {
    kind: 'export-onnx',
    backbone,
    adapter,
    preprocessing,
    threads,
    output: join(folder, 'parts.onnx'),
    metadata: { class_names: JSON.stringify(classNames) },
    selfTest: logits,
  };
}, 600_000);

afterAll(() => rm(folder, { recursive: true, force: true }));

/** A few of each set of real photos, where they are. */
function realPhotos(): readonly string[] {
  const root = process.env['DTL_DATA_DIR'];
  if (root === undefined || !existsSync(root)) return [];
  const folders = (path: string): readonly string[] =>
    readdirSync(path, { withFileTypes: true }).flatMap((entry) =>
      entry.isDirectory() ? [join(path, entry.name)] : [],
    );
  return folders(root).flatMap((set) =>
    folders(set)
      .slice(0, 3)
      .flatMap((kind) =>
        readdirSync(kind)
          .slice(0, 1)
          .map((file) => join(kind, file)),
      ),
  );
}

async function predicted(paths: readonly string[]): Promise<ReadonlyMap<number, readonly number[]>> {
  const { backbone: network, adapter } = job;
  const samples = paths.map((path, id) => ({ id, path }));
  const request: PredictJob = {
    kind: 'predict',
    backbone: network,
    adapters: [adapter],
    preprocessing,
    threads,
    samples,
  };
  const rows = new Map<number, readonly number[]>();
  const emit = (event: EngineEvent): void => {
    if (event.type === 'predictions') for (const { id, logits } of event.rows) rows.set(id, logits[0] ?? []);
  };
  await predictJob(request, { ...host, emit });
  return rows;
}

async function asCaller(path: string) {
  const { pixels } = await decodePhoto(path, readFileSync(path), { maxPixels: 1e9, pixelTurns: new Turns(1e9) });
  if (pixels.bits !== 8) throw new RangeError(`${path} has ${pixels.bits} bits.`);
  const { width, height, channels, samples } = pixels;
  const data =
    channels === 3
      ? samples
      : Uint8Array.from({ length: 3 * samples.length }, (_, at) => samples[Math.floor(at / 3)] ?? 0);
  return { type: 'uint8' as const, shape: [height, width, 3], data };
}

describe('an exported file', () => {
  it(
    'classifies fifty mixed photos as the program does: the same class, probabilities within 1e-3',
    { timeout: 600_000 },
    async () => {
      const result = await exportOnnxJob(job, host);
      expect(result.selfTestError).toBeLessThanOrEqual(1e-5);
      expect(result.photosError).toBeLessThanOrEqual(1e-3);
      expect(result.bytes).toBe((await stat(job.output)).size);
      const made = await writeMixedPhotos(await mkdtemp(join(folder, 'mixed-')));
      expect(made).toHaveLength(50);
      const paths = [...made, ...realPhotos()];
      const own = await predicted(paths);
      expect(own.size).toBe(paths.length);
      const session = await ModelFileSession.open(job.output, threads);
      for (const [id, path] of paths.entries()) {
        const logits = own.get(id) ?? [];
        const there = [...(await session.run('image', await asCaller(path), 'logits'))];
        expect(topClass(there), path).toBe(topClass(logits));
        const chances = probabilities(logits);
        const difference = Math.max(
          ...probabilities(there).map((chance, at) => Math.abs(chance - (chances[at] ?? NaN))),
        );
        expect(difference, path).toBeLessThanOrEqual(1e-3);
      }
      const logits = await session.run('image', await asCaller(made[0] ?? ''), 'logits');
      const softmax = await session.run('image', await asCaller(made[0] ?? ''), 'probabilities');
      await session.release();
      probabilities([...logits]).forEach((chance, at) => expect(softmax[at]).toBeCloseTo(chance, 5));
    },
  );

  it('is not left where it does not give the logits of the self-test', { timeout: 300_000 }, async () => {
    await writeFile(job.output, 'older');
    const before = await readdir(folder);
    const selfTest = job.selfTest.map((row) => row.map((value) => 1.01 * value));
    await expect(exportOnnxJob({ ...job, selfTest }, host)).rejects.toMatchObject({ code: 'export.differs' });
    expect(await readFile(job.output, 'utf8')).toBe('older');
    expect(await readdir(folder)).toEqual(before);
  });
});

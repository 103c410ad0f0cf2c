import { copyFile, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EngineEvent, PredictJob } from '#app/contract/engine.ts';
import { EngineError } from '#native-models/errors.ts';
import { trainedParameters } from '#native-models/adapters/method.ts';
import { encodeSafetensors } from '#native-models/formats/safetensors.ts';
import { elementCount } from '#native-models/graph/types.ts';
import { randomValues } from '#native-models/models/random-weights.ts';
import { dtlPlus, tinyBackbone } from '#native-models/testing/tiny-network.ts';
import type { TinyBackbone } from '#native-models/testing/tiny-network.ts';
import { renderSamplePhotos } from '../../images/sample-photos.ts';
import { predictJob } from './predict.ts';

const FILES = 30;
let directory: string;
let backbone: TinyBackbone;
let job: PredictJob;

/** 30 files of which those before `photos` are photos. */
async function files(name: string, photos: number): Promise<PredictJob['samples']> {
  const [made = ''] = await renderSamplePhotos(join(directory, name), { seed: 1, perClass: 1, size: 32 });
  const [photo = ''] = await readdir(join(directory, name, made));
  return Promise.all(
    Array.from({ length: FILES }, async (_, id) => {
      const path = join(directory, name, `${id}.jpg`);
      if (id < photos) await copyFile(join(directory, name, made, photo), path);
      else await writeFile(path, 'not a photo at all');
      return { id, path };
    }),
  );
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'dtl-predict-'));
  backbone = await tinyBackbone('test_vit_4x12');
  const method = dtlPlus(backbone.spec);
  const path = join(directory, 'weights.safetensors');
  const tensors = [...trainedParameters(method, backbone.spec, 3)].map(([name, shape]) => ({
    name,
    dtype: 'float32' as const,
    shape,
    data: new Uint8Array(randomValues(name, elementCount(shape), 0.2).buffer),
  }));
  await writeFile(path, encodeSafetensors(tensors, {}));
  job = {
    kind: 'predict',
    backbone: { path: backbone.path, tensorPrefix: '', spec: backbone.spec },
    adapters: [{ path, method, classes: 3 }],
    preprocessing: {
      imageSize: backbone.spec.imageSize,
      fit: 'squash',
      interpolation: 'bicubic',
      sixteenBit: { kind: 'full-range' },
      mean: [0.5, 0.5, 0.5],
      std: [0.5, 0.5, 0.5],
    },
    threads: 1,
    samples: [],
  };
});
afterAll(async () => {
  await backbone.remove();
  await rm(directory, { recursive: true, force: true });
});

describe('a prediction', () => {
  it('counts the photos that it could not read as they pass', async () => {
    const events: EngineEvent[] = [];
    const samples = await files('few', 9);
    await predictJob(
      { ...job, samples },
      { emit: (event) => events.push(event), checkStopped: () => Promise.resolve() },
    );
    const predicted = events.flatMap((event) => (event.type === 'predictions' ? event.rows.map(({ id }) => id) : []));
    expect(predicted).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    const done = events.flatMap((event) => (event.type === 'progress' ? [event.done] : []));
    expect(done).toEqual(done.toSorted((a, b) => a - b));
    expect(done.at(-1)).toBe(FILES);
    // One for each of the 21, and one for each of two batches.
    expect(done).toHaveLength(23);
    const lastFailure = events.findLastIndex(({ type }) => type === 'photo-failed');
    expect(events.findIndex(({ type }) => type === 'progress')).toBeLessThan(lastFailure);
  });

  it('stops when asked though no photo can be read', async () => {
    const failed: number[] = [];
    const samples = await files('none', 0);
    const running = predictJob(
      { ...job, samples },
      {
        emit: (event) => {
          if (event.type === 'photo-failed') failed.push(event.id);
        },
        checkStopped: () =>
          failed.length > 0 ? Promise.reject(new EngineError('stopped', 'stop')) : Promise.resolve(),
      },
    );
    await expect(running).rejects.toMatchObject({ code: 'stopped' });
    expect(failed.length).toBeLessThan(FILES / 2);
  });
});

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { trainedParameters } from '../adapters/method.ts';
import type { Method } from '../adapters/method.ts';
import { selfTestPixels } from '../data/self-test-inputs.ts';
import { EngineError } from '../errors.ts';
import { encodeSafetensors } from '../formats/safetensors.ts';
import { flopsOf } from '../graph/flops.ts';
import { elementCount } from '../graph/types.ts';
import { backboneTensors } from '../models/backbone-spec.ts';
import { randomValues } from '../models/random-weights.ts';
import { model } from '../models/registry.ts';
import type { TinyBackbone } from '../testing/tiny-network.ts';
import { dtlPlus, tinyBackbone } from '../testing/tiny-network.ts';
import { packsGraph } from './packs-graph.ts';
import type { Adapter } from './packs-predictor.ts';
import { PacksPredictor } from './packs-predictor.ts';
import { Predictor } from './predictor.ts';

let backbone: TinyBackbone;
let directory: string;

beforeAll(async () => {
  backbone = await tinyBackbone('test_vit_4x12');
  directory = await mkdtemp(join(tmpdir(), 'dtl-packs-'));
});
afterAll(async () => {
  await backbone.remove();
  await rm(directory, { recursive: true, force: true });
});

async function adapter(name: string, method: Method, classes: number): Promise<Adapter> {
  const path = join(directory, `${name}.safetensors`);
  const tensors = [...trainedParameters(method, backbone.spec, classes)].map(([tensor, shape]) => ({
    name: tensor,
    dtype: 'float32' as const,
    shape,
    data: new Uint8Array(randomValues(`${name} ${tensor}`, elementCount(shape), 0.2).buffer),
  }));
  await writeFile(path, encodeSafetensors(tensors, {}));
  return { path, method, classes };
}

describe('several packs on one backbone', () => {
  it('say what each says alone, whatever their methods and classes', async () => {
    const { spec } = backbone;
    const adapters = [
      await adapter('a', dtlPlus(spec), 3),
      await adapter('b', dtlPlus(spec), 5),
      await adapter('c', { ...dtlPlus(spec, { extract: [1, 3], adapt: [3], kernel: 0 }), name: 'dtl' }, 2),
      await adapter('d', { name: 'linear' }, 4),
    ];
    const options = {
      weightsPath: backbone.path,
      tensorPrefix: '',
      spec,
      normalisation: { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] } as const,
      threads: 1,
      batch: 2,
    };
    const photos = [0, 1].map((index) => selfTestPixels(spec.imageSize, index));
    const together = await PacksPredictor.open({ ...options, adapters });
    const all = await together.logits(photos);
    await together.close();
    for (const [pack, { path, method, classes }] of adapters.entries()) {
      const alone = await Predictor.open({ ...options, adapterPath: path, method, classes });
      const own = await alone.logits(photos);
      await alone.close();
      for (const [photo, logits] of own.entries()) {
        expect(logits).toHaveLength(classes);
        logits.forEach((value, at) => expect(all[photo]![pack]![at]!).toBeCloseTo(value, 5));
      }
    }
  });

  it('ask whether to stop at every photo, also where none can be read', async () => {
    const { spec } = backbone;
    const predictor = await PacksPredictor.open({
      weightsPath: backbone.path,
      tensorPrefix: '',
      spec,
      normalisation: { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] },
      threads: 1,
      batch: 4,
      adapters: [await adapter('e', dtlPlus(spec), 3)],
    });
    const photos = Array.from({ length: 40 }, (_, index) => index);
    const failed: number[] = [];
    let asked = 0;
    const batches = predictor.predict(photos, {
      pixels: (index) =>
        index < 3
          ? Promise.resolve(selfTestPixels(spec.imageSize, index))
          : Promise.reject(new EngineError('photo.unusable', 'it is no photo')),
      photoFailed: (index) => failed.push(index),
      checkStopped: () => (++asked > 10 ? Promise.reject(new EngineError('stopped', 'stop')) : Promise.resolve()),
    });
    await expect(batches.next()).rejects.toMatchObject({ code: 'stopped' });
    // Reading is a few photos ahead.
    expect(failed.length).toBeLessThan(20);
    await predictor.close();
  });

  it('compute the blocks before the first adapted output once: (7 + 5 T) / 12 of T single predictions', () => {
    const spec = model('vit_base_patch16_224');
    const tensors = new Map(
      [...backboneTensors(spec)].map(([name, shape]) => [
        name,
        { dtype: 'float32' as const, shape, start: 0, end: 4 * elementCount(shape) },
      ]),
    );
    const weights = { folder: '', file: 'weights', prefix: '', tensors };
    const flops = (packs: number): number =>
      flopsOf(
        packsGraph({
          spec,
          weights,
          batch: 2,
          packs: Array.from({ length: packs }, () => ({ method: dtlPlus(spec), classes: 10 })),
        }),
      );
    for (const packs of [2, 4]) {
      expect(flops(packs) / (packs * flops(1))).toBeCloseTo((7 + 5 * packs) / (12 * packs), 1);
    }
    expect(flops(4) / (4 * flops(1))).toBeLessThan(0.57);
  });
});

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SafetensorsFile, TensorToEncode } from '../formats/safetensors.ts';
import {
  encodeSafetensors,
  readSafetensorsHeader,
  readTensorBytes,
  readTensorFloat32,
  readTensorInt64,
  tensorNamed,
} from '../formats/safetensors.ts';
import { writeAtomic } from '../formats/write-atomic.ts';
import { GraphBuilder } from '../graph/builder.ts';
import { flopsOf } from '../graph/flops.ts';
import type { Value } from '../graph/types.ts';
import { elementCount } from '../graph/types.ts';
import { verify } from '../graph/verify.ts';
import { relativeL2 } from '../reference/finite-differences.ts';
import { product } from '../reference/plain-layers.ts';
import { EngineSession } from '../runtime/session.ts';
import { referenceFile } from '../testing/reference.ts';
import { model, swinModels } from './registry.ts';
import type { SwinSpec } from './swin-spec.ts';
import { checkSwinSpec, mergingAt, swinStages, swinTensors } from './swin-spec.ts';
import { relativePositions, shiftMask } from './swin-windows.ts';
import { swinFeatures, swinNorm, swinTokens } from './swin.ts';
import { openWeightFile } from './weight-file.ts';
import type { WeightFile } from './weights.ts';
import { Weights } from './weights.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'dtl-swin-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

function specOf({ metadata, path }: SafetensorsFile): SwinSpec {
  const text = (key: string): string => metadata.get(key) ?? expect.fail(`${path} does not say ${key}`);
  return checkSwinSpec({
    family: 'swin',
    imageSize: Number(text('img_size')),
    patchSize: Number(text('patch_size')),
    windowSize: Number(text('window_size')),
    width: Number(text('embed_dim')),
    depths: text('depths').split(',').map(Number),
    heads: text('num_heads').split(',').map(Number),
    mlpRatio: Number(text('mlp_ratio')),
    layerNormEps: Number(text('layer_norm_eps')),
  });
}

/** What enters each stage, every block's output, the final tokens and the pooled features. */
async function forward(spec: SwinSpec, weights: WeightFile, images: Float32Array): Promise<Map<string, Float32Array>> {
  const b = new GraphBuilder('forward');
  const values = new Weights(b, weights);
  const outputs = new Map<string, Value>();
  const photos = b.input('images', [2, 3, spec.imageSize, spec.imageSize]);
  const stages = swinStages(spec);
  const hooks = {
    before: (index: number, tokens: Value): void => {
      const entered = stages.find(({ firstBlock }) => firstBlock === index)?.stage;
      if (entered !== undefined) outputs.set(entered === 0 ? 'patch_embed' : `downsample.${entered}`, tokens);
    },
    after: (index: number, tokens: Value): Value => {
      outputs.set(`block.${index}`, tokens);
      return tokens;
    },
  };
  const tokens = swinTokens(b, { spec, weights: values, images: photos, hooks });
  outputs.set('tokens', swinNorm(b, spec, values, tokens));
  outputs.set('pooled', swinFeatures(b, spec, values, tokens));
  const session = await EngineSession.create(verify(b.finish(outputs)), {
    threads: 2,
    weightsFolder: weights.folder,
  });
  const result = await session.run(new Map([['images', images]]));
  await session.release();
  return result;
}

describe.each(['11-swin-window7', '12a-swin-window12-geometry', '12b-swin-window12-small'])(
  'the forward of %s',
  (name) => {
    const path = referenceFile(join('forward', `${name}.safetensors`));

    it.skipIf(path === null)('agrees with the published code, block by block', async () => {
      const file = await readSafetensorsHeader(path!);
      const spec = specOf(file);
      const images = await readTensorFloat32(file, tensorNamed(file, 'input.images'));
      const outputs = await forward(spec, await openWeightFile(path!, 'backbone.'), images);
      expect(outputs.size).toBe(spec.depths.reduce((sum, depth) => sum + depth, 0) + spec.depths.length + 2);
      for (const [output, values] of outputs) {
        const expected = await readTensorFloat32(file, tensorNamed(file, `expect.${output}`));
        expect(relativeL2(values, expected), output).toBeLessThanOrEqual(1e-5);
      }
      const head = file.tensors.get('backbone.head.fc.bias');
      expect(head === undefined).toBe(file.metadata.get('num_classes') === '0');
      if (head === undefined) return;
      const [weight, bias, expected] = await Promise.all(
        ['backbone.head.fc.weight', 'backbone.head.fc.bias', 'expect.logits'].map((tensor) =>
          readTensorFloat32(file, tensorNamed(file, tensor)),
        ),
      );
      const pooled = [...outputs.get('pooled')!];
      const width = pooled.length / 2;
      const logits = product([pooled.slice(0, width), pooled.slice(width)], weight!, bias!, bias!.length).flat();
      expect(relativeL2(logits, expected!)).toBeLessThanOrEqual(1e-5);
    });

    it.skipIf(path === null)('uses the masks and relative positions of the published code', async () => {
      const file = await readSafetensorsHeader(path!);
      const stages = swinStages(specOf(file));
      const shifted = stages.filter(({ shift }) => shift > 0);
      for (const { firstBlock, grid, window, shift } of shifted) {
        const expected = await readTensorFloat32(file, tensorNamed(file, `expect.attn_mask.${firstBlock + 1}`));
        // Block by block the tensors agree exactly, down to the sign of zero.
        expect(shiftMask({ grid, window, shift })).toEqual(expected.map((value) => value + 0));
      }
      const masks = [...file.tensors.keys()].filter((tensor) => tensor.startsWith('expect.attn_mask.'));
      expect(masks).toHaveLength(shifted.length);
      for (const window of new Set(stages.map((stage) => stage.window))) {
        const tensor = tensorNamed(file, `expect.relative_position_index.window${window}`);
        expect(relativePositions(window)).toEqual([...(await readTensorInt64(file, tensor))].map(Number));
      }
    });

    it.skipIf(path === null)('is the same where a merging is named after the stage before it', async () => {
      const file = await readSafetensorsHeader(path!);
      const spec = specOf(file);
      const tensors: TensorToEncode[] = [];
      for (const [tensor, { dtype, shape }] of file.tensors) {
        if (!tensor.startsWith('backbone.')) continue;
        const older = tensor
          .slice('backbone.'.length)
          .replace(/^layers\.(\d+)\.downsample\./, (_, stage) => `layers.${Number(stage) - 1}.downsample.`);
        tensors.push({ name: older, dtype, shape, data: await readTensorBytes(file, tensorNamed(file, tensor)) });
      }
      const target = join(directory, `${name}.safetensors`);
      await writeAtomic(target, encodeSafetensors(tensors, {}));
      const images = await readTensorFloat32(file, tensorNamed(file, 'input.images'));
      const weights = await openWeightFile(target);
      expect(mergingAt((tensor) => weights.tensors.has(tensor))).toBe('stage before');
      const outputs = await forward(spec, weights, images);
      const expected = await forward(spec, await openWeightFile(path!, 'backbone.'), images);
      expect(outputs.get('tokens')).toEqual(expected.get('tokens'));
    });
  },
);

describe('a Swin', () => {
  it('has the published numbers of parameters', () => {
    const parameters = (spec: SwinSpec): number =>
      [...swinTensors(spec).values()].reduce((sum, shape) => sum + elementCount(shape), 0);
    expect(parameters(model('swin_tiny_patch4_window7_224'))).toBe(27_519_354);
    expect(parameters(model('swin_small_patch4_window7_224'))).toBe(48_837_258);
    expect(parameters(model('swin_base_patch4_window7_224'))).toBe(86_743_224);
  });

  it('costs what the paper says: 4.5, 8.7, 15.4 and 47.0 G multiply-adds a photo', () => {
    const multiplyAdds = (spec: SwinSpec): number => {
      const b = new GraphBuilder('forward');
      const tensors = new Map(
        [...swinTensors(spec)].map(([name, shape]) => [
          name,
          { dtype: 'float32' as const, shape, start: 0, end: 4 * elementCount(shape) },
        ]),
      );
      const weights = new Weights(b, { folder: '', file: 'weights', prefix: '', tensors });
      const images = b.input('images', [1, 3, spec.imageSize, spec.imageSize]);
      const tokens = swinTokens(b, { spec, weights, images });
      return flopsOf(b.finish({ features: swinFeatures(b, spec, weights, tokens) })) / 2e9;
    };
    const expected = new Map([
      ['swin_tiny_patch4_window7_224', 4.5],
      ['swin_small_patch4_window7_224', 8.7],
      ['swin_base_patch4_window7_224', 15.4],
      ['swin_base_patch4_window12_384', 47.0],
    ]);
    for (const [name, giga] of expected) {
      expect(Math.abs(multiplyAdds(model(name) as SwinSpec) / giga - 1), name).toBeLessThanOrEqual(0.02);
    }
  });

  it('names its tensors alike in both namings but for the mergings', () => {
    for (const spec of swinModels.values()) {
      const [now, before] = [swinTensors(spec), swinTensors(spec, 'stage before')];
      const others = (names: Iterable<string>): string[] => [...names].filter((name) => !name.includes('downsample'));
      expect(others(before.keys())).toEqual(others(now.keys()));
      expect(before.size).toBe(now.size);
      expect(mergingAt((name) => now.has(name))).toBe('stage');
      expect(mergingAt((name) => before.has(name))).toBe('stage before');
    }
  });

  it('is refused where its grids, windows or heads do not fit', () => {
    const tiny = model('swin_tiny_patch4_window7_224');
    const check = (changes: Partial<SwinSpec>) => () => checkSwinSpec({ ...tiny, ...changes });
    expect(check({ imageSize: 230 })).toThrow(/no whole grid at stage 0 \(57\.5 tokens\)/);
    expect(check({ imageSize: 260 })).toThrow(/65 at stage 0 is not a multiple of the window, 7/);
    expect(check({ windowSize: 8, imageSize: 224 })).toThrow(/28 at stage 1 is not a multiple of the window, 8/);
    expect(check({ heads: [3, 6, 12] })).toThrow(/4 stages have 3 numbers of heads/);
    expect(check({ heads: [3, 6, 12, 36] })).toThrow(/width 768 is not a multiple of 36 heads/);
  });
});

import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import onnxProto from 'onnx-proto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Method } from '../adapters/method.ts';
import { trainedParameters } from '../adapters/method.ts';
import { encodeSafetensors } from '../formats/safetensors.ts';
import { float32ToHalf } from '../half.ts';
import { Predictor } from '../infer/predictor.ts';
import { backboneTensors } from '../models/backbone-spec.ts';
import type { BackboneSpec } from '../models/backbone-spec.ts';
import type { SwinName, VitName } from '../models/registry.ts';
import { model } from '../models/registry.ts';
import { dtlPlus, randomParameters, tinyBackbone } from '../testing/tiny-network.ts';
import type { TinyBackbone } from '../testing/tiny-network.ts';
import type { OnnxExportOptions } from './export-onnx.ts';
import { exportOnnx } from './export-onnx.ts';

const { onnx } = onnxProto;
const CLASSES = 5;
const norm = { mean: [0.5, 0.4, 0.3], std: [0.2, 0.3, 0.4] } as const;
let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dtl-export-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const methods: readonly [string, (name: VitName | SwinName) => Method][] = [
  ['DTL', (name) => ({ ...dtlPlus(model(name)), name: 'dtl', kernel: 0 })],
  ['DTL+', (name) => dtlPlus(model(name), { kernel: 3 })],
  ['a linear probe', () => ({ name: 'linear' })],
];

/** Writes an adapter and returns everything that an export needs to know. */
async function optionsFor(name: VitName | SwinName, weightsPath: string, method: Method): Promise<OnnxExportOptions> {
  const spec = model(name);
  const shapes = trainedParameters(method, spec, CLASSES);
  const adapterPath = join(folder, 'adapter.safetensors');
  const tensors = [...randomParameters(method, spec, CLASSES, 0.3)].map(([tensor, values]) => ({
    name: tensor,
    dtype: 'float32' as const,
    shape: shapes.get(tensor) ?? [],
    data: new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
  }));
  await writeFile(adapterPath, encodeSafetensors(tensors, {}));
  return {
    path: join(folder, 'model.onnx'),
    weightsPath,
    tensorPrefix: '',
    spec,
    method,
    classes: CLASSES,
    adapterPath,
    preprocessing: { ...norm, imageSize: spec.imageSize, fit: 'squash', padding: 128 },
    metadata: { class_names: '["a","b","c","d","e"]' },
    threads: 1,
  };
}

const quiet = { written: () => Promise.resolve(), check: () => Promise.resolve() };

function pixelsOf(side: number): Uint8Array {
  return Uint8Array.from({ length: 3 * side * side }, (_, at) => (at * 37 + at * at * 7) % 256);
}

async function predicted(options: OnnxExportOptions, pixels: Uint8Array): Promise<readonly number[]> {
  const predictor = await Predictor.open({ ...options, normalisation: norm, batch: 1 });
  const [logits = []] = await predictor.logits([pixels]);
  await predictor.close();
  return logits;
}

interface Decoded {
  readonly opsetImport: readonly { readonly domain: string; readonly version: number }[];
  readonly metadataProps: readonly { readonly key: string; readonly value: string }[];
  readonly graph: {
    readonly node: readonly { readonly opType: string; readonly domain?: string }[];
    readonly input: readonly { readonly name: string }[];
    readonly initializer: readonly {
      readonly name: string;
      readonly dataType: number;
      readonly dataLocation?: string;
    }[];
  };
}

async function decoded(path: string): Promise<Decoded> {
  const message = onnx.ModelProto.decode(await readFile(path));
  return onnx.ModelProto.toObject(message, { longs: Number, enums: String, arrays: true }) as unknown as Decoded;
}

const open = {
  test_vit_4x12: (): Promise<TinyBackbone<BackboneSpec>> => tinyBackbone('test_vit_4x12'),
  test_swin_2_2_4_2: (): Promise<TinyBackbone<BackboneSpec>> => tinyBackbone('test_swin_2_2_4_2'),
};

describe.each(['test_vit_4x12', 'test_swin_2_2_4_2'] as const)('a file of %s', (name) => {
  let backbone: TinyBackbone<BackboneSpec>;
  beforeAll(async () => {
    backbone = await open[name]();
  });
  afterAll(() => backbone.remove());

  it.each(methods)('gives the logits of the program, with %s', async (_, methodOf) => {
    const options = await optionsFor(name, backbone.path, methodOf(name));
    const side = options.spec.imageSize;
    const pixels = pixelsOf(side);
    const expected = await predicted(options, pixels);
    let logits: readonly number[] = [];
    const bytes = await exportOnnx(options, {
      ...quiet,
      check: async (classify) => {
        logits = [...(await classify({ width: side, height: side, samples: pixels }))];
      },
    });
    expect(logits).toHaveLength(CLASSES);
    logits.forEach((value, at) => expect(value).toBeCloseTo(expected[at] ?? NaN, 4));
    expect((await readFile(options.path)).length).toBe(bytes);
  });

  it('holds everything inside, in operators of the standard alone, and takes one input', async () => {
    const options = await optionsFor(name, backbone.path, dtlPlus(model(name), { kernel: 3 }));
    await exportOnnx(options, quiet);
    const { opsetImport, metadataProps, graph } = await decoded(options.path);
    expect(opsetImport).toEqual([{ domain: '', version: 18 }]);
    expect(graph.node.filter(({ domain }) => domain !== undefined && domain !== '')).toEqual([]);
    expect(graph.input.map((input) => input.name)).toEqual(['image']);
    expect(graph.initializer.filter(({ dataLocation }) => dataLocation === 'EXTERNAL')).toEqual([]);
    expect(graph.initializer.map((tensor) => tensor.name)).toContain('head.weight');
    expect(metadataProps).toEqual([{ key: 'class_names', value: '["a","b","c","d","e"]' }]);
  });

  it('is the same, byte for byte, when it is written again', async () => {
    const options = await optionsFor(name, backbone.path, dtlPlus(model(name)));
    await exportOnnx(options, quiet);
    const first = await readFile(options.path);
    await exportOnnx(options, quiet);
    expect((await readFile(options.path)).equals(first)).toBe(true);
  });
});

describe('an export', () => {
  let backbone: TinyBackbone;
  beforeAll(async () => {
    backbone = await tinyBackbone('test_vit_4x12');
  });
  afterAll(() => backbone.remove());
  const own = () => optionsFor('test_vit_4x12', backbone.path, dtlPlus(backbone.spec));

  it('keeps half-precision weights as they are stored', async () => {
    const halves = join(folder, 'half.safetensors');
    const tensors = [...backboneTensors(backbone.spec)].map(([name, shape]) => {
      const bits = float32ToHalf(Float32Array.from(backbone.values.get(name)!));
      const data = new Uint8Array(bits.buffer, bits.byteOffset, bits.byteLength);
      return { name, dtype: 'float16' as const, shape, data };
    });
    await writeFile(halves, encodeSafetensors(tensors, {}));
    const options = await optionsFor('test_vit_4x12', halves, dtlPlus(backbone.spec));
    const pixels = pixelsOf(backbone.spec.imageSize);
    const expected = await predicted(options, pixels);
    const side = backbone.spec.imageSize;
    await exportOnnx(options, {
      ...quiet,
      check: async (classify) => {
        const logits = await classify({ width: side, height: side, samples: pixels });
        logits.forEach((value, at) => expect(value).toBeCloseTo(expected[at] ?? NaN, 4));
      },
    });
    const { graph } = await decoded(options.path);
    const stored = graph.initializer.filter(({ name }) => name.startsWith('blocks.0.mlp'));
    const half = onnx.TensorProto.DataType.FLOAT16;
    expect(stored.map(({ dataType }) => dataType)).toEqual(stored.map(() => half));
    expect(stored).toHaveLength(4);
  });

  it('that does not stand its trial leaves the file that was there, and nothing else', async () => {
    const options = await own();
    await writeFile(options.path, 'older');
    const before = await readdir(folder);
    await expect(exportOnnx(options, { ...quiet, check: () => Promise.reject(new Error('no')) })).rejects.toThrow('no');
    await expect(
      exportOnnx(options, { ...quiet, written: () => Promise.reject(new Error('stopped')) }),
    ).rejects.toThrow('stopped');
    expect(await readFile(options.path, 'utf8')).toBe('older');
    expect(await readdir(folder)).toEqual(before);
  });

  it('takes photos of one pixel, and of one line', async () => {
    for (const fit of ['squash', 'crop', 'pad'] as const) {
      const options = await own();
      await exportOnnx(
        { ...options, preprocessing: { ...options.preprocessing, fit } },
        {
          ...quiet,
          check: async (classify) => {
            for (const [width, height] of [
              [1, 1],
              [1, 500],
              [500, 1],
              [37, 2],
            ] as const) {
              const samples = new Uint8Array(3 * width * height).fill(90);
              const logits = await classify({ width, height, samples });
              expect([...logits].every(Number.isFinite), `${fit} ${width}x${height}`).toBe(true);
            }
          },
        },
      );
    }
  });

  it('does not take the place of what it is made of, or of a folder', async () => {
    const options = await own();
    const before = await readFile(options.adapterPath);
    for (const [path, code] of [
      [options.adapterPath, 'export.over-source'],
      [options.weightsPath, 'export.over-source'],
      [folder, 'export.is-a-folder'],
    ] as const) {
      await expect(exportOnnx({ ...options, path }, quiet), code).rejects.toMatchObject({ code });
    }
    expect((await readFile(options.adapterPath)).equals(before)).toBe(true);
  });

  it('is refused with the name of a tensor that the adapter does not have', async () => {
    const options = await own();
    await writeFile(options.adapterPath, encodeSafetensors([], {}));
    await expect(exportOnnx(options, quiet)).rejects.toMatchObject({ code: 'adapter.tensors' });
  });
});

import fc from 'fast-check';
import { mkdtemp, readFile, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { canonicalJson } from '#app/domain/canonical-json.ts';
import { AppError } from '#app/domain/errors.ts';
import type { PackContent } from '#app/domain/pack-content.ts';
import { sideParameterCount } from '#app/domain/side-parameters.ts';
import { encodeSafetensors, parseSafetensors, tensorBytes } from '#native-models/formats/safetensors.ts';
import { dtlPlus, packContent, tinySpec, tinySwin, vitBase } from '../testing/packs.ts';
import { decodePack } from './decode.ts';
import { encodePack } from './encode.ts';
import { readPack, readTrained, writePack } from './pack-files.ts';

function refusal(bytes: Uint8Array): AppError {
  try {
    decodePack(bytes, 'some.safetensors');
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  return expect.fail('the pack was accepted');
}

const problems = (bytes: Uint8Array): string => {
  const error = refusal(bytes);
  expect(error).toMatchObject({ code: 'pack.invalid', kind: 'expected' });
  expect(error.message).toContain('"some.safetensors"');
  return (error.data['problems'] as string[]).join('\n');
};

/** The same pack with other metadata; null takes a key away. */
function withMetadata(changes: Readonly<Record<string, unknown>>, content: PackContent = packContent()): Uint8Array {
  const file = parseSafetensors(encodePack(content), 'x');
  const metadata = new Map(file.metadata);
  for (const [key, value] of Object.entries(changes)) {
    if (value === null) metadata.delete(key);
    else metadata.set(key, typeof value === 'string' ? value : canonicalJson(value));
  }
  const tensors = [...file.tensors.values()].map((entry) => ({ ...entry, data: tensorBytes(file, entry) }));
  return encodeSafetensors(tensors, Object.fromEntries(metadata));
}

interface Tensor {
  name: string;
  dtype: 'float32' | 'int32';
  shape: readonly number[];
  data: Uint8Array;
}

function withTensors(change: (tensors: Tensor[]) => Tensor[]): Uint8Array {
  const file = parseSafetensors(encodePack(packContent()), 'x');
  const tensors = [...file.tensors.values()].map(({ name, shape, ...entry }): Tensor => ({
    name,
    shape,
    dtype: 'float32',
    data: tensorBytes(file, { name, shape, ...entry }),
  }));
  return encodeSafetensors(change(tensors), Object.fromEntries(file.metadata));
}

function without(content: PackContent, name: string): PackContent {
  return { ...content, tensors: new Map([...content.tensors].filter(([key]) => key !== name)) };
}

const registers = {
  ...tinySpec,
  registers: 4,
  positions: 'patches',
  layerScale: true,
  activation: 'quick-gelu',
} as const;

describe('a pack', () => {
  it.each([
    ['DTL+', packContent()],
    ['DTL', packContent(tinySpec, 2, { ...dtlPlus(tinySpec, 3), name: 'dtl', kernel: 0 } as PackContent['method'])],
    ['a linear probe', packContent(tinySpec, 5, { name: 'linear' })],
    ['on a Swin', packContent(tinySwin)],
    ['on a ViT of another family', packContent(registers)],
  ])('comes back as it was: %s', (_, content) => {
    expect(decodePack(encodePack(content), 'x')).toEqual(content);
  });

  it('has the same bytes for the same content, in whatever order it was put together', () => {
    const content = packContent();
    const { width, ...rest } = content.backbone.spec;
    const shuffled: PackContent = {
      ...content,
      tensors: new Map([...content.tensors].reverse()),
      backbone: { ...content.backbone, spec: { ...rest, width } },
      provenance: {
        ...content.provenance,
        plan: Object.fromEntries(Object.entries(content.provenance.plan).reverse()),
      },
    };
    expect(Buffer.compare(encodePack(content), encodePack(shuffled))).toBe(0);
    expect(Buffer.compare(encodePack(content), encodePack(decodePack(encodePack(content), 'x')))).toBe(0);
  });

  it('says of a plain ViT what version 1 said, and is of version 2 where that does not suffice', () => {
    const metadataOf = (content: PackContent) => parseSafetensors(encodePack(content), 'x').metadata;
    const specOf = (content: PackContent): unknown =>
      (JSON.parse(metadataOf(content).get('backbone') ?? '') as { spec: unknown }).spec;
    expect(metadataOf(packContent()).get('format_version')).toBe('1');
    expect(Object.keys(specOf(packContent()) as object).sort()).toEqual([
      'depth',
      'family',
      'heads',
      'imageSize',
      'layerNormEps',
      'mlpWidth',
      'patchSize',
      'width',
    ]);
    expect(specOf(packContent(registers))).toMatchObject({ registers: 4, positions: 'patches', layerScale: true });
    for (const content of [packContent(registers), packContent(tinySwin)]) {
      expect(metadataOf(content).get('format_version')).toBe('2');
      expect(problems(withMetadata({ format_version: '1' }, content))).toContain('needs version 2 of the format');
    }
  });

  it('has the metadata of its description, and tensors that any reader opens', () => {
    const file = parseSafetensors(encodePack(packContent()), 'x');
    expect([...file.metadata.keys()].sort()).toEqual([
      'backbone',
      'class_names',
      'format',
      'format_version',
      'method',
      'metrics',
      'preprocessing',
      'provenance',
      'self_test',
    ]);
    expect(file.metadata.get('format')).toBe('dtl-studio-pack');
    expect(file.metadata.get('class_names')).toBe('["class 0","class 1","class 2"]');
    expect([...file.tensors.values()].map(({ name, dtype, shape }) => [name, dtype, shape])).toEqual([
      ...[0, 1, 2, 3].flatMap((i) => [
        [`blocks.${i}.dtl.down`, 'float32', [2, 12]],
        [`blocks.${i}.dtl.up`, 'float32', [12, 2]],
      ]),
      ['dtl.conv', 'float32', [12, 1, 5, 5]],
      ['head.weight', 'float32', [3, 12]],
      ['head.bias', 'float32', [3]],
    ]);
  });

  it('has at most 0.3 MB on ViT-B/16 with a 5x5 kernel and 10 classes', () => {
    const content = packContent(vitBase, 10);
    expect(sideParameterCount(content.method, vitBase)).toBe(56_064);
    const bytes = encodePack(content);
    expect(bytes.length).toBeGreaterThan(4 * (56_064 + 7690));
    expect(bytes.length).toBeLessThan(300_000);
    expect(decodePack(bytes, 'x')).toEqual(content);
  });

  it('leaves out what the loss does not reach, and accepts it from others', () => {
    const method = { ...dtlPlus(tinySpec, 3), adapt: [2] } as PackContent['method'];
    const content = packContent(tinySpec, 3, method);
    const unreached = { shape: [2, 12], values: new Float32Array(24) };
    const larger = { ...content, tensors: new Map([...content.tensors, ['blocks.3.dtl.down', unreached] as const]) };
    expect(decodePack(encodePack(larger), 'x').tensors.has('blocks.3.dtl.down')).toBe(false);
    const file = parseSafetensors(encodePack(content), 'x');
    const tensors = [...file.tensors.values()].map((entry) => ({ ...entry, data: tensorBytes(file, entry) }));
    const extra = { name: 'blocks.3.dtl.down', dtype: 'float32' as const, shape: [2, 12], data: new Uint8Array(96) };
    const bytes = encodeSafetensors([...tensors, extra], Object.fromEntries(file.metadata));
    expect(decodePack(bytes, 'x').tensors.has('blocks.3.dtl.down')).toBe(true);
  });

  it('is not written when it could not be read', () => {
    const content = packContent();
    const weight = content.tensors.get('head.weight') ?? expect.fail();
    const diverged = { ...weight, values: weight.values.with(17, NaN) };
    expect(() => encodePack({ ...content, tensors: new Map([...content.tensors, ['head.weight', diverged]]) })).toThrow(
      /"head\.weight" is NaN at \[1, 5\]/,
    );
    expect(() => encodePack(without(content, 'dtl.conv'))).toThrow(/"dtl\.conv" is missing/);
    expect(() => encodePack({ ...content, selfTest: [] })).toThrow(/"self_test"/);
    expect(() => encodePack({ ...content, selfTest: content.selfTest.map((row) => row.map(() => Infinity)) })).toThrow(
      /"self_test"/,
    );
  });
});

describe('a file from elsewhere', () => {
  it('is refused when it is no pack', () => {
    expect(refusal(new Uint8Array(100)).code).toBe('pack.damaged');
    expect(refusal(encodePack(packContent()).subarray(0, -1))).toMatchObject({
      code: 'pack.damaged',
      data: { reason: 'safetensors.out-of-range' },
    });
    expect(refusal(encodeSafetensors([], {})).code).toBe('pack.not-a-pack');
    const backbone = {
      name: 'patch_embed.proj.weight',
      dtype: 'float32' as const,
      shape: [1],
      data: new Uint8Array(4),
    };
    expect(refusal(encodeSafetensors([backbone], {})).message).toContain('looks like a backbone');
  });

  it('is refused in plain words when its format is newer, and by name when it is unknown', () => {
    const newer = refusal(withMetadata({ format_version: '3', method: 'of the future' }));
    expect(newer).toMatchObject({ code: 'pack.newer', data: { version: '3' } });
    expect(newer.message).toContain('Update the program');
    for (const version of ['0', '-1', '1.0', 'x', '']) {
      expect(problems(withMetadata({ format_version: version }))).toContain('"format_version"');
    }
  });

  it('is refused with every tensor that is missing, surplus, mis-shaped, not finite or of another type', () => {
    const found = problems(
      withTensors((tensors) => [
        ...tensors
          .filter(({ name }) => name !== 'blocks.2.dtl.up')
          .map((tensor) => {
            if (tensor.name === 'blocks.0.dtl.down') return { ...tensor, shape: [12, 2] };
            if (tensor.name !== 'dtl.conv') return tensor;
            const values = new Float32Array(300).fill(1).with(299, -Infinity);
            return { ...tensor, data: new Uint8Array(values.buffer) };
          }),
        { name: 'blocks.4.dtl.down', dtype: 'float32', shape: [1], data: new Uint8Array(4) },
      ]),
    );
    expect(found.split('\n')).toEqual([
      'The tensor "blocks.2.dtl.up" is missing.',
      'The tensor "blocks.0.dtl.down" has the shape [12, 2], needed is [2, 12].',
      'The tensor "dtl.conv" is -Infinity at [11, 0, 4, 4].',
      'There is a tensor "blocks.4.dtl.down" too many.',
    ]);
    const int = problems(withTensors((all) => all.map((t) => (t.name === 'head.bias' ? { ...t, dtype: 'int32' } : t))));
    expect(int).toBe('The tensor "head.bias" holds int32, a pack holds float32.');
  });

  it('is refused when the class names are not as many as the rows of the head', () => {
    const found = problems(withMetadata({ class_names: ['a', 'b'] }));
    expect(found).toContain('"head.weight" has the shape [3, 12], needed is [2, 12] for 2 classes');
    expect(found).toContain('"self_test": 3 logits an image, but 2 class names');
  });

  const good = packContent();
  const spec = good.backbone.spec;
  it.each<[string, Record<string, unknown>, string]>([
    ['a missing key', { metrics: null }, '"metrics"'],
    ['an unknown key', { surprise: {} }, '"surprise"'],
    ['a key that objects inherit', { __proto__: null, ['constructor']: { prototype: {} } }, 'constructor'],
    ['no JSON', { method: '{' }, '"method": not a JSON text'],
    ['a method that nobody knows', { method: { name: 'lora' } }, '"method" at name'],
    ['an unknown setting', { method: { ...good.method, extra: 1 } }, '"method": Unrecognized key: "extra"'],
    ['a block that is not there', { method: { ...good.method, adapt: [2, 4] } }, 'names block 4'],
    ['a kernel of DTL', { method: { ...good.method, name: 'dtl' } }, 'dtl cannot have a kernel of 5'],
    ['two classes of one name', { class_names: ['a', 'b', 'a'] }, 'the same name'],
    ['one class', { class_names: ['a'] }, 'fewer than two'],
    ['a million class names', { class_names: Array.from({ length: 1_000_000 }, () => 0) }, '"class_names"'],
    ['an empty name', { class_names: ['a', 'b', ''] }, '"class_names" at 2'],
    [
      'a name with an escape',
      { class_names: ['a', 'b', '\u001b[2Jc'] },
      '"class_names" at 2: a class name has 1 to 100',
    ],
    ['a name of two lines', { class_names: ['a\nb', 'b'] }, '"class_names" at 0: a class name has 1 to 100'],
    [
      'a name of 300 characters',
      { class_names: ['a', 'b'.repeat(300)] },
      '"class_names" at 1: a class name has 1 to 100',
    ],
    ['another image size', { preprocessing: { ...good.preprocessing, imageSize: 64 } }, 'photos of 64 px'],
    ['a deviation of zero', { preprocessing: { ...good.preprocessing, std: [1, 0, 1] } }, '"preprocessing" at std.1'],
    [
      'an empty range',
      { preprocessing: { ...good.preprocessing, sixteenBit: { kind: 'percentiles', low: 9, high: 9 } } },
      'below',
    ],
    [
      'an identity in capitals',
      { backbone: { ...good.backbone, identity: 'AB'.repeat(32) } },
      '"backbone" at identity',
    ],
    [
      'heads that do not divide',
      { backbone: { ...good.backbone, spec: { ...spec, heads: 5 } } },
      'multiple of the heads',
    ],
    ['a patch that does not divide', { backbone: { ...good.backbone, spec: { ...spec, patchSize: 7 } } }, 'patch size'],
    [
      'a network beyond reason',
      { backbone: { ...good.backbone, spec: { ...spec, width: 3e9 } } },
      '"backbone" at spec.width',
    ],
    [
      'a number beyond float64',
      { metrics: '{"validation":null,"test":{"loss":1e999,"accuracy":1,"macroF1":1},"probe":null}' },
      '"metrics"',
    ],
    [
      'another generator',
      {
        self_test: { generator: { name: 'x', version: 1, seed: 0, count: 4 }, logits: good.selfTest, tolerance: 1e-3 },
      },
      'generator.name',
    ],
    [
      'a tolerance of its own',
      {
        self_test: {
          generator: { name: 'dtl-structured-noise', version: 1, seed: 0, count: 4 },
          logits: good.selfTest,
          tolerance: 1e9,
        },
      },
      'tolerance',
    ],
    [
      'settings that are not flat',
      { provenance: { ...good.provenance, recipe: { a: {} } } },
      '"provenance" at recipe.a',
    ],
  ])('is refused for %s', (_, changes, expected) => {
    expect(problems(withMetadata(changes))).toContain(expected);
  });

  it('may have settings of a later program in its recipe and plan', () => {
    const provenance = { ...good.provenance, recipe: { ...good.provenance.recipe, mixup: 0.2, note: null } };
    expect(decodePack(withMetadata({ provenance }), 'x').provenance).toEqual(provenance);
  });

  it('is a pack or an AppError, whatever was changed in it', () => {
    const bytes = encodePack(packContent(tinySpec, 2, { name: 'linear' }));
    const change = fc.record({ at: fc.nat({ max: bytes.length - 1 }), to: fc.nat({ max: 255 }) });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 6 }), fc.nat({ max: 40 }), (changes, cut) => {
        const damaged = Uint8Array.from(bytes.subarray(0, bytes.length - (cut < 30 ? 0 : cut)));
        for (const { at, to } of changes) if (at < damaged.length) damaged[at] = to;
        try {
          const content = decodePack(damaged, 'x');
          // What is accepted is a pack: it can be written, and says the same (bytes, since JSON knows no -0).
          const written = encodePack(content);
          expect(encodePack(decodePack(written, 'x'))).toEqual(written);
        } catch (error) {
          if (!(error instanceof AppError)) throw error;
          expect(error.code).toMatch(/^pack\.(damaged|invalid|not-a-pack|newer)$/);
          expect(error.message.length).toBeLessThan(10_000);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('is a pack or an AppError, whatever JSON its metadata holds', () => {
    const key = fc.constantFrom(
      'method',
      'class_names',
      'preprocessing',
      'backbone',
      'metrics',
      'provenance',
      'self_test',
      '__proto__',
    );
    fc.assert(
      fc.property(key, fc.json(), (name, json) => {
        expect(refusal(withMetadata({ [name]: json })).code).toBe('pack.invalid');
      }),
      { numRuns: 300 },
    );
  });
});

describe('a pack on disk', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'packs-'));
  });
  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  it('is written whole and read back, with its hash', async () => {
    const path = join(folder, 'a.safetensors');
    const written = await writePack(path, packContent());
    expect({ ...(await readPack(path)), path }).toEqual(written);
    expect(written.bytes).toBe((await readFile(path)).length);
    expect(written.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(await readdir(folder)).toEqual(['a.safetensors']);
  });

  it('gives the tensors of a run, whatever else the file says', async () => {
    const path = join(folder, 'weights.safetensors');
    await writeFile(path, withMetadata({ format: 'weights', method: null }));
    expect(await readTrained(path)).toEqual(packContent().tensors);
  });

  it('is not even read when it is too large, and named when it is missing', async () => {
    const path = join(folder, 'huge.safetensors');
    await writeFile(path, '');
    await truncate(path, 300 * 1024 * 1024);
    await expect(readPack(path)).rejects.toMatchObject({ code: 'pack.too-large' });
    await expect(readPack(join(folder, 'none'))).rejects.toMatchObject({ code: 'files.missing' });
    await expect(readPack(folder)).rejects.toMatchObject({ code: 'files.is-a-folder' });
  });
});

/**
 * Broken checkpoints, one a line of a table. Each is refused with an error that names the thing, and the store is as it was:
 * the same files with the same bytes. All of them together take a second or two; one that hung would meet the test's limit.
 */
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { AppError } from '#app/domain/errors.ts';
import type { TestTensor } from '../testing/checkpoints.ts';
import { checkpoint, float32, vitTensors } from '../testing/checkpoints.ts';
import type { ZipMember } from '../testing/npz.ts';
import { npy, npz, zip } from '../testing/npz.ts';
import { importBackbone } from './import.ts';

let folder = '';
let store = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'broken-'));
  store = join(folder, 'store');
  await mkdir(store);
  // A backbone that is there already must not be touched either.
  await writeFile(join(folder, 'good.safetensors'), checkpoint());
  await importBackbone(join(folder, 'good.safetensors'), store);
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function listing(): Promise<readonly string[]> {
  const names = (await readdir(store)).sort();
  return Promise.all(
    names.map(async (name) => {
      const path = join(store, name);
      const [bytes, { mode }] = await Promise.all([readFile(path), stat(path)]);
      return `${name} ${mode.toString(8)} ${createHash('sha256').update(bytes).digest('hex')}`;
    }),
  );
}

/** A safetensors file of any header over any bytes. */
function raw(header: string | object, data: Uint8Array = new Uint8Array(), declared?: bigint): Uint8Array {
  const text = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(declared ?? BigInt(text.length));
  return Buffer.concat([length, text, data]);
}

/** The good file with its header changed as text. */
function edited(change: (header: string) => string): Uint8Array {
  const file = Buffer.from(checkpoint());
  const length = Number(file.readBigUInt64LE(0));
  return raw(change(file.subarray(8, 8 + length).toString()), file.subarray(8 + length));
}

/** The good tensors, one of them changed or left out. */
function changed(name: string, change: (tensor: TestTensor) => TestTensor | null): Uint8Array {
  const tensors = vitTensors().map((tensor) => (tensor.name === name ? change(tensor) : tensor));
  return checkpoint(tensors.filter((tensor) => tensor !== null));
}

const anyOffsets = (begin: number | string, end: number | string) => (header: string) =>
  header.replace(/("cls_token":\{[^}]*"data_offsets":)\[\d+,\d+\]/, `$1[${begin},${end}]`);

/** Google's names over a network of width 4, one block, patches of 2 in images of 4 pixels. */
function googleTensors(): TestTensor[] {
  const block = 'Transformer/encoderblock_0';
  const attention = `${block}/MultiHeadDotProductAttention_1`;
  return [
    float32('embedding/kernel', [2, 2, 3, 4]),
    float32('embedding/bias', [4]),
    float32('cls', [1, 1, 4]),
    float32('Transformer/posembed_input/pos_embedding', [1, 5, 4]),
    ...['query', 'key', 'value'].flatMap((part) => [
      float32(`${attention}/${part}/kernel`, [4, 2, 2]),
      float32(`${attention}/${part}/bias`, [2, 2]),
    ]),
    float32(`${attention}/out/kernel`, [2, 2, 4]),
    float32(`${attention}/out/bias`, [4]),
    ...['LayerNorm_0', 'LayerNorm_2'].flatMap((norm) => [
      float32(`${block}/${norm}/scale`, [4]),
      float32(`${block}/${norm}/bias`, [4]),
    ]),
    float32(`${block}/MlpBlock_3/Dense_0/kernel`, [4, 8]),
    float32(`${block}/MlpBlock_3/Dense_0/bias`, [8]),
    float32(`${block}/MlpBlock_3/Dense_1/kernel`, [8, 4]),
    float32(`${block}/MlpBlock_3/Dense_1/bias`, [4]),
    float32('Transformer/encoder_norm/scale', [4]),
    float32('Transformer/encoder_norm/bias', [4]),
  ];
}

const members = (): ZipMember[] =>
  googleTensors().map(({ name, shape, data }) => ({ name: `${name}.npy`, bytes: npy(shape, data) }));

/** Google's archive with the member `cls.npy` in another form. */
const withCls = (member: Partial<ZipMember>): Uint8Array =>
  zip(members().map((each) => (each.name === 'cls.npy' ? { ...each, ...member } : each)));

const clsNumbers = (): Uint8Array => float32('cls', [1, 1, 4]).data;
const google = (change: (tensors: TestTensor[]) => TestTensor[]): Uint8Array => npz(change(googleTensors()));
const zeros = (bytes: number): Uint8Array => npy([bytes / 4], new Uint8Array(bytes));

interface Broken {
  readonly name: string;
  readonly bytes: () => Uint8Array;
  readonly code: string;
  /** What the message has to name. */
  readonly names: readonly string[];
  readonly file?: string;
}

const damaged = (name: string, bytes: () => Uint8Array, ...names: string[]): Broken => ({
  name,
  bytes,
  code: 'backbone.damaged',
  names,
});
const tensors = (name: string, bytes: () => Uint8Array, ...names: string[]): Broken => ({
  name,
  bytes,
  code: 'backbone.tensors',
  names,
});
const archive = (name: string, bytes: () => Uint8Array, ...names: string[]): Broken => ({
  ...damaged(name, bytes, ...names),
  file: 'model.npz',
});

const broken: readonly Broken[] = [
  // Safetensors: the container.
  damaged('an empty file', () => new Uint8Array(), '0 bytes'),
  damaged('seven bytes', () => new Uint8Array(7), '7 bytes'),
  damaged('text that is no checkpoint', () => Buffer.from('version https://git-lfs.github.com/spec/v1\n'), 'header'),
  damaged('the last byte cut off', () => checkpoint().subarray(0, -1), 'cut off'),
  damaged('the second half cut off', () => checkpoint().subarray(0, checkpoint().length / 2), 'cut off'),
  damaged('a header cut in the middle', () => checkpoint().subarray(0, 100), 'cut off'),
  damaged('a header of 2^60 bytes', () => raw('{}', new Uint8Array(), 1n << 60n), String(1n << 60n)),
  damaged('a header of 101 MB', () => raw('{}', new Uint8Array(), 101_000_000n), '101000000'),
  damaged('a header of zero bytes', () => raw(''), "begin with '{'"),
  damaged('a header that is no JSON', () => edited((header) => header.replace(',', ';')), 'header'),
  damaged(
    'a header that is not UTF-8',
    () => edited((header) => header).map((byte, i) => (i === 12 ? 0xff : byte)),
    'UTF-8',
  ),
  damaged('a name twice', () => edited((header) => header.replace('"norm.bias"', '"norm.weight"')), 'norm.weight'),
  damaged('an unknown type', () => edited((header) => header.replace('"F32"', '"F33"')), 'F33'),
  damaged('offsets past the end', () => edited(anyOffsets(0, 1e9)), 'cls_token', '1000000000'),
  damaged('negative offsets', () => edited(anyOffsets(-48, 0)), 'cls_token', '-48'),
  damaged('offsets the wrong way round', () => edited(anyOffsets(48, 0)), 'cls_token'),
  damaged('offsets with fractions', () => edited(anyOffsets('0.5', 48)), 'cls_token', '0.5'),
  damaged('offsets that overlap', () => edited(anyOffsets(48, 96)), 'cls_token'),
  damaged(
    'a shape larger than its bytes',
    () => edited((header) => header.replace('[1,1,12]', '[1,1,13]')),
    'cls_token',
    '52',
  ),
  damaged(
    'a shape beyond all memory',
    () => edited((header) => header.replace('[1,1,12]', '[1048576,1048576,1048576]')),
    'cls_token',
  ),
  damaged('a negative size', () => edited((header) => header.replace('[1,1,12]', '[1,-1,12]')), 'cls_token', '-1'),
  damaged('a tensor without offsets', () => raw({ cls_token: { dtype: 'F32', shape: [0] } }), 'cls_token'),
  damaged('bytes behind the last tensor', () => Buffer.concat([checkpoint(), Buffer.alloc(8)]), '8 bytes follow'),
  damaged('metadata that are no texts', () => raw({ __metadata__: { format: 1 } }), 'format'),
  // Safetensors: the network.
  tensors('no tensor at all', () => checkpoint([]), 'no known backbone'),
  tensors('another network', () => checkpoint([float32('layer1.0.conv1.weight', [4])]), 'no known backbone'),
  tensors(
    'two networks',
    () => checkpoint([...vitTensors(), float32('ema.patch_embed.proj.weight', [1])]),
    'ema.patch_embed',
  ),
  tensors(
    'a tensor that is missing',
    () => changed('blocks.1.norm2.bias', () => null),
    '"blocks.1.norm2.bias" is missing',
  ),
  tensors(
    'a tensor too many',
    () => checkpoint([...vitTensors(), float32('blocks.0.attn.gate', [12])]),
    'blocks.0.attn.gate',
  ),
  tensors(
    'whole numbers for weights',
    () => changed('norm.weight', (t) => ({ ...t, dtype: 'int64', data: new Uint8Array(96) })),
    '"norm.weight" holds int64',
  ),
  tensors(
    'a kernel the wrong way round',
    () => changed('blocks.0.mlp.fc1.weight', (t) => ({ ...t, shape: [12, 24] })),
    'blocks.0.mlp.fc1.weight',
    '[12, 24]',
  ),
  tensors(
    'kernels of two blocks swapped in shape',
    () => changed('blocks.1.attn.qkv.weight', (t) => ({ ...t, shape: [12, 36] })),
    'blocks.1.attn.qkv.weight',
    '[36, 12]',
  ),
  tensors(
    'patches of grey',
    () => changed('patch_embed.proj.weight', (t) => ({ ...t, shape: [36, 1, 4, 4] })),
    'square patches of RGB',
  ),
  tensors(
    'positions that are no square',
    () => changed('pos_embed', () => float32('pos_embed', [1, 7, 12])),
    '"pos_embed"',
    '[1, 7, 12]',
  ),
  tensors(
    'a billion blocks',
    () => checkpoint([...vitTensors(), float32('blocks.999999999.norm1.weight', [12])]),
    '999999999',
  ),
  tensors(
    'a hole in the blocks',
    () => checkpoint([...vitTensors(), float32('blocks.3.norm1.weight', [12])]),
    '"blocks.2.norm1.weight" is missing',
  ),
  tensors('SwiGLU', () => checkpoint([...vitTensors(), float32('blocks.0.mlp.w12.weight', [4])]), 'SwiGLU'),
  {
    name: 'a NaN',
    bytes: () =>
      changed('blocks.1.mlp.fc1.weight', ({ name, shape }) => float32(name, shape, (i) => (i === 30 ? NaN : 0))),
    code: 'backbone.not-finite',
    names: ['blocks.1.mlp.fc1.weight', 'NaN at [2, 6]'],
  },
  {
    name: 'settings that contradict the tensors',
    bytes: () => checkpoint(undefined, { num_heads: '5', mean: '0.5', std: '[0,0,0]' }),
    code: 'backbone.settings',
    names: ['mean', '5 heads', 'cannot be divided by'],
  },
  // PyTorch.
  {
    name: 'a pickle by its first bytes',
    bytes: () => Buffer.from('800363746f7263680a', 'hex'),
    code: 'backbone.pickle',
    names: ['weights_only=True'],
  },
  {
    name: 'a pickle in a zip',
    bytes: () => zip([{ name: 'archive/data.pkl', bytes: Buffer.from('8002', 'hex') }]),
    code: 'backbone.pickle',
    names: ['weights_only=True'],
  },
  // Numpy: the container.
  archive('a directory cut off', () => npz(googleTensors()).subarray(0, -30), 'End of central directory'),
  archive('only the first bytes of a zip', () => Buffer.from('PK\x03\x04'), 'directory'),
  archive('a member twice', () => zip([...members(), ...members().slice(2, 3)]), 'cls.npy', 'twice'),
  archive('members that share bytes', () => withCls({ lies: { offset: 0 } }), 'shares bytes'),
  archive('a member past the end', () => withCls({ lies: { offset: 0x7fffffff } }), 'cls.npy', 'cannot be found'),
  archive('an unknown method', () => withCls({ lies: { method: 14 } }), 'cls.npy', 'method 14'),
  archive('an encrypted member', () => withCls({ lies: { flags: 1, packed: 156 } }), 'cls.npy', 'encrypted'),
  archive(
    'a member that is no array',
    () => zip([...members(), { name: 'run.sh', bytes: Buffer.from('#') }]),
    'run.sh',
  ),
  archive(
    'a zip bomb',
    () => zip([...members(), { name: 'bomb.npy', bytes: zeros(128 << 20), deflated: true }]),
    'bomb.npy',
    'zip bomb',
  ),
  archive(
    'a bomb that says it is small',
    () => withCls({ bytes: zeros(1 << 20), deflated: true, lies: { bytes: 144 } }),
    'cls.npy',
    'takes',
  ),
  archive(
    'a needed member that unpacks to more than it says',
    () => {
      const good = npy([1, 1, 4], clsNumbers());
      return withCls({
        bytes: Buffer.concat([good, new Uint8Array(1 << 20)]),
        deflated: true,
        lies: { bytes: good.length },
      });
    },
    'cls.npy',
    'more than the 144 bytes',
  ),
  archive('a wrong checksum', () => withCls({ lies: { crc32: 1 } }), 'cls.npy', 'checksum'),
  archive(
    'deflated bytes that are none',
    () => {
      const good = npy([1, 1, 4], clsNumbers());
      const packed = deflateRawSync(good).fill(0xff, 60);
      return withCls({ bytes: packed, lies: { method: 8, bytes: good.length } });
    },
    'cls.npy',
  ),
  // Numpy: the arrays.
  archive('no .npy at all', () => withCls({ bytes: Buffer.alloc(144) }), 'cls.npy', 'does not begin as a .npy'),
  archive(
    'a header of 60 kB',
    () => withCls({ bytes: npy([1], clsNumbers(), { header: ' '.repeat(60_000) }) }),
    'cls.npy',
    'header of',
  ),
  archive(
    'a header that is code',
    () => withCls({ bytes: npy([1], clsNumbers(), { header: '__import__("os")' }) }),
    'no Python dictionary',
  ),
  archive('Python objects', () => withCls({ bytes: npy([4], clsNumbers(), { descr: '|O' }) }), 'Python objects'),
  archive('an unknown type of number', () => withCls({ bytes: npy([2], clsNumbers(), { descr: '<c8' }) }), '<c8'),
  archive('a negative size', () => withCls({ bytes: npy([-4], clsNumbers()) }), '-4'),
  archive(
    'a shape larger than its bytes',
    () => withCls({ bytes: npy([1, 1, 5], clsNumbers()) }),
    'cls.npy',
    '[1, 1, 5]',
  ),
  archive('a shape beyond all memory', () => withCls({ bytes: npy([2 ** 40, 2 ** 40], clsNumbers()) }), 'cls.npy'),
  // Numpy: the network.
  {
    ...tensors(
      'a missing key',
      () => google((all) => all.filter(({ name }) => !name.endsWith('key/bias'))),
      'attn.qkv.bias',
      '3 tensors',
    ),
    file: 'model.npz',
  },
  {
    ...tensors(
      'an array too many',
      () => google((all) => [...all, float32('Transformer/extra', [1])]),
      'Transformer/extra',
    ),
    file: 'model.npz',
  },
  {
    ...tensors(
      'a kernel of the wrong shape',
      () => google((all) => all.map((t) => (t.name.endsWith('Dense_0/kernel') ? { ...t, shape: [8, 4] } : t))),
      'Dense_0/kernel',
    ),
    file: 'model.npz',
  },
];

it('knows fifty ways and more', () => {
  expect(broken.length).toBeGreaterThanOrEqual(50);
  expect(new Set(broken.map(({ name, file = '' }) => name + file)).size).toBe(broken.length);
});

const settings = { heads: 2, mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] } as const;

it.each(broken)('refuses $name', async ({ bytes, code, names, file = 'model.safetensors' }) => {
  const before = await listing();
  const path = join(folder, file);
  await writeFile(path, bytes());
  const hints = code === 'backbone.settings' ? {} : settings;
  const error: unknown = await importBackbone(path, store, hints).catch((thrown: unknown) => thrown);
  if (!(error instanceof AppError)) return expect.fail(`no AppError but ${String(error)}`);
  expect({ code: error.code, kind: error.kind, message: error.message }).toMatchObject({ code, kind: 'expected' });
  for (const name of [path, ...names]) expect(error.message).toContain(name);
  expect(await listing()).toEqual(before);
});

it('takes the same files when nothing is wrong with them', async () => {
  const sound = join(folder, 'sound');
  await mkdir(sound);
  await writeFile(join(folder, 'model.npz'), npz(googleTensors()));
  const imported = await importBackbone(join(folder, 'model.npz'), sound, settings);
  expect(imported.spec).toMatchObject({ width: 4, depth: 1, heads: 2, mlpWidth: 8, imageSize: 4 });
  expect(await readdir(sound)).toHaveLength(1);
});

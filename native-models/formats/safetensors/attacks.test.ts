/** Files that lie about themselves: each is refused at once, by code, with a message that names what is wrong. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EngineError } from '../../errors.ts';
import { parseSafetensors, readSafetensorsHeader } from '../safetensors.ts';
import { rawFile, vectors } from './testing/raw-file.ts';

interface Attack {
  readonly title: string;
  readonly code: string;
  /** What the message must name. */
  readonly names: readonly string[];
  readonly file: () => Uint8Array;
}

function attack(title: string, code: string, names: readonly string[], file: () => Uint8Array): Attack {
  return { title, code: `safetensors.${code}`, names, file };
}

/** One tensor "w" with these fields, and 8 bytes of data. */
function one(fields: string, dataBytes = 8): () => Uint8Array {
  return () => rawFile(`{"w":{${fields}}}`, dataBytes);
}

function header(text: string, dataBytes = 0): () => Uint8Array {
  return () => rawFile(text, dataBytes);
}

const many = (count: number, item: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => item(i)).join(',');
const good = '"dtype":"F32","shape":[2],"data_offsets":[0,8]';

/** Half of the longest header that is read at all. */
const huge = 50_000_000;

const attacks: readonly Attack[] = [
  attack('an empty file', 'truncated', ['0 bytes'], () => new Uint8Array(0)),
  attack('a file that ends inside the length', 'truncated', ['7 bytes'], () => new Uint8Array(7)),
  attack('a header of no bytes', 'json', ["'{'"], () => rawFile('', 0)),
  attack('a header longer than the file', 'truncated', ['101', '100'], () => rawFile(' '.repeat(100), 0, 101n)),
  attack('a header above the limit', 'header-size', ['100000001'], () => rawFile('{}', 0, 100_000_001n)),
  attack('a header of 2^64 - 1 bytes', 'header-size', ['18446744073709551615'], () => rawFile('{}', 0, 2n ** 64n - 1n)),
  attack('a header of 2^63 bytes', 'header-size', ['9223372036854775808'], () => rawFile('{}', 0, 2n ** 63n)),
  attack('a header that is not UTF-8', 'encoding', ['UTF-8'], () => rawFile(Uint8Array.of(0x7b, 0x22, 0xff, 0x22), 0)),
  attack('an overlong encoding', 'encoding', ['UTF-8'], () => rawFile(Uint8Array.of(0x7b, 0xc0, 0xa2, 0x7d), 0)),
  attack('a byte order mark', 'json', ["'{'"], header('\ufeff{}')),
  attack('space before the brace', 'json', ["'{'"], header(' {}')),
  attack('a list instead of an object', 'json', ["'{'"], header('[]')),
  attack('an object that is not closed', 'json', ['early'], header('{"w":{' + good + '}', 8)),
  attack('a name that is not closed', 'json', ['no end'], header('{"w')),
  attack('a name without quotes', 'json', ['quotes'], header('{w:{}}')),
  attack('a member without a colon', 'json', ['colon', '"w"'], header('{"w" {}}')),
  attack('a trailing comma', 'json', ['quotes'], header(`{"w":{${good}},}`, 8)),
  attack('two objects', 'json', ['closing brace'], header('{}{}')),
  attack('padding with zeros', 'json', ['closing brace'], header('{}\u0000\u0000')),
  attack('a line break in a name', 'json', ['control'], header('{"a\nb":1}')),
  attack('an escape that JSON does not know', 'json', ['escape'], header('{"\\x41":1}')),
  attack('half of a surrogate pair', 'json', ['surrogate'], header('{"\\ud800":1}')),
  attack('a number with a leading zero', 'json', ['zero'], one('"dtype":"F32","shape":[02],"data_offsets":[0,8]')),
  attack('the same tensor twice', 'duplicate-key', ['"w"'], header(`{"w":{${good}},"w":{${good}}}`, 8)),
  attack(
    'the same tensor twice, once escaped',
    'duplicate-key',
    ['"w"'],
    header(`{"w":{${good}},"\\u0077":{${good}}}`, 8),
  ),
  attack('metadata twice', 'duplicate-key', ['__metadata__'], header('{"__metadata__":{},"__metadata__":{}}')),
  attack('a metadata key twice', 'duplicate-key', ['"k"'], header('{"__metadata__":{"k":"1","k":"2"}}')),
  attack('a dtype twice', 'duplicate-key', ['"dtype"', '"w"'], one(`"dtype":"F64",${good}`)),
  attack('a shape twice', 'duplicate-key', ['"shape"'], one(`${good},"shape":[2]`)),
  attack('offsets twice', 'duplicate-key', ['"data_offsets"'], one(`${good},"data_offsets":[0,8]`)),
  attack('a metadata value that is a number', 'metadata', ['"k"'], header('{"__metadata__":{"k":1}}')),
  attack('a metadata value that is null', 'metadata', ['"k"'], header('{"__metadata__":{"k":null}}')),
  attack('a metadata value that is an object', 'metadata', ['"k"'], header('{"__metadata__":{"k":{}}}')),
  attack('metadata that is a string', 'metadata', ['object'], header('{"__metadata__":"x"}')),
  attack('a tensor that is a list', 'field', ['"w"'], header('{"w":[]}')),
  attack('a tensor without a dtype', 'field', ['"w"', 'dtype'], one('"shape":[2],"data_offsets":[0,8]')),
  attack('a tensor without a shape', 'field', ['"w"', 'shape'], one('"dtype":"F32","data_offsets":[0,8]')),
  attack('a tensor without offsets', 'field', ['"w"', 'data_offsets'], one('"dtype":"F32","shape":[2]')),
  attack('an unknown field', 'field', ['"w"', '"strides"'], one(`${good},"strides":[1]`)),
  attack(
    'an unknown dtype',
    'dtype',
    ['"w"', 'F8_E4M3', 'BF16'],
    one('"dtype":"F8_E4M3","shape":[8],"data_offsets":[0,8]'),
  ),
  attack('a dtype in lower case', 'dtype', ['"f32"'], one('"dtype":"f32","shape":[2],"data_offsets":[0,8]')),
  attack(
    'a dtype that is an inherited property',
    'dtype',
    ['constructor'],
    one('"dtype":"constructor","shape":[2],"data_offsets":[0,8]'),
  ),
  attack('a dtype that is a number', 'dtype', ['"w"'], one('"dtype":1,"shape":[2],"data_offsets":[0,8]')),
  attack('a shape that is a number', 'shape', ['"w"'], one('"dtype":"F32","shape":2,"data_offsets":[0,8]')),
  attack('a negative size', 'shape', ['"w"', '-2'], one('"dtype":"F32","shape":[-2],"data_offsets":[0,8]')),
  attack('a negative zero', 'shape', ['"w"', '-0'], one('"dtype":"F32","shape":[-0],"data_offsets":[0,0]', 0)),
  attack('a size with a fraction', 'shape', ['"w"', '2.5'], one('"dtype":"F32","shape":[2.5],"data_offsets":[0,8]')),
  attack('a size with an exponent', 'shape', ['"w"', '1e1'], one('"dtype":"F32","shape":[1e1],"data_offsets":[0,8]')),
  attack('a size that is a string', 'shape', ['"w"'], one('"dtype":"F32","shape":["2"],"data_offsets":[0,8]')),
  attack('a size that is null', 'shape', ['"w"'], one('"dtype":"F32","shape":[null],"data_offsets":[0,8]')),
  attack(
    'a size of 2^53',
    'shape',
    ['9007199254740992'],
    one('"dtype":"F32","shape":[9007199254740992],"data_offsets":[0,8]'),
  ),
  attack('a nested shape', 'shape', ['"w"'], one(`"dtype":"F32","shape":${'['.repeat(100_000)}`)),
  attack('a number of a million digits', 'shape', ['"w"'], one(`"dtype":"F32","shape":[${'9'.repeat(1_000_000)}]`)),
  attack(
    'a product that overflows',
    'shape',
    ['"w"', '2^53'],
    one('"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,8]'),
  ),
  attack(
    'a product that wraps to 8 bytes in 64 bits',
    'shape',
    ['"w"', '2^53'],
    one('"dtype":"U8","shape":[4611686018427388,4000,2],"data_offsets":[0,8]'),
  ),
  attack(
    'an overflow hidden by a zero',
    'shape',
    ['"w"', '2^53'],
    one('"dtype":"F32","shape":[4294967296,4294967296,0],"data_offsets":[0,0]', 0),
  ),
  attack(
    'a shape of a thousand axes',
    'shape',
    ['"w"', '64'],
    one(`"dtype":"F32","shape":[${many(1000, () => '1')}],"data_offsets":[0,4]`, 4),
  ),
  attack('one offset', 'offsets', ['"w"', '1 data_offsets'], one('"dtype":"F32","shape":[2],"data_offsets":[8]')),
  attack('three offsets', 'offsets', ['"w"', '2 numbers'], one('"dtype":"F32","shape":[2],"data_offsets":[0,8,8]')),
  attack(
    'offsets that are an object',
    'offsets',
    ['"w"'],
    one('"dtype":"F32","shape":[2],"data_offsets":{"0":0,"1":8}'),
  ),
  attack('a negative offset', 'offsets', ['"w"', '-8'], one('"dtype":"F32","shape":[2],"data_offsets":[-8,0]')),
  attack(
    'an end before its beginning',
    'offsets',
    ['"w"', '8', '0'],
    one('"dtype":"F32","shape":[2],"data_offsets":[8,0]'),
  ),
  attack(
    'an end past the file',
    'out-of-range',
    ['"w"', '12', 'cut off'],
    one('"dtype":"F32","shape":[3],"data_offsets":[0,12]'),
  ),
  attack(
    'a terabyte of zeros',
    'out-of-range',
    ['"w"'],
    one('"dtype":"F32","shape":[274877906944],"data_offsets":[0,1099511627776]'),
  ),
  attack(
    'a shape smaller than its bytes',
    'size',
    ['"w"', '4 bytes', 'span 8'],
    one('"dtype":"F32","shape":[1],"data_offsets":[0,8]'),
  ),
  attack(
    'a shape larger than its bytes',
    'size',
    ['"w"', '12 bytes', 'span 8'],
    one('"dtype":"F32","shape":[3],"data_offsets":[0,8]'),
  ),
  attack('a scalar of two elements', 'size', ['"w"', '4 bytes'], one('"dtype":"F32","shape":[],"data_offsets":[0,8]')),
  attack('two tensors over the same bytes', 'overlap', ['"a"', '"b"'], header(vectors({ a: [0, 8], b: [0, 8] }), 8)),
  attack(
    'two tensors that share four bytes',
    'overlap',
    ['"a"', '"b"'],
    header(vectors({ a: [0, 8], b: [4, 12] }), 12),
  ),
  attack('an empty tensor inside another', 'overlap', ['"e"'], header(vectors({ a: [0, 8], e: [4, 4] }), 8)),
  attack('bytes before the first tensor', 'hole', ['"a"', '4 bytes'], header(vectors({ a: [4, 8] }), 8)),
  attack('a hole between two tensors', 'hole', ['"b"', '4 bytes'], header(vectors({ a: [0, 8], b: [12, 16] }), 16)),
  attack('bytes behind the last tensor', 'trailing', ['5 bytes'], header(vectors({ a: [0, 8] }), 13)),
  attack('bytes behind a header without tensors', 'trailing', ['1 bytes'], header('{}', 1)),
  attack(
    'a million tensors',
    'too-many',
    ['100000'],
    header(`{${many(1_000_000, (i) => `"${i}":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}`)}}`),
  ),
  attack(
    'a million metadata entries',
    'too-many',
    ['100000'],
    header(`{"__metadata__":{${many(1_000_000, (i) => `"${i}":""`)}}}`),
  ),
  attack('a hundred thousand nested objects', 'field', ['"a"'], header('{"a":'.repeat(100_000))),
  attack('fifty megabytes of opening braces', 'json', ['quotes'], () => rawFile(new Uint8Array(huge).fill(0x7b), 0)),
  attack('a string of fifty megabytes without an end', 'json', ['no end'], () => {
    const text = new Uint8Array(huge).fill(0x61);
    text.set([0x7b, 0x22]);
    return rawFile(text, 0);
  }),
  attack('a string of fifty megabytes of escapes', 'json', ['no end'], () => {
    const text = new Uint8Array(huge).fill(0x5c);
    text.set([0x7b, 0x22]);
    return rawFile(text, 0);
  }),
];

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'safetensors-attacks-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

function expectRefusal(error: unknown, { code, names }: Attack, path: string): void {
  if (!(error instanceof EngineError)) expect.fail(`not an EngineError: ${String(error)}`);
  expect(error.code).toBe(code);
  for (const part of [path, ...names]) expect(error.message).toContain(part);
  expect(error.message.length).toBeLessThan(1000);
  expect(error.data).toMatchObject({ file: path });
}

describe('a safetensors file', () => {
  it.each(attacks)('with $title is refused as $code', async (attack) => {
    const bytes = attack.file();
    const path = join(folder, 'attack.safetensors');
    await writeFile(path, bytes);
    expectRefusal(await thrownBy(() => readSafetensorsHeader(path)), attack, path);
    expectRefusal(await thrownBy(() => parseSafetensors(bytes, 'a pack')), attack, 'a pack');
  });

  it('may call a tensor or a metadata key __proto__ without touching any prototype', () => {
    const text = `{"__metadata__":{"__proto__":"x","constructor":"y"},"__proto__":{${good}}}`;
    const { metadata, tensors } = parseSafetensors(rawFile(text, 8), 'p');
    expect([...metadata]).toEqual([
      ['__proto__', 'x'],
      ['constructor', 'y'],
    ]);
    expect([...tensors.keys()]).toEqual(['__proto__']);
    expect(Object.keys(Object.prototype)).toEqual([]);
    expect(({} as Record<string, unknown>)['dtype']).toBeUndefined();
  });

  it('cannot flood a log or a terminal with its names', () => {
    const name = '\\u001b[31m' + 'x'.repeat(1_000_000);
    const bytes = rawFile(`{"${name}":{"dtype":"F32","shape":[9],"data_offsets":[0,36]}}`, 0);
    expect(() => parseSafetensors(bytes, 'p')).toThrow(/^[\u0020-\u007e…]{1,400}$/);
  });
});

async function thrownBy(run: () => unknown): Promise<unknown> {
  try {
    await run();
  } catch (error) {
    return error;
  }
  return undefined;
}

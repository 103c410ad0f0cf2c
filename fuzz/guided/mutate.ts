/** Small changes of an input, some blind and some by what the code compared it with. */
import type { Random } from './random.ts';

/** Two sides of a comparison that were not the same. */
export type Comparison = readonly [left: string | number, right: string | number];

export interface Hints {
  readonly words: readonly string[];
  readonly comparisons: readonly Comparison[];
  /** Other inputs that reached code of their own. */
  readonly others: readonly Buffer[];
}

/** Bytes of an input at most. */
export const LARGEST = 1 << 15;

const NUMBERS = [
  0,
  1,
  -1,
  2,
  4,
  8,
  16,
  64,
  127,
  128,
  255,
  256,
  32_767,
  65_535,
  65_536,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 32 - 1,
];
const TEXTS = ['0', '-1', '1e999', '9007199254740993', '99999999999999999999', 'null', '[]', '{}', '""', '\\u0000'];

/** One to eight changes after each other, at least one of which says something. */
export function mutate(input: Buffer, hints: Hints, random: Random): Buffer {
  let changed = input;
  for (let left = 1 << random.below(4); left > 0; left--) changed = random.of(changes)(changed, hints, random);
  return changed.subarray(0, LARGEST);
}

type Change = (bytes: Buffer, hints: Hints, random: Random) => Buffer;

const flipBit: Change = (bytes, _, random) => {
  const changed = Buffer.from(bytes);
  const at = random.below(changed.length);
  if (changed.length > 0) changed[at] = (changed[at] ?? 0) ^ (1 << random.below(8));
  return changed;
};

const setByte: Change = (bytes, _, random) => {
  const changed = Buffer.from(bytes);
  if (changed.length > 0) changed[random.below(changed.length)] = random.below(256);
  return changed;
};

/** Adds to or subtracts from a byte: lengths and counts that are off by a little. */
const nudge: Change = (bytes, _, random) => {
  const changed = Buffer.from(bytes);
  const at = random.below(changed.length);
  if (changed.length > 0) changed[at] = (changed[at] ?? 0) + random.below(33) - 16;
  return changed;
};

const remove: Change = (bytes, _, random) => {
  const at = random.below(bytes.length + 1);
  const end = at + random.below(Math.min(bytes.length - at, 1 << random.below(12)) + 1);
  return Buffer.concat([bytes.subarray(0, at), bytes.subarray(end)]);
};

const repeat: Change = (bytes, _, random) => {
  const at = random.below(bytes.length + 1);
  const piece = bytes.subarray(at, at + random.below(1 << random.below(10)) + 1);
  const times = 1 + random.below(1 << random.below(6));
  const many = Array.from({ length: times }, () => piece);
  return Buffer.concat([bytes.subarray(0, at), ...many, bytes.subarray(at)]).subarray(0, LARGEST);
};

const move: Change = (bytes, _, random) => {
  const piece = pieceOf(bytes, random);
  return overwritten(bytes, random.below(bytes.length), piece);
};

const cut: Change = (bytes, _, random) => bytes.subarray(0, random.below(bytes.length + 1));

const putNumber: Change = (bytes, _, random) =>
  overwritten(bytes, random.below(bytes.length), random.of(binaries(random.of(NUMBERS))));

const putWord: Change = (bytes, { words }, random) => {
  const text = Buffer.from(random.of(words.length > 0 && random.below(3) > 0 ? words : TEXTS));
  const at = random.below(bytes.length + 1);
  return random.below(2) === 0
    ? overwritten(bytes, at, text)
    : Buffer.concat([bytes.subarray(0, at), text, bytes.subarray(at)]);
};

/** Another number in the place of one that is written in figures. */
const changeFigures: Change = (bytes, _, random) => {
  const text = bytes.toString('latin1');
  const figures = [...text.matchAll(/\d+/g)];
  if (figures.length === 0) return bytes;
  const one = random.of(figures);
  const value = random.below(2) === 0 ? String(Number(one[0]) + random.below(17) - 8) : random.of(TEXTS);
  return Buffer.from(text.slice(0, one.index) + value + text.slice(one.index + one[0].length), 'latin1');
};

/** What the code saw becomes what it was compared with. */
const agree: Change = (bytes, { comparisons }, random) => {
  if (comparisons.length === 0) return bytes;
  const pair = random.of(comparisons);
  const [seen, wanted] = random.below(2) === 0 ? pair : [pair[1], pair[0]];
  const froms = encodings(seen);
  const tos = encodings(wanted);
  const which = random.below(Math.min(froms.length, tos.length));
  const from = froms[which];
  const to = tos[which];
  if (from === undefined || to === undefined || from.length === 0) return bytes;
  const places: number[] = [];
  for (let at = bytes.indexOf(from); at !== -1 && places.length < 64; at = bytes.indexOf(from, at + 1)) places.push(at);
  if (places.length === 0) return bytes;
  const at = random.of(places);
  return Buffer.concat([bytes.subarray(0, at), to, bytes.subarray(at + from.length)]);
};

const splice: Change = (bytes, { others }, random) => {
  if (others.length === 0) return bytes;
  const other = random.of(others);
  const piece = other.subarray(random.below(other.length));
  return Buffer.concat([bytes.subarray(0, random.below(bytes.length + 1)), piece]);
};

const graft: Change = (bytes, { others }, random) => {
  if (others.length === 0) return bytes;
  return overwritten(bytes, random.below(bytes.length), pieceOf(random.of(others), random));
};

const changes: readonly Change[] = [
  flipBit,
  setByte,
  nudge,
  remove,
  repeat,
  move,
  cut,
  putNumber,
  putWord,
  changeFigures,
  agree,
  agree,
  splice,
  graft,
];

function pieceOf(bytes: Buffer, random: Random): Buffer {
  const at = random.below(bytes.length);
  return bytes.subarray(at, at + 1 + random.below(1 << random.below(9)));
}

function overwritten(bytes: Buffer, at: number, piece: Buffer): Buffer {
  return Buffer.concat([bytes.subarray(0, at), piece, bytes.subarray(at + piece.length)]);
}

/** A number as readers find it in a file, in the same order for every number. */
function binaries(value: number): readonly Buffer[] {
  const bits = BigInt(Math.trunc(value));
  return [8, 16, 32, 64].flatMap((width) => {
    const little = Buffer.alloc(8);
    little.writeBigUInt64LE(BigInt.asUintN(64, BigInt.asUintN(width, bits)));
    const bytes = little.subarray(0, width / 8);
    return width === 8 ? [bytes] : [bytes, Buffer.from(bytes).reverse()];
  });
}

function encodings(side: string | number): readonly Buffer[] {
  const text = Buffer.from(String(side));
  return typeof side === 'number' && Number.isSafeInteger(side) ? [text, ...binaries(side)] : [text];
}

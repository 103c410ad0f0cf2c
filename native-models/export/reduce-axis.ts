/**
 * The reduction of one axis to half or less, as ONNX nodes over sizes that are known only when they run. It computes what
 * the program's image library, libvips, computes for bytes, down to its roundings, because a network sees the difference:
 * whole blocks are averaged until a reduction between 2 and 4 is left, then a cubic kernel (a = -0.5) stretched by
 * that reduction is applied, with positions in steps of 1/64 and weights cut to 12 bits, edges repeated. An axis that is not
 * reduced by so much keeps its length and its values.
 */
import type { NodeList } from './node-list.ts';
import { int, text } from './node-list.ts';

const POSITION_STEPS = 64;
const WEIGHT_SCALE = 4096;
/** Lengths after the averaging are below this, and float32 keeps positions and weights to far less than their steps. */
const CUT_TOLERANCE = 1e-3;

/**
 * `rows`: bytes [length, columns]; `length` and `target`: int64 [1]. Returns bytes [target, columns] where length is at least
 * twice the target, else as they are.
 */
export function addReduction(list: NodeList, rows: string, length: string, target: string): string {
  const twice = list.add('Mul', [target, list.integers([2])]);
  const reduces = list.add('Not', [list.add('Less', [length, twice])]);
  const result = list.add('Where', [reduces, target, length]);
  const block = list.add('Max', [
    list.add('Div', [length, list.add('Mul', [result, list.integers([2])])]),
    list.integers([1]),
  ]);
  const averaged = addAverages(list, rows, length, block);
  const weights = addWeights(list, averaged.length, length, result, block);
  const padded = list.add(
    'Pad',
    [
      averaged.rows,
      list.add('Concat', [weights.reach, list.integers([0]), weights.reach, list.integers([0])], { axis: int(0) }),
    ],
    { mode: text('edge') },
  );
  const sums = list.add('MatMul', [weights.matrix, padded]);
  const scaled = list.add('Div', [
    list.add('Add', [sums, list.floats([WEIGHT_SCALE / 2], [])]),
    list.floats([WEIGHT_SCALE], []),
  ]);
  const clipped = list.add('Clip', [list.add('Floor', [scaled]), list.floats([0], []), list.floats([255], [])]);
  return list.add('Cast', [clipped], { to: int(2) });
}

/** Means over blocks of `block` rows, the last one filled up with its last row: float32 [ceil(length / block), columns]. */
function addAverages(list: NodeList, rows: string, length: string, block: string) {
  const one = list.integers([1]);
  const zero = list.integers([0]);
  const blocks = list.add('Div', [list.add('Sub', [list.add('Add', [length, block]), one]), block]);
  const missing = list.add('Sub', [list.add('Mul', [blocks, block]), length]);
  const filled = list.add('Pad', [rows, list.add('Concat', [zero, zero, missing, zero], { axis: int(0) })], {
    mode: text('edge'),
  });
  const grouped = list.add('Reshape', [
    filled,
    list.add('Concat', [blocks, block, list.integers([-1])], { axis: int(0) }),
  ]);
  // Bytes are summed as bytes: a photo of twelve megapixels would take 144 MB as floats.
  const ones = list.add('Expand', [list.byte(1), list.add('Concat', [one, block], { axis: int(0) })]);
  const sums = list.add('Cast', [list.add('Squeeze', [list.add('MatMulInteger', [ones, grouped]), one])], {
    to: int(1),
  });
  // Its division multiplies by 2^24 / block, cut to a whole number: multiples of a block that is no power of two end one lower.
  const half = list.add('Cast', [list.add('Div', [block, list.integers([2])])], { to: int(1) });
  const cut = list.add('Cast', [list.add('Mod', [list.integers([2 ** 24]), block])], { to: int(9) });
  const less = list.add('Where', [cut, list.floats([0.5], []), list.floats([0], [])]);
  const rounding = list.add('Sub', [half, less]);
  const means = list.add('Div', [list.add('Add', [sums, rounding]), list.add('Cast', [block], { to: int(1) })]);
  return { rows: list.add('Floor', [means]), length: blocks };
}

/** `matrix` [result, averaged + 2 reach]: whole numbers of 1/4096. `reach`: rows that the kernel needs beyond each edge. */
function addWeights(list: NodeList, averaged: string, length: string, result: string, block: string) {
  const number = (value: number): string => list.floats([value], []);
  const toFloat = (value: string): string => list.add('Cast', [value], { to: int(1) });
  const shrink = list.add('Div', [toFloat(length), list.add('Mul', [toFloat(result), toFloat(block)])]);
  const reach = list.add('Round', [list.add('Mul', [shrink, number(2)])]);
  const whole = list.add('Cast', [reach], { to: int(7) });
  const range = (end: string): string => {
    const scalar = list.add('Squeeze', [end, list.integers([0])]);
    return toFloat(list.add('Range', [list.integer(0), scalar, list.integer(1)]));
  };
  const position = list.add('Mul', [list.add('Add', [range(result), number(0.5)]), shrink]);
  const first = list.add('Floor', [position]);
  const steps = list.add('Floor', [list.add('Mul', [list.add('Sub', [position, first]), number(2 * POSITION_STEPS)])]);
  const step = list.add('Floor', [list.add('Div', [list.add('Add', [steps, number(1)]), number(2)])]);
  const phase = list.add('Div', [step, number(POSITION_STEPS)]);
  const columns = range(list.add('Add', [averaged, list.add('Mul', [whole, list.integers([2])])]));
  const column = (vector: string): string => list.add('Unsqueeze', [vector, list.integers([1])]);
  const tap = list.add('Sub', [columns, column(first)]);
  const last = list.add('Mul', [reach, number(2)]);
  const isInside = list.add('And', [
    list.add('Not', [list.add('Less', [tap, number(0)])]),
    list.add('Not', [list.add('Greater', [tap, last])]),
  ]);
  const centre = list.add('Sub', [list.add('Add', [phase, reach]), number(0.5)]);
  const distance = list.add('Abs', [list.add('Div', [list.add('Sub', [tap, column(centre)]), shrink])]);
  const kernel = list.add('Where', [isInside, addCubic(list, distance), number(0)]);
  const sum = list.add('ReduceSum', [kernel, list.integers([1])], { keepdims: int(1) });
  const scaled = list.add('Mul', [list.add('Div', [kernel, sum]), number(WEIGHT_SCALE)]);
  const size = list.add('Floor', [list.add('Add', [list.add('Abs', [scaled]), number(CUT_TOLERANCE)])]);
  return { matrix: list.add('Mul', [size, list.add('Sign', [scaled])]), reach: whole };
}

/** Keys' cubic convolution kernel with a = -0.5 of distances. */
function addCubic(list: NodeList, x: string): string {
  const number = (value: number): string => list.floats([value], []);
  const near = list.add('Add', [
    list.add('Mul', [list.add('Sub', [list.add('Mul', [x, number(1.5)]), number(2.5)]), list.add('Mul', [x, x])]),
    number(1),
  ]);
  const inner = list.add('Add', [list.add('Mul', [list.add('Sub', [x, number(5)]), x]), number(8)]);
  const far = list.add('Mul', [list.add('Sub', [list.add('Mul', [inner, x]), number(4)]), number(-0.5)]);
  const within = list.add('Where', [list.add('Less', [x, number(2)]), far, number(0)]);
  return list.add('Where', [list.add('Less', [x, number(1)]), near, within]);
}

/**
 * A photo of any size to the network's input, inside an ONNX graph: RGB bytes [height, width, 3] -> [1, 3, S, S], fitted,
 * resized and normalised as the program itself does it.
 *
 * An axis that is reduced to half or less is reduced as the program's image library does it (`reduce-axis.ts`), all others as
 * Pillow does: `Resize` with `antialias` stretches the cubic kernel by the reduction and, with `exclude_outside`, normalises its weights
 * inside the image; on bytes the runtime rounds after the rows and after the columns.
 */
import type { Normalisation } from '../data/normalise.ts';
import type { NodeList } from './node-list.ts';
import { float, int, ints, text } from './node-list.ts';
import { addReduction } from './reduce-axis.ts';

export interface ExportedPreprocessing extends Normalisation {
  /** S, in pixels. */
  readonly imageSize: number;
  /** Each axis by its own factor; the middle square; or the whole photo with a border of `padding`. */
  readonly fit: 'squash' | 'crop' | 'pad';
  /** Value of the border's bytes. */
  readonly padding: number;
}

const resizing = {
  antialias: int(1),
  coordinate_transformation_mode: text('half_pixel'),
  cubic_coeff_a: float(-0.5),
  exclude_outside: int(1),
  mode: text('cubic'),
};

/** Adds everything between `image` and `output`. */
export function addPreprocessing(list: NodeList, image: string, output: string, how: ExportedPreprocessing): void {
  const values = list.add('Cast', [addFitted(list, image, how)], { to: int(1) });
  const scale = how.std.map((std) => 1 / (255 * std));
  const shift = how.mean.map((mean, channel) => -mean / (how.std[channel] ?? 1));
  const scaled = list.add('Mul', [values, list.floats(scale, [3, 1, 1])]);
  list.add('Add', [scaled, list.floats(shift, [3, 1, 1])], {}, output);
}

/** bytes [height, width, 3] -> bytes [1, 3, S, S] */
function addFitted(list: NodeList, image: string, { fit, imageSize: s, padding }: ExportedPreprocessing): string {
  const size = addSize(list, image);
  if (fit === 'squash') return addResized(list, image, size, list.integers([s, s]));
  const two = list.integers([2]);
  if (fit === 'crop') {
    const side = list.add('ReduceMin', [size], { keepdims: int(1) });
    const start = list.add('Div', [list.add('Sub', [size, side]), two]);
    const middle = list.add('Slice', [image, start, list.add('Add', [start, side]), list.integers([0, 1])]);
    return addResized(list, middle, list.add('Concat', [side, side], { axis: int(0) }), list.integers([s, s]));
  }
  // round(s * length / longer) in whole numbers, at least 1.
  const longer = list.add('ReduceMax', [size], { keepdims: int(1) });
  const doubled = list.add('Add', [list.add('Mul', [size, list.integers([2 * s])]), longer]);
  const rounded = list.add('Div', [doubled, list.add('Mul', [longer, two])]);
  const inner = list.add('Max', [rounded, list.integers([1])]);
  const resized = addResized(list, image, size, inner);
  const rest = list.add('Sub', [list.integers([s]), inner]);
  const before = list.add('Div', [rest, two]);
  const none = list.integers([0, 0]);
  const pads = list.add('Concat', [none, before, none, list.add('Sub', [rest, before])], { axis: int(0) });
  return list.add('Pad', [resized, pads, list.byte(padding)]);
}

/** Height and width, int64 [2]. */
function addSize(list: NodeList, image: string): string {
  return list.add('Shape', [image], { start: int(0), end: int(2) });
}

/**
 * bytes [height, width, 3] -> bytes [1, 3, target]. In the program's own order, since each step rounds: where only the height is
 * reduced to half or less the width comes first, then the reductions, then what is left.
 */
function addResized(list: NodeList, image: string, size: string, target: string): string {
  const [height, width] = addParts(list, size);
  const [targetHeight, targetWidth] = addParts(list, target);
  const isReduced = (length: string, wanted: string): string =>
    list.add('Not', [list.add('Less', [length, list.add('Mul', [wanted, list.integers([2])])])]);
  const widthFirst = list.add('And', [
    isReduced(height, targetHeight),
    list.add('Not', [isReduced(width, targetWidth)]),
  ]);
  const firstWidth = list.add('Where', [widthFirst, targetWidth, width]);
  const three = list.integers([3]);
  const rest = list.integers([-1]);
  const join = (...parts: readonly string[]): string => list.add('Concat', parts, { axis: int(0) });
  const turn = (from: string, perm: readonly number[]): string => list.add('Transpose', [from], { perm: ints(perm) });

  const planes = list.add('Unsqueeze', [turn(image, [2, 0, 1]), list.integers([0])]);
  const widened = list.add('Resize', [planes, '', '', join(list.integers([1, 3]), height, firstWidth)], resizing);
  const rows = turn(list.add('Squeeze', [widened, list.integers([0])]), [1, 0, 2]);
  const lowered = addReduction(list, list.add('Reshape', [rows, join(height, rest)]), height, targetHeight);
  const columns = turn(list.add('Reshape', [lowered, join(rest, three, firstWidth)]), [2, 1, 0]);
  const flat = list.add('Reshape', [columns, join(firstWidth, rest)]);
  const narrowed = addReduction(list, flat, firstWidth, targetWidth);
  const newHeight = list.add('Shape', [lowered], { start: int(0), end: int(1) });
  const reduced = turn(list.add('Reshape', [narrowed, join(rest, three, newHeight)]), [1, 2, 0]);
  const final = list.add('Unsqueeze', [reduced, list.integers([0])]);
  return list.add('Resize', [final, '', '', join(list.integers([1, 3]), target)], resizing);
}

function addParts(list: NodeList, pair: string): readonly [string, string] {
  const part = (at: number): string => list.add('Slice', [pair, list.integers([at]), list.integers([at + 1])]);
  return [part(0), part(1)];
}

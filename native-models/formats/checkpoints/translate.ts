/** A file's tensors under their canonical names, whichever way they are named in it. */
import type { DType } from '../../dtypes.ts';
import { google } from './names/google.ts';
import { huggingFace, huggingFaceTowers } from './names/hugging-face.ts';
import { openai } from './names/openai.ts';
import type { Scheme } from './names/scheme.ts';
import { timm } from './names/timm.ts';
import type { Piece, Recipe } from './recipe.ts';
import { elementsOf, pieceShape } from './recipe.ts';
import type { TensorFile } from './tensor-file.ts';

export interface Translation {
  readonly scheme: Scheme;
  /** What stands before every name that the scheme knows, often empty. */
  readonly prefix: string;
  /** By canonical name. Whether it is needed, and in that shape, is for the geometry to say. */
  readonly recipes: ReadonlyMap<string, Recipe>;
  /** Names in the file of known tensors that a backbone does not need. */
  readonly leftOut: readonly string[];
  /** Names in the file that the scheme does not know. */
  readonly unknown: readonly string[];
  readonly problems: readonly string[];
}

interface Part {
  readonly part: number;
  readonly parts: number;
  readonly piece: Piece;
  readonly shape: readonly number[];
  readonly dtype: DType;
}

const schemes: readonly Scheme[] = [timm, huggingFace, huggingFaceTowers, openai, google];

/** Sentences where it is none of the known ways to name a backbone, or several at once. */
export function translate(file: TensorFile): Translation | { readonly problems: readonly string[] } {
  const found = schemes.flatMap((scheme) => prefixesOf(file, scheme).map((prefix) => ({ scheme, prefix })));
  const [first, ...others] = found;
  if (first === undefined) {
    const known = schemes.map(({ anchor }) => `"${anchor}"`).join(', ');
    return { problems: [`It is no known backbone: there is none of the tensors ${known}, with or without a prefix.`] };
  }
  if (others.length > 0) {
    const places = found.map(({ scheme, prefix }) => `"${prefix}${scheme.anchor}"`).join(', ');
    return { problems: [`There are several networks in it (${places}): which one is meant is unclear.`] };
  }
  return under(file, first.scheme, first.prefix);
}

function prefixesOf(file: TensorFile, { anchor, prefix = /^(?:.*\.)?$/s }: Scheme): readonly string[] {
  return [...file.tensors.keys()]
    .filter((name) => name.endsWith(anchor))
    .map((name) => name.slice(0, -anchor.length))
    .filter((before) => prefix.test(before));
}

function under(file: TensorFile, scheme: Scheme, prefix: string): Translation {
  const parts = new Map<string, Part[]>();
  const leftOut: string[] = [];
  const unknown: string[] = [];
  const problems: string[] = [];
  const names = { has: (name: string) => file.tensors.has(prefix + name) };
  for (const [source, tensor] of file.tensors) {
    const name = source.startsWith(prefix) ? source.slice(prefix.length) : null;
    const placements = name === null ? [] : scheme.place(name, tensor, names);
    if (placements.length === 0) {
      const known = scheme.leftOut.test(source) || (name !== null && scheme.leftOut.test(name));
      (known ? leftOut : unknown).push(source);
    }
    for (const { to, part, parts: count, piece } of placements) {
      const shape = pieceShape(tensor.shape, piece);
      if (shape === null) {
        problems.push(
          `The tensor "${source}" has the shape [${tensor.shape.join(', ')}], which "${to}" cannot be made of.`,
        );
        continue;
      }
      const entry = { part, parts: count, piece: { source, ...piece }, shape, dtype: tensor.dtype };
      parts.set(to, [...(parts.get(to) ?? []), entry]);
    }
  }
  const recipes = new Map<string, Recipe>();
  for (const [name, list] of parts) {
    const recipe = assembled(name, list, problems);
    if (recipe !== null) recipes.set(name, recipe);
  }
  foldClassPosition(recipes);
  return { scheme, prefix, recipes, leftOut, unknown, problems };
}

function assembled(name: string, list: readonly Part[], problems: string[]): Recipe | null {
  const sorted = list.toSorted((a, b) => a.part - b.part);
  const sources = sorted.map(({ piece }) => `"${piece.source}"`).join(', ');
  const [first] = sorted;
  if (first === undefined) return null;
  if (new Set(sorted.map(({ part }) => part)).size < sorted.length) {
    problems.push(`The tensors ${sources} stand for the same one, "${name}".`);
    return null;
  }
  if (sorted.length < first.parts) {
    problems.push(`"${name}" is made of ${first.parts} tensors, and there are ${sorted.length} of them: ${sources}.`);
    return null;
  }
  if (sorted.some(({ shape }) => shape.slice(1).join() !== first.shape.slice(1).join())) {
    const shapes = sorted.map(({ shape }) => `[${shape.join(', ')}]`).join(', ');
    problems.push(`The tensors ${sources} have the shapes ${shapes}, which do not fit together as "${name}".`);
    return null;
  }
  const [, ...rest] = first.shape;
  const shape = first.shape.length === 0 ? [] : [sorted.reduce((sum, each) => sum + (each.shape[0] ?? 0), 0), ...rest];
  return { name, shape, dtype: storedType(sorted), join: 'rows', pieces: sorted.map(({ piece }) => piece) };
}

/** Doubles are narrowed, and parts of different types meet in float32. */
function storedType(list: readonly Part[]): Recipe['dtype'] {
  const [first] = list;
  const dtype = list.every((each) => each.dtype === first?.dtype) ? first?.dtype : undefined;
  return dtype === 'float16' || dtype === 'bfloat16' ? dtype : 'float32';
}

/**
 * DINOv2 with registers keeps the class token's position as the first row of its positions. Timm adds it to the class
 * token, so that positions are of patches only; the sum is what the network sees in either case.
 */
function foldClassPosition(recipes: Map<string, Recipe>): void {
  const [registers, token, position] = ['reg_token', 'cls_token', 'pos_embed'].map((name) => recipes.get(name));
  const [where] = position?.pieces ?? [];
  if (registers === undefined || token === undefined || position === undefined || where === undefined) return;
  if (registers.pieces.every(({ source }) => !source.endsWith('register_tokens'))) return;
  const [one, rows = 0, width = 0] = position.shape;
  const isOfAll = position.shape.length === 3 && one === 1 && rows > 1 && !Number.isInteger(Math.sqrt(rows));
  if (!isOfAll || elementsOf(token.shape) !== width) return;
  const view = [rows, width];
  const pieces = [...token.pieces, { ...where, view, rows: [0, 1] as const }];
  recipes.set('cls_token', { ...token, dtype: 'float32', join: 'sum', pieces });
  recipes.set('pos_embed', { ...position, shape: [1, rows - 1, width], pieces: [{ ...where, view, rows: [1, rows] }] });
}

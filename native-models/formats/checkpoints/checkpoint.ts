/**
 * What a checkpoint says by its tensors alone: which backbone it is, how its tensors make up the canonical ones, which of
 * them a backbone does not need, and everything that is wrong with it.
 */
import type { DType } from '../../dtypes.ts';
import { isFloat } from '../../dtypes.ts';
import { EngineError } from '../../errors.ts';
import { backboneTensors, checkSpec } from '../../models/backbone-spec.ts';
import type { BackboneSpec } from '../../models/backbone-spec.ts';
import type { ResizeKind } from '../../models/resize-positions.ts';
import { CanonicalShapes, misshaped } from './geometry.ts';
import { readSwinGeometry } from './geometry-swin.ts';
import type { SwinGeometry } from './geometry-swin.ts';
import { readVitGeometry } from './geometry-vit.ts';
import type { VitGeometry } from './geometry-vit.ts';
import { headsOfGoogle } from './names/google.ts';
import type { SchemeId } from './names/scheme.ts';
import type { Recipe } from './recipe.ts';
import { isPlainCopy } from './recipe.ts';
import type { TensorFile } from './tensor-file.ts';
import type { Translation } from './translate.ts';
import { translate } from './translate.ts';

export interface Checkpoint {
  readonly file: TensorFile;
  readonly naming: { readonly id: SchemeId; readonly words: string; readonly prefix: string };
  readonly geometry: VitGeometry | SwinGeometry;
  /** What shapes tell in some files and not in others. */
  readonly told: { readonly heads: number | null; readonly imageSize: number | null };
  readonly translation: Translation;
}

export interface TensorPlan {
  /** What every canonical tensor is made of, names sorted by their bytes. */
  readonly recipes: readonly Recipe[];
  /** Names in the file of known tensors that a backbone does not need. */
  readonly leftOut: readonly string[];
  /** All tensors lie in the file as they are needed, behind the prefix. */
  readonly asTheyAre: boolean;
  /** Names in the file of tensors whose doubles are rounded to float32. */
  readonly narrowed: readonly string[];
}

export interface Problems {
  readonly problems: readonly string[];
}

/** Networks that are near to a supported one, by a tensor that only they have. */
const strangers: readonly (readonly [RegExp, string])[] = [
  [/\.mlp\.(?:weights_in|w12)\./, 'its MLPs are SwiGLU ones, as in the giant DINOv2'],
  [/\.attn\.(?:q_norm|k_norm)\./, 'its attention normalises queries and keys'],
  [/\.attn\.logit_scale$|\.cpb_mlp\./, 'it is a Swin of version 2'],
  [/^absolute_pos_embed$/, 'it is a Swin with absolute positions'],
  [
    /rel_pos_bias|\.rel_pos_[hw]$|\.attn\.(?:q_bias|v_bias)$/,
    'its attention has relative positions or biases of its own, as in BEiT or SAM',
  ],
];

export function readCheckpoint(file: TensorFile): { readonly checkpoint: Checkpoint } | Problems {
  const translation = translate(file);
  if (!('scheme' in translation)) return translation;
  const { scheme, prefix } = translation;
  const shapes = new CanonicalShapes(translation);
  const isSwin = shapes.last(/^layers\.(\d{1,15})\.blocks\./) >= 0;
  const attends = translation.leftOut.some((name) => attentionPool.test(name.slice(prefix.length)));
  const reading = isSwin ? readSwinGeometry(shapes) : readVitGeometry(shapes, attends);
  const stranger = strangeness(translation);
  if ('problems' in reading) return { problems: [...stranger, ...translation.problems, ...reading.problems] };
  if (translation.problems.length > 0 || stranger.length > 0) {
    return { problems: [...stranger, ...translation.problems] };
  }
  const { geometry } = reading;
  const told = {
    heads: scheme.id === 'google' ? headsOfGoogle(file.tensors.values()) : null,
    imageSize: geometry.family === 'swin' ? maskedImageSize(file, prefix, geometry) : geometry.imageSize,
  };
  return { checkpoint: { file, naming: { id: scheme.id, words: scheme.words, prefix }, geometry, told, translation } };
}

/** Every tensor that the network of `spec` needs, or sentences about all that is missing, surplus, mis-shaped or of a wrong type. */
export function planTensors(checkpoint: Checkpoint, spec: BackboneSpec): TensorPlan | Problems {
  const { file, naming, translation } = checkpoint;
  try {
    checkSpec(spec);
  } catch (error) {
    if (error instanceof EngineError) return { problems: [error.message] };
    throw error;
  }
  const needed = backboneTensors(spec);
  const missing: string[] = [];
  const problems: string[] = [];
  const recipes: Recipe[] = [];
  const narrowed = new Set<string>();
  for (const [name, shape] of needed) {
    const found = translation.recipes.get(name);
    const recipe = found === undefined ? undefined : forSize(found, checkpoint, spec);
    if (recipe === undefined) {
      missing.push(`The tensor "${naming.prefix}${name}" is missing${spelling(naming.id)}.`);
      continue;
    }
    if (recipe.shape.join() !== shape.join()) problems.push(misshaped(recipe, `[${shape.join(', ')}]`));
    for (const { source } of recipe.pieces) {
      const dtype = file.tensors.get(source)?.dtype ?? 'bool';
      if (!isFloat(dtype))
        problems.push(`The tensor "${source}" holds ${dtype}, needed is one of ${stored.join(', ')}.`);
      if (dtype === 'float64') narrowed.add(source);
    }
    recipes.push(recipe);
  }
  const surplus = new Set(translation.unknown);
  const leftOut = new Set(translation.leftOut);
  for (const [name, { pieces }] of translation.recipes) {
    if (needed.has(name)) continue;
    // A second final norm of a fine-tuned classifier, behind the one that every token passes.
    for (const { source } of pieces) (name.startsWith('fc_norm.') ? leftOut : surplus).add(source);
  }
  for (const name of surplus) problems.push(`There is a tensor "${name.slice(0, 200)}" too many.`);
  if (missing.length + problems.length > 0) return { problems: [...missing, ...problems] };
  recipes.sort((a, b) => (a.name < b.name ? -1 : 1));
  const asTheyAre =
    file.container === 'safetensors' && recipes.every((recipe) => isPlainCopy(recipe, naming.prefix, file));
  return { recipes, leftOut: [...leftOut].sort(), asTheyAre, narrowed: [...narrowed].sort() };
}

/** Position embeddings of another image size than the file's are resized; everything else stays. */
function forSize(recipe: Recipe, checkpoint: Checkpoint, spec: BackboneSpec): Recipe {
  const { geometry } = checkpoint;
  if (recipe.name !== 'pos_embed' || geometry.family !== 'vit' || geometry.imageSize === spec.imageSize) return recipe;
  const [one, rows = 0, width = 0] = recipe.shape;
  const from = geometry.imageSize / geometry.patchSize;
  const to = spec.imageSize / geometry.patchSize;
  const prefix = rows - from * from;
  const resize = { prefix, from, to, kind: resizeKind(checkpoint, geometry) };
  return { ...recipe, dtype: 'float32', shape: [one ?? 1, prefix + to * to, width], resize };
}

/** As the library resizes them that the file's names belong to, since that is the network which others have run. */
function resizeKind({ naming, translation }: Checkpoint, { registers, layerScale }: VitGeometry): ResizeKind {
  if (naming.id === 'google') return 'bilinear';
  if (naming.id === 'hugging-face') return registers > 0 ? 'antialias' : 'bicubic';
  // DINOv2's original code has timm's names, and the token for masked patches that timm's own files are without.
  const hasMaskToken = translation.leftOut.some((name) => /(?:^|\.)mask_token$/.test(name));
  return layerScale && hasMaskToken && registers === 0 ? 'dinov2' : 'antialias';
}

const stored: readonly DType[] = ['float32', 'float16', 'bfloat16', 'float64'];
const attentionPool = /^(?:attn_pool\.|MAPHead_0\/|head\.probe$)/;

function spelling(id: SchemeId): string {
  return id === 'timm' ? '' : ', under whichever name';
}

function strangeness({ recipes, unknown, prefix }: Translation): readonly string[] {
  const names = [...recipes.keys(), ...unknown.map((name) => name.slice(prefix.length))];
  return strangers
    .filter(([pattern]) => names.some((name) => pattern.test(name)))
    .map(([, what]) => `This network cannot be used yet: ${what}.`);
}

/** Swin's own files keep the masks of shifted windows, one for each window of the grid. */
function maskedImageSize(file: TensorFile, prefix: string, { windowSize, patchSize }: SwinGeometry): number | null {
  const [windows = 0] = file.tensors.get(`${prefix}layers.0.blocks.1.attn_mask`)?.shape ?? [];
  const across = Math.sqrt(windows);
  return across > 1 && Number.isInteger(across) ? across * windowSize * patchSize : null;
}

/** What files say about a backbone besides its tensors: the checkpoint's own metadata, and the files beside it. */
import { open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import type { Activation } from '#app/domain/backbone.ts';
import { errnoOf, fileProblem } from '../problems.ts';
import { libraryDefaults } from './library-defaults.ts';

/** One source's knowledge; what it does not know is undefined. */
export interface Clues {
  /** Where it comes from, for messages: `its metadata`, `config.json`. */
  readonly source: string;
  readonly architecture?: string | undefined;
  readonly heads?: number | undefined;
  readonly layerNormEps?: number | undefined;
  readonly activation?: Activation | undefined;
  readonly mean?: readonly [number, number, number] | undefined;
  readonly std?: readonly [number, number, number] | undefined;
  readonly licence?: string | undefined;
  /** Side of the middle square that the network is evaluated on over the shorter side of the photo. */
  readonly crop?: number | undefined;
  readonly pooling?: 'class' | 'mean' | 'attention' | undefined;
  /** A Swin's image size is known from here alone; the rest is to be held against what the tensors say. */
  readonly imageSize?: number | undefined;
  readonly patchSize?: number | undefined;
  readonly width?: number | undefined;
  readonly depth?: number | undefined;
}

const size = z.int().positive().optional();
/** Some write one size, some a list of two or three of which the last two are the sides. */
const side = z
  .union([z.int().positive(), z.array(z.int().positive()).min(2).max(3)])
  .transform((value) => (typeof value === 'number' ? value : value.at(-1)))
  .optional();
const triple = z.tuple([z.number(), z.number(), z.number()]).optional();

/** The names that libraries give to the three functions. */
const activations: Readonly<Record<string, Activation>> = {
  gelu: 'gelu',
  gelu_erf: 'gelu',
  gelu_tanh: 'gelu-tanh',
  'gelu-tanh': 'gelu-tanh',
  gelu_new: 'gelu-tanh',
  gelu_pytorch_tanh: 'gelu-tanh',
  quick_gelu: 'quick-gelu',
  'quick-gelu': 'quick-gelu',
  quickgelu: 'quick-gelu',
};
const activation = z
  .string()
  .max(200)
  .transform((name, context) => {
    const known = activations[name.toLowerCase()];
    if (known !== undefined) return known;
    context.addIssue({ code: 'custom', message: `"${name}" is not known; supported are ${activationNames}` });
    return z.NEVER;
  })
  .optional();
const activationNames = 'gelu, gelu_tanh (gelu_pytorch_tanh, gelu_new) and quick_gelu';

const poolings: Readonly<Record<string, 'class' | 'mean' | 'attention'>> = {
  token: 'class',
  class: 'class',
  avg: 'mean',
  mean: 'mean',
  map: 'attention',
  attention: 'attention',
};
/** Only shown, so a word that is not known is no contradiction. */
const pooling = z
  .unknown()
  .transform((value) => (typeof value === 'string' ? poolings[value] : undefined))
  .optional();

const clues = z.object({
  architecture: z.string().min(1).max(200).optional(),
  heads: size,
  layerNormEps: z.number().positive().max(1).optional(),
  activation,
  mean: triple,
  std: triple,
  licence: z.string().max(200).optional(),
  crop: z.number().positive().max(1).optional(),
  pooling,
  imageSize: side,
  patchSize: side,
  width: size,
  depth: size,
});

/** A file of kilobytes; anything larger is something else. */
const maxConfigBytes = 1 << 20;

type Fields = Readonly<Record<string, unknown>>;

/** Safetensors metadata are texts: numbers and lists are read as JSON. Pushes a sentence for what makes no sense. */
export function metadataClues(metadata: ReadonlyMap<string, string>, problems: string[]): Clues {
  const number = (key: string): unknown => {
    const text = metadata.get(key);
    return text === undefined ? undefined : parseJson(text);
  };
  return checked('its metadata', problems, {
    architecture: metadata.get('architecture'),
    heads: number('num_heads'),
    layerNormEps: number('layer_norm_eps'),
    activation: metadata.get('activation') ?? metadata.get('act'),
    mean: number('mean'),
    std: number('std'),
    licence: metadata.get('license'),
    imageSize: number('img_size'),
    patchSize: number('patch_size'),
    width: number('embed_dim'),
    depth: number('depth'),
  });
}

/**
 * `config.json` as timm or Hugging Face write it, Hugging Face's `preprocessor_config.json` and OpenCLIP's
 * `open_clip_config.json`, beside the checkpoint.
 */
export async function neighbourClues(checkpoint: string, problems: string[]): Promise<readonly Clues[]> {
  const folder = dirname(checkpoint);
  const read = (name: string): Promise<Fields | null> => readObject(join(folder, name), problems);
  const found: Clues[] = [];
  const config = await read('config.json');
  if (config !== null) found.push(...configClues(config, problems));
  const openClip = await read('open_clip_config.json');
  if (openClip !== null) found.push(openClipClues(openClip, problems));
  const processor = await read('preprocessor_config.json');
  if (processor !== null) {
    const { image_mean: mean, image_std: std } = processor;
    found.push(checked('preprocessor_config.json', problems, { mean, std, crop: processorCrop(processor) }));
  }
  return found;
}

function configClues(config: Fields, problems: string[]): readonly Clues[] {
  const pretrained = object(config['pretrained_cfg']) ?? config;
  const tag = typeof pretrained['tag'] === 'string' && pretrained['tag'] !== '' ? `.${pretrained['tag']}` : '';
  const architecture = typeof config['architecture'] === 'string' ? config['architecture'] + tag : undefined;
  // Models of two towers describe the one for images apart.
  const vision = object(config['vision_config']) ?? config;
  const type = vision['model_type'] ?? config['model_type'];
  const arguments_ = object(config['model_args']) ?? {};
  const said = checked('config.json', problems, {
    architecture,
    heads: typeof vision['num_attention_heads'] === 'number' ? vision['num_attention_heads'] : undefined,
    layerNormEps: vision['layer_norm_eps'],
    activation: vision['hidden_act'],
    mean: pretrained['mean'],
    std: pretrained['std'],
    licence: pretrained['license'],
    crop: pretrained['crop_pct'],
    pooling: config['global_pool'],
    imageSize: vision['image_size'] ?? arguments_['img_size'] ?? pretrained['input_size'],
    patchSize: vision['patch_size'],
    // A Swin's is the width of its last stage.
    width:
      vision === config && Array.isArray(vision['depths'])
        ? undefined
        : (vision['hidden_size'] ?? config['num_features']),
    depth: vision['num_hidden_layers'],
  });
  const defaults = typeof type === 'string' ? libraryDefaults(type) : null;
  return defaults === null
    ? [said]
    : [said, { source: `config.json, which leaves it at what a "${String(type)}" has`, ...defaults }];
}

function openClipClues(config: Fields, problems: string[]): Clues {
  const model = object(config['model_cfg']) ?? config;
  const vision = object(model['vision_cfg']) ?? {};
  const { mean, std } = object(config['preprocess_cfg']) ?? {};
  // Towers of timm bring their own settings under their own names.
  const ownTower = typeof vision['layers'] === 'number';
  const { width, head_width: headWidth = 64 } = vision;
  const heads = typeof width === 'number' && typeof headWidth === 'number' ? width / headWidth : undefined;
  return checked('open_clip_config.json', problems, {
    architecture: typeof vision['timm_model_name'] === 'string' ? vision['timm_model_name'] : undefined,
    mean,
    std,
    imageSize: vision['image_size'],
    ...(ownTower
      ? {
          heads,
          activation: model['quick_gelu'] === true ? 'quick_gelu' : 'gelu',
          layerNormEps: 1e-5,
          patchSize: vision['patch_size'],
          width,
          depth: vision['layers'],
        }
      : {}),
  });
}

/** The middle square over the shorter side that the photo is brought to first. */
function processorCrop({ do_center_crop: crops, size: before, crop_size: after }: Fields): number | undefined {
  const shorter = sideOf(before, 'shortest_edge');
  const cut = sideOf(after, 'height');
  return crops === true && shorter !== null && cut !== null && cut <= shorter ? cut / shorter : undefined;
}

function sideOf(value: unknown, key: string): number | null {
  const side = object(value)?.[key] ?? value;
  return typeof side === 'number' && side > 0 ? side : null;
}

function checked(source: string, problems: string[], values: Fields): Clues {
  // A null in a configuration means "not set".
  const set = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null));
  const result = clues.safeParse(set);
  if (result.success) return { source, ...result.data };
  const wrong = new Set(result.error.issues.map(({ path }) => path[0]));
  for (const { path, message } of result.error.issues) problems.push(`${source}, ${path.join('.')}: ${message}.`);
  const sound = clues.safeParse(Object.fromEntries(Object.entries(set).filter(([key]) => !wrong.has(key))));
  return { source, ...sound.data };
}

async function readObject(path: string, problems: string[]): Promise<Fields | null> {
  let text: string;
  try {
    await using file = await open(path, 'r');
    const { size: bytes } = await file.stat();
    if (bytes > maxConfigBytes) {
      problems.push(`"${path}" has ${bytes} bytes, too many for a configuration.`);
      return null;
    }
    text = await file.readFile('utf8');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null;
    throw fileProblem(error, 'read', path);
  }
  const value = object(parseJson(text));
  if (value === null) problems.push(`"${path}" is not a JSON object.`);
  return value;
}

function object(value: unknown): Fields | null {
  const result = z.record(z.string(), z.unknown()).safeParse(value);
  return result.success ? result.data : null;
}

/** A text that is no JSON stays a text, and then is no number either. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

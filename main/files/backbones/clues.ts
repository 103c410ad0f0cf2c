/** What files say about a backbone besides its tensors: the checkpoint's own metadata, and the files beside it. */
import { open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { errnoOf, fileProblem } from '../problems.ts';

/** One source's knowledge; what it does not know is undefined. */
export interface Clues {
  /** Where it comes from, for messages: `its metadata`, `config.json`. */
  readonly source: string;
  readonly architecture?: string | undefined;
  readonly heads?: number | undefined;
  readonly layerNormEps?: number | undefined;
  readonly mean?: readonly [number, number, number] | undefined;
  readonly std?: readonly [number, number, number] | undefined;
  readonly licence?: string | undefined;
  readonly activation?: string | undefined;
  /** To be held against what the tensors say. */
  readonly imageSize?: number | undefined;
  readonly patchSize?: number | undefined;
  readonly width?: number | undefined;
  readonly depth?: number | undefined;
}

const size = z.int().positive().optional();
const triple = z.tuple([z.number(), z.number(), z.number()]).optional();
const statistics = { mean: triple, std: triple };

const clues = z.object({
  architecture: z.string().min(1).max(200).optional(),
  heads: size,
  layerNormEps: z.number().positive().max(1).optional(),
  ...statistics,
  licence: z.string().max(200).optional(),
  activation: z.string().max(200).optional(),
  imageSize: size,
  patchSize: size,
  width: size,
  depth: size,
});

/** A file of kilobytes; anything larger is something else. */
const maxConfigBytes = 1 << 20;

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
    mean: number('mean'),
    std: number('std'),
    licence: metadata.get('license'),
    imageSize: number('img_size'),
    patchSize: number('patch_size'),
    width: number('embed_dim'),
    depth: number('depth'),
  });
}

/** `config.json` as timm or Hugging Face write it, and Hugging Face's `preprocessor_config.json`, beside the checkpoint. */
export async function neighbourClues(checkpoint: string, problems: string[]): Promise<readonly Clues[]> {
  const folder = dirname(checkpoint);
  const config = await readObject(join(folder, 'config.json'), problems);
  const processor = await readObject(join(folder, 'preprocessor_config.json'), problems);
  const found: Clues[] = [];
  if (config !== null) {
    const pretrained = object(config['pretrained_cfg']) ?? config;
    const tag = typeof pretrained['tag'] === 'string' ? `.${pretrained['tag']}` : '';
    const architecture = typeof config['architecture'] === 'string' ? config['architecture'] + tag : undefined;
    found.push(
      checked('config.json', problems, {
        architecture,
        heads: config['num_attention_heads'],
        layerNormEps: config['layer_norm_eps'],
        mean: pretrained['mean'],
        std: pretrained['std'],
        licence: pretrained['license'],
        activation: config['hidden_act'],
        imageSize: config['image_size'],
        patchSize: config['patch_size'],
        width: config['hidden_size'] ?? config['num_features'],
        depth: config['num_hidden_layers'],
      }),
    );
  }
  if (processor !== null) {
    const { image_mean: mean, image_std: std } = processor;
    found.push(checked('preprocessor_config.json', problems, { mean, std }));
  }
  return found;
}

function checked(source: string, problems: string[], values: Readonly<Record<string, unknown>>): Clues {
  // A null in a configuration means "not set".
  const set = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null));
  const result = clues.safeParse(set);
  if (result.success) return { source, ...result.data };
  for (const { path, message } of result.error.issues) problems.push(`${source}, ${path.join('.')}: ${message}.`);
  return { source };
}

async function readObject(path: string, problems: string[]): Promise<Readonly<Record<string, unknown>> | null> {
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

function object(value: unknown): Readonly<Record<string, unknown>> | null {
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

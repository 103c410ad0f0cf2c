/** Puts together what tensors, files and tables know of a backbone, and says where each piece comes from. */
import { basename } from 'node:path';
import type { BackboneSpec } from '#app/domain/backbone.ts';
import type { BackboneDetails, BackboneSetting, SettingName } from '#app/domain/backbone-details.ts';
import { settingWords } from '#app/domain/backbone-details.ts';
import { AppError } from '#app/domain/errors.ts';
import type { BackboneHints } from '#app/ports/files.ts';
import type { Checkpoint } from '#native-models/formats/checkpoints.ts';
import { problemData, problemList } from '../problems.ts';
import type { Clues } from './clues.ts';
import { metadataClues, neighbourClues } from './clues.ts';
import type { BackboneGeometry } from './geometry.ts';
import { notesOf } from './notes.ts';
import type { Values } from './settings.ts';
import { resolveSettings } from './settings.ts';
import type { Variant } from './variants.ts';
import { fits, structureOf, variantNamed, variants, variantsLike } from './variants.ts';

export interface Description extends Omit<BackboneDetails, 'leftOut'> {
  readonly name: string;
  readonly geometry: BackboneGeometry;
  /** What is left of it where there are questions. */
  readonly values: Partial<Values>;
  readonly licence: string | null;
  readonly questions: readonly SettingName[];
  /** Published variants that its tensors fit, by timm's names. */
  readonly variants: readonly string[];
}

/**
 * Throws AppError `backbone.variant` for a variant that is not in the table, `backbone.settings` naming what contradicts
 * the tensors. What nothing tells is in `questions`.
 */
export async function describeBackbone(checkpoint: Checkpoint, hints: BackboneHints): Promise<Description> {
  const { file, geometry, naming, told, translation } = checkpoint;
  const source = file.path;
  const problems: string[] = [];
  const said = [metadataClues(file.metadata, problems), ...(await neighbourClues(source, problems))];
  for (const clues of said) problems.push(...contradictions(clues, geometry, told.imageSize));
  const chosen = hints.variant === undefined ? null : namedVariant(hints.variant);
  if (chosen !== null && !fits(chosen, geometry)) {
    problems.push(`${chosen.name} has ${sizeOf(chosen)}, the tensors have ${sizeOf(asSize(geometry))}.`);
  }
  const fileName = basename(source).replace(/\.(?:safetensors|npz)$/i, '');
  const isMaskedAutoencoder = translation.leftOut.some((name) => /(?:^|\.)decoder/.test(name));
  const resolved = resolveSettings({
    hints,
    geometry,
    told: { ...told, naming: naming.id, isMaskedAutoencoder },
    said,
    chosen,
    fileName,
  });
  const { values, questions, published } = resolved;
  problems.push(...impossible(geometry, values));
  if (problems.length > 0) throw settingsProblem(source, problems);
  const licence = hints.licence ?? first(said, 'licence') ?? null;
  const settings: readonly BackboneSetting[] = [...resolved.settings, ...shownOnly(geometry, said, published, licence)];
  const fitting = variantsLike(geometry);
  return {
    name: hints.name ?? first(said, 'architecture') ?? chosen?.name ?? fileName,
    container: file.container,
    naming: naming.words,
    family: published?.family ?? familyOf(fitting, geometry),
    geometry,
    values,
    licence,
    settings,
    questions,
    notes: notesOf({ checkpoint, values, settings, published, said }),
    variants: fitting.map((variant) => variant.name),
  };
}

/** The network, once nothing is a question any more. Throws AppError `backbone.unknown-settings` naming what is. */
export function specOf(source: string, { geometry, values, questions, variants: fitting }: Description): BackboneSpec {
  const { heads, layerNormEps, activation, imageSize } = values;
  if (questions.length === 0 && layerNormEps !== undefined && imageSize !== undefined) {
    if (geometry.family === 'swin') return { ...geometry, imageSize, layerNormEps };
    if (heads !== undefined && activation !== undefined) {
      return { ...geometry, imageSize, heads, layerNormEps, activation };
    }
  }
  throw unknownSettings(source, geometry, questions, fitting);
}

function first<K extends keyof Clues>(sources: readonly Partial<Clues>[], key: K): Clues[K] | undefined {
  return sources.find((clues) => clues[key] !== undefined)?.[key];
}

/** What the engine does not use, but people ask for. */
function shownOnly(
  geometry: BackboneGeometry,
  said: readonly Clues[],
  published: Variant | null,
  licence: string | null,
): readonly BackboneSetting[] {
  const shown: BackboneSetting[] = [];
  const pooling = said.find((clues) => clues.pooling !== undefined);
  const word = pooling?.pooling ?? (geometry.family === 'swin' ? 'mean' : geometry.pooling);
  shown.push({ name: 'pooling', value: word, from: pooling?.source ?? 'its tensors' });
  const crop = said.find((clues) => clues.crop !== undefined);
  const whole = (share: number): string =>
    share === 1 ? 'the whole photo' : `the middle ${share} of the shorter side`;
  if (crop?.crop !== undefined) shown.push({ name: 'crop', value: whole(crop.crop), from: crop.source });
  else if (published?.crop !== undefined && published.crop !== null) {
    shown.push({ name: 'crop', value: whole(published.crop), from: `the published ${published.name}` });
  }
  if (licence !== null) {
    const source = said.find((clues) => clues.licence === licence)?.source ?? 'you';
    shown.push({ name: 'licence', value: licence, from: source });
  }
  return shown;
}

interface Size {
  readonly width: number;
  readonly depths: readonly number[];
  readonly mlpWidth: number;
}

function asSize(geometry: BackboneGeometry): Size {
  const { width } = geometry;
  if (geometry.family === 'vit') return { width, depths: [geometry.depth], mlpWidth: geometry.mlpWidth };
  return { width, depths: geometry.depths, mlpWidth: geometry.mlpRatio * width };
}

function sizeOf({ width, depths, mlpWidth }: Size): string {
  return `a width of ${width}, ${depths.join(', ')} blocks and MLPs of ${mlpWidth}`;
}

function familyOf(fitting: readonly Variant[], geometry: BackboneGeometry): string {
  const families = new Set(fitting.map(({ family }) => family));
  const [only, second] = families;
  if (only !== undefined && second === undefined) return only;
  const structure = structureOf(geometry);
  const known = variants.find((variant) => variant.structure === structure)?.family;
  return known ?? (geometry.family === 'swin' ? 'Swin' : 'ViT');
}

function namedVariant(name: string): Variant {
  const variant = variantNamed(name);
  if (variant !== null) return variant;
  const known = variants.map((candidate) => candidate.name).join(', ');
  throw new AppError('backbone.variant', `There is no published variant "${name}" in the table; it has ${known}.`, {
    data: { variant: name },
  });
}

function contradictions(clues: Clues, geometry: BackboneGeometry, imageSize: number | null): string[] {
  const { width, patchSize } = geometry;
  const depth = geometry.family === 'vit' ? geometry.depth : undefined;
  const lastWidth = geometry.family === 'vit' ? width : width * 2 ** (geometry.depths.length - 1);
  const found: string[] = [];
  const hold = (what: string, says: number | undefined, tensors: number | undefined): void => {
    if (says === undefined || tensors === undefined || says === tensors) return;
    found.push(`${clues.source} says ${what} of ${says}, the tensors say ${tensors}.`);
  };
  // Where patches do not fill the image, the network sees the part that they fill.
  const seen = clues.imageSize === undefined ? undefined : clues.imageSize - (clues.imageSize % patchSize);
  hold('an image size', seen, imageSize ?? undefined);
  hold('a patch size', clues.patchSize, patchSize);
  if (clues.width !== lastWidth) hold('a width', clues.width, width);
  hold('a depth', clues.depth, depth);
  return found;
}

function impossible(geometry: BackboneGeometry, { heads, std, activation, imageSize }: Partial<Values>): string[] {
  const found: string[] = [];
  if (heads !== undefined && geometry.width % heads !== 0) {
    found.push(`${heads} heads do not divide the width ${geometry.width}.`);
  }
  if (std?.some((value) => !(value > 0)) === true) {
    found.push(`A standard deviation of ${std.join(', ')} cannot be divided by.`);
  }
  if (geometry.family === 'swin' && activation !== undefined && activation !== 'gelu') {
    found.push(`A Swin with the activation "${activation}" cannot be used; supported is the exact GELU ("gelu").`);
  }
  if (imageSize !== undefined && imageSize % geometry.patchSize !== 0) {
    found.push(`An image of ${imageSize} px is not a multiple of the patch, ${geometry.patchSize} px.`);
  }
  return found;
}

function settingsProblem(source: string, problems: readonly string[]): AppError {
  const message = `"${source}" was not imported: what is said of it does not agree.${problemList(problems)}`;
  return new AppError('backbone.settings', message, { data: { path: source, problems: problemData(problems) } });
}

const options: Readonly<Partial<Record<SettingName, string>>> = {
  heads: '--heads N',
  layerNormEps: '--eps E',
  activation: '--activation gelu|gelu-tanh|quick-gelu',
  imageSize: '--image-size N',
  mean: '--mean R,G,B',
  std: '--std R,G,B',
};

function unknownSettings(
  source: string,
  geometry: BackboneGeometry,
  questions: readonly SettingName[],
  fitting: readonly string[],
): AppError {
  const what = questions.map(settingWords).join(', ');
  const flags = questions.map((name) => options[name]).join(' ');
  const known =
    fitting.length === 0 ? '' : ` Its tensors fit ${fitting.join(', ')}: --variant NAME takes all from one of them.`;
  return new AppError(
    'backbone.unknown-settings',
    `"${source}" was not imported: it is a network with ${sizeOf(asSize(geometry))}, and nothing tells its ${what}: neither its ` +
      `metadata nor a config.json beside it, and published networks like it differ. Give them with ${flags}.${known}`,
    { data: { path: source, questions, variants: fitting } },
  );
}

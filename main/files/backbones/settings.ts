/**
 * Each setting that tensors do not tell, from the first source that knows it, with that source's name beside it. What
 * nothing tells is a question; nothing is taken over in silence.
 */
import type { Activation } from '#app/domain/backbone.ts';
import type { BackboneSetting, SettingName } from '#app/domain/backbone-details.ts';
import { settingValueWords } from '#app/domain/backbone-details.ts';
import type { BackboneHints } from '#app/ports/files.ts';
import type { Clues } from './clues.ts';
import type { BackboneGeometry } from './geometry.ts';
import type { Triple, Variant } from './variants.ts';
import { fits, relatives, variantNamed, variantsLike } from './variants.ts';

export interface Values {
  readonly heads: number;
  readonly layerNormEps: number;
  readonly activation: Activation;
  readonly imageSize: number;
  readonly mean: Triple;
  readonly std: Triple;
}

export interface Told {
  readonly heads: number | null;
  readonly imageSize: number | null;
  /** How the file names its tensors: libraries do not agree on every function. */
  readonly naming: string;
  /** A decoder beside the encoder. */
  readonly isMaskedAutoencoder: boolean;
}

export interface Sources {
  readonly hints: BackboneHints;
  readonly geometry: BackboneGeometry;
  readonly told: Told;
  /** In the order in which they are believed. */
  readonly said: readonly Clues[];
  /** The published variant that `--variant` names, null where none was named. */
  readonly chosen: Variant | null;
  /** The file's name without its ending. */
  readonly fileName: string;
}

export interface Resolved {
  readonly values: Partial<Values>;
  readonly settings: readonly BackboneSetting[];
  /** Settings that have no value. */
  readonly questions: readonly SettingName[];
  /** The published variant that it is, as far as anything names one. */
  readonly published: Variant | null;
}

interface Candidate<T> {
  readonly value: T | null | undefined;
  readonly from: string;
}

export function resolveSettings(sources: Sources): Resolved {
  const { hints, geometry, told, said, chosen } = sources;
  const architecture = said.find((clues) => clues.architecture !== undefined);
  const named = publishedBy(sources, architecture);
  const alike = chosen === null ? variantsAlike(geometry, told) : [chosen];
  const settings: BackboneSetting[] = [];
  const questions: SettingName[] = [];

  function pick<K extends keyof Values>(key: K, first: readonly Candidate<Values[K]>[]): Values[K] | undefined {
    const ranked: readonly Candidate<Values[K]>[] = [
      { value: valueOf(hints, key), from: 'you' },
      ...first,
      { value: usable(key, chosen, told) ? valueOf(chosen, key) : null, from: `the published ${chosen?.name ?? ''}` },
      ...said.map((clues) => ({ value: valueOf(clues, key), from: clues.source })),
      {
        value: usable(key, named?.variant ?? null, told) ? valueOf(named?.variant, key) : null,
        from: named?.from ?? '',
      },
      agreed(key, alike, told),
    ];
    const found = ranked.find(({ value }) => value !== null && value !== undefined);
    const value = found?.value ?? undefined;
    settings.push({
      name: key,
      value: value === undefined ? null : settingValueWords(value),
      from: found?.from ?? null,
    });
    if (value === undefined) questions.push(key);
    return value;
  }

  const tensors = 'its tensors';
  const isSwin = geometry.family === 'swin';
  const values: Partial<Values> = {
    ...given('heads', isSwin ? undefined : pick('heads', [{ value: told.heads, from: tensors }])),
    ...given('layerNormEps', pick('layerNormEps', [])),
    ...given('activation', isSwin ? undefined : pick('activation', [])),
    ...given('imageSize', pick('imageSize', [{ value: told.imageSize, from: tensors }])),
    ...given('mean', pick('mean', [])),
    ...given('std', pick('std', [])),
  };
  return { values, settings, questions, published: chosen ?? named?.variant ?? null };
}

function given<K extends string, V>(key: K, value: V | undefined): Partial<Record<K, V>> {
  const result: Partial<Record<K, V>> = {};
  if (value !== undefined) result[key] = value;
  return result;
}

type Knowledge = { readonly [K in keyof Values]?: Values[K] | null | undefined };

function valueOf<K extends keyof Values>(source: Knowledge | null | undefined, key: K): Values[K] | null | undefined {
  return source?.[key];
}

/** The variant that the file's metadata, a config.json or the file's own name gives, if tensors agree with it. */
function publishedBy(
  { geometry, fileName }: Sources,
  architecture: Clues | undefined,
): { readonly variant: Variant; readonly from: string } | null {
  const byName = [
    { name: architecture?.architecture, from: architecture?.source },
    { name: fileName, from: "the file's name" },
  ];
  for (const { name, from } of byName) {
    const variant = name === undefined ? null : variantNamed(name);
    if (variant !== null && fits(variant, geometry)) {
      return { variant, from: `the published ${name ?? ''}, which ${from ?? ''} says it is` };
    }
  }
  return null;
}

function variantsAlike(geometry: BackboneGeometry, { isMaskedAutoencoder }: Told): readonly Variant[] {
  const ofSize = variantsLike(geometry);
  const alike = ofSize.length > 0 ? ofSize : relatives(geometry);
  const masked = isMaskedAutoencoder ? alike.filter(({ family }) => family === 'MAE') : [];
  return masked.length > 0 ? masked : alike;
}

/** A value that all published backbones like this one share. */
function agreed<K extends keyof Values>(key: K, alike: readonly Variant[], told: Told): Candidate<Values[K]> {
  const [first] = alike;
  const value = valueOf(first, key);
  const none = { value: null, from: '' };
  if (first === undefined || value === null || value === undefined) return none;
  // Any image size would do for a network that is not a published one.
  if (key === 'imageSize' && alike.some((each) => each.width !== first.width)) return none;
  if (!alike.every((each) => usable(key, each, told) && String(valueOf(each, key)) === String(value))) return none;
  const families = [...new Set(alike.map(({ family }) => family))].join(', ');
  return { value, from: alike.length === 1 ? `the published ${first.name}` : `every published ${families} like it` };
}

/**
 * Timm runs SigLIP with the exact GELU; Google trained it with the tanh approximation, which Hugging Face runs. A variant
 * of timm's table says nothing of files that are named the other ways.
 */
function usable(key: SettingName, variant: Variant | null, { naming }: Told): boolean {
  return !(key === 'activation' && variant?.structure === 'siglip' && naming !== 'timm');
}

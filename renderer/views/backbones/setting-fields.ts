/** What a person types about a backbone, and what it means. */
import type { Activation } from '#app/domain/backbone.ts';
import type { SettingName } from '#app/domain/backbone-details.ts';

/** In a list to choose from, where an empty text is no value. */
export const UNSAID = 'as the file says';

/** Empty texts, nulls and UNSAID: as the files say. */
export interface TypedSettings {
  name: string;
  variant: string;
  heads: number | null;
  imageSize: number | null;
  layerNormEps: string;
  activation: Activation | typeof UNSAID;
  mean: string;
  std: string;
  licence: string;
}

export interface GivenSettings {
  name?: string;
  variant?: string;
  heads?: number;
  imageSize?: number;
  layerNormEps?: number;
  activation?: Activation;
  mean?: [number, number, number];
  std?: [number, number, number];
  licence?: string;
}

export function emptySettings(): TypedSettings {
  return {
    name: '',
    variant: UNSAID,
    heads: null,
    imageSize: null,
    layerNormEps: '',
    activation: UNSAID,
    mean: '',
    std: '',
    licence: '',
  };
}

/** What was typed, and the fields in which it makes no sense yet. */
export function givenSettings(typed: TypedSettings): {
  readonly given: GivenSettings;
  readonly wrong: readonly SettingName[];
} {
  const given: GivenSettings = {};
  const wrong: SettingName[] = [];
  for (const key of ['name', 'variant', 'licence'] as const) {
    const text = typed[key].trim();
    if (text !== '' && text !== UNSAID) given[key] = text;
  }
  if (typed.heads !== null) given.heads = typed.heads;
  if (typed.imageSize !== null) given.imageSize = typed.imageSize;
  if (typed.activation !== UNSAID) given.activation = typed.activation;
  if (typed.layerNormEps.trim() !== '') {
    const value = Number(typed.layerNormEps);
    if (value > 0 && value < 1) given.layerNormEps = value;
    else wrong.push('layerNormEps');
  }
  for (const key of ['mean', 'std'] as const) {
    if (typed[key].trim() === '') continue;
    const values = threeNumbers(typed[key]);
    if (values === null) wrong.push(key);
    else given[key] = values;
  }
  return { given, wrong };
}

/** `0.485, 0.456, 0.406`, with commas or spaces, or one number for all three. */
export function threeNumbers(text: string): [number, number, number] | null {
  const values = text
    .split(/[\s,;]+/)
    .filter((part) => part !== '')
    .map(Number);
  const [first, second, third] = values;
  if (first === undefined || !values.every(Number.isFinite)) return null;
  if (second === undefined) return [first, first, first];
  return third === undefined || values.length > 3 ? null : [first, second, third];
}

/** What a person chose on the Train screen, and what is asked of the core for it. */
import type { TrainRequestInput } from '#app/contract/runs.ts';
import { parseBlocks } from '#app/domain/block-sets.ts';
import type { DeviceChoice } from '#app/domain/device.ts';
import type { FitPolicy, SixteenBitMapping } from '#app/domain/preprocessing.ts';
import { adjustRecipe, recipes } from '#app/domain/recipes.ts';
import type { RecipeName } from '#app/domain/recipes.ts';
import type { DtlMethod, MethodName, Recipe, WeightPrecision } from '#app/domain/run-config.ts';

export interface TrainForm {
  /** Null: the newest, drawn when there is none. */
  readonly split: number | null;
  /** Null: the one that comes with the program. */
  readonly backbone: string | null;
  readonly method: MethodName;
  readonly adapt: 'second-half' | 'every' | 'chosen';
  /** Blocks as they were typed: `6-11`; read when `adapt` is `chosen`. */
  readonly adaptBlocks: string;
  /** Empty: all. */
  readonly extractBlocks: string;
  readonly side: SideChanges;
  readonly recipe: RecipeName;
  /** Only what differs from the recipe. */
  readonly changes: Partial<Recipe>;
  /** Null: what the settings say. */
  readonly device: DeviceChoice | null;
  /** Null: one a core. */
  readonly threads: number | null;
  /** Of the backbone's matrices. */
  readonly weights: WeightPrecision;
  readonly fit: FitPolicy;
  readonly sixteenBit: SixteenBitMapping['kind'];
  /** As they were typed: `0, 2-4`. */
  readonly seeds: string;
  /** As they were typed; empty: the recipe's. */
  readonly learningRates: string;
}

export interface SideChanges {
  readonly rank?: number;
  readonly beta?: number;
  readonly kernel?: DtlMethod['kernel'];
}

export const newForm: TrainForm = {
  split: null,
  backbone: null,
  method: 'dtl+',
  adapt: 'second-half',
  adaptBlocks: '',
  extractBlocks: '',
  side: {},
  recipe: 'default',
  changes: {},
  device: null,
  threads: null,
  weights: 'float32',
  fit: 'squash',
  sixteenBit: 'full-range',
  seeds: '0',
  learningRates: '',
};

/** The recipe with the changes in it: what its fields show. */
export function recipeOf({ recipe, changes }: Pick<TrainForm, 'recipe' | 'changes'>): Recipe {
  return adjustRecipe(recipes[recipe], changes);
}

/** A value that is the recipe's own is no change; null goes back to it. */
export function changeRecipe<K extends keyof Recipe>(form: TrainForm, key: K, value: Recipe[K] | null): TrainForm {
  const { [key]: _, ...others } = form.changes;
  const rest = others as Partial<Recipe>;
  const own = adjustRecipe(recipes[form.recipe], rest)[key];
  return { ...form, changes: value === null || value === own ? rest : { ...rest, [key]: value } };
}

/** A single learning rate is the recipe with another number; several are asked for beside it, as a sweep. */
export function withLearningRate(form: TrainForm, rates: readonly number[] | null): TrainForm {
  const [only, ...more] = rates ?? [];
  return only === undefined || more.length > 0 ? form : changeRecipe(form, 'learningRate', only);
}

/** Another recipe brings all its numbers along. */
export function chooseRecipe(form: TrainForm, recipe: RecipeName): TrainForm {
  return { ...form, recipe, changes: {} };
}

export type Asked =
  | { readonly request: TrainRequestInput; readonly problems: readonly [] }
  | { readonly request: null; readonly problems: readonly string[] };

/** Only what the fields themselves can be wrong about; the core's preview says the rest. */
export function toRequest(form: TrainForm): Asked {
  const side = sideSettings(form);
  if (side.settings === null) return { request: null, problems: side.problems };
  return {
    request: {
      split: form.split,
      backbone: form.backbone,
      method: form.method,
      methodSettings: side.settings,
      recipe: form.recipe,
      recipeChanges: form.changes,
      device: form.device,
      threads: form.threads,
      weights: form.weights,
      fit: form.fit,
      sixteenBit: form.sixteenBit,
    },
    problems: [],
  };
}

type Side =
  | { readonly settings: TrainRequestInput['methodSettings']; readonly problems: readonly [] }
  | { readonly settings: null; readonly problems: readonly string[] };

function sideSettings({ method, adapt, adaptBlocks, extractBlocks, side }: TrainForm): Side {
  if (method === 'linear') return { settings: {}, problems: [] };
  const problems: string[] = [];
  const blocks = (text: string, what: string): number[] => {
    const parsed = parseBlocks(text);
    if (parsed === null) problems.push(`"${text}" names no blocks to ${what}. Write numbers such as 6-11 or 0,2,4.`);
    return [...(parsed ?? [])];
  };
  const { kernel, ...others } = side;
  const settings = {
    ...others,
    // DTL has no convolution, so a kernel chosen for DTL+ waits until that is chosen again.
    ...(method === 'dtl+' && kernel !== undefined ? { kernel } : {}),
    ...(extractBlocks.trim() === '' ? {} : { extract: blocks(extractBlocks, 'take from') }),
    ...(adapt === 'every' ? { adapt: 'all' as const } : {}),
    ...(adapt === 'chosen' ? { adapt: blocks(adaptBlocks, 'add to') } : {}),
  };
  return problems.length > 0 ? { settings: null, problems } : { settings, problems: [] };
}

/** What the readers of a family's geometry ask of a translated file, and how they answer. */
import type { Translation } from './translate.ts';

/** Far above any published network; keeps a hostile block number from meaning millions of missing tensors. */
export const maxDepth = 1024;

export type GeometryReading<T> = { readonly geometry: T } | { readonly problems: readonly string[] };

/** The shapes of canonical tensors, with the names of the file for messages. */
export class CanonicalShapes {
  readonly #translation: Translation;

  constructor(translation: Translation) {
    this.#translation = translation;
  }

  has(name: string): boolean {
    return this.#translation.recipes.has(name);
  }

  /** Undefined, and a sentence in `problems`, where there is none. */
  shape(name: string, problems: string[]): readonly number[] | undefined {
    const shape = this.#translation.recipes.get(name)?.shape;
    if (shape === undefined) problems.push(`The tensor "${this.#translation.prefix}${name}" is missing.`);
    return shape;
  }

  misshaped(name: string, wanted: string): string {
    const recipe = this.#translation.recipes.get(name);
    return recipe === undefined ? `The tensor "${name}" is missing.` : misshaped(recipe, wanted);
  }

  /** The largest number that the pattern's group catches in a canonical name, or -1. */
  last(pattern: RegExp): number {
    let last = -1;
    for (const name of this.#translation.recipes.keys()) {
      const found = pattern.exec(name)?.[1];
      if (found !== undefined) last = Math.max(last, Number(found));
    }
    return last;
  }
}

export function misshaped({ name, shape, pieces }: NonNullable<ReturnType<Recipes['get']>>, wanted: string): string {
  const sources = [...new Set(pieces.map(({ source }) => `"${source}"`))];
  const [only] = sources;
  const has = `the shape [${shape.join(', ')}], needed is ${wanted}.`;
  if (sources.length === 1 && only?.endsWith(`${name}"`) === true) return `The tensor ${only} has ${has}`;
  return `"${name}", made of ${sources.join(', ')}, has ${has}`;
}

type Recipes = Translation['recipes'];

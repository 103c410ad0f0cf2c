/** Puts together what shapes, files and tables know of a backbone, and says what was assumed. */
import { basename } from 'node:path';
import type { BackboneSpec, VitSpec } from '#app/domain/backbone.ts';
import { AppError } from '#app/domain/errors.ts';
import type { BackboneHints } from '#app/ports/files.ts';
import { problemData, problemList } from '../problems.ts';
import type { Clues } from './clues.ts';
import { metadataClues, neighbourClues } from './clues.ts';
import type { Variant } from './variants.ts';
import { usualVit, variantNamed, variantOfSize, variants } from './variants.ts';

type Geometry = Omit<VitSpec, 'heads' | 'layerNormEps'>;

export interface Description {
  readonly name: string;
  readonly spec: BackboneSpec;
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
  readonly licence: string | null;
  /** Sentences to be shown. */
  readonly assumptions: readonly string[];
}

/**
 * `source` is the checkpoint's path, `metadata` its own. Throws AppError `backbone.variant` for a variant that is not in
 * the table, `backbone.settings` naming what contradicts the tensors, `backbone.unknown-heads` where nothing tells.
 */
export async function describeBackbone(
  source: string,
  metadata: ReadonlyMap<string, string>,
  geometry: Geometry,
  hints: BackboneHints,
): Promise<Description> {
  const problems: string[] = [];
  const said = [metadataClues(metadata, problems), ...(await neighbourClues(source, problems))];
  for (const clues of said) problems.push(...contradictions(clues, geometry));
  const chosen = hints.variant === undefined ? null : namedVariant(hints.variant);
  if (chosen !== null && !isOfSize(chosen, geometry)) {
    problems.push(`${chosen.name} has ${sizeOf(chosen)}, the tensors have ${sizeOf(geometry)}.`);
  }
  const architecture = first(said, 'architecture');
  const published = architecture === undefined ? null : variantNamed(architecture);
  const ranked: readonly Partial<Clues>[] = [
    ...(chosen === null ? [] : [chosen]),
    ...said,
    ...(published !== null && isOfSize(published, geometry) ? [published] : []),
  ];
  const similar = variantOfSize(geometry.width, geometry.depth);
  const assumptions: string[] = [];
  const assume = <T extends number | readonly number[]>(what: string, value: T): T => {
    const why =
      similar === null ? 'as most Vision Transformers have it' : `as ${similar.name}, which has this size, has it`;
    assumptions.push(`Nothing tells its ${what}: taken as ${String(value)}, ${why}.`);
    return value;
  };
  const heads = hints.heads ?? first(ranked, 'heads') ?? (similar && assume('number of heads', similar.heads));
  if (heads === null) throw problems.length > 0 ? settingsProblem(source, problems) : unknownHeads(source, geometry);
  if (geometry.width % heads !== 0) problems.push(`${heads} heads do not divide the width ${geometry.width}.`);
  const usual = similar ?? usualVit;
  const layerNormEps = first(ranked, 'layerNormEps') ?? assume('LayerNorm epsilon', usual.layerNormEps);
  const mean = first(ranked, 'mean') ?? assume('mean', usual.mean);
  const std = first(ranked, 'std') ?? assume('standard deviation', usual.std);
  if (std.some((value) => !(value > 0)))
    problems.push(`A standard deviation of ${std.join(', ')} cannot be divided by.`);
  if (problems.length > 0) throw settingsProblem(source, problems);
  return {
    name: hints.name ?? architecture ?? chosen?.name ?? basename(source).replace(/\.safetensors$/i, ''),
    spec: { ...geometry, heads, layerNormEps },
    mean,
    std,
    licence: first(said, 'licence') ?? null,
    assumptions,
  };
}

function first<K extends keyof Clues>(sources: readonly Partial<Clues>[], key: K): Clues[K] | undefined {
  return sources.find((clues) => clues[key] !== undefined)?.[key];
}

interface Size {
  readonly width: number;
  readonly depth: number;
}

function isOfSize(variant: Variant, { width, depth }: Size): boolean {
  return variant.width === width && variant.depth === depth;
}

function namedVariant(name: string): Variant {
  const variant = variantNamed(name);
  if (variant !== null) return variant;
  const known = variants.map((candidate) => candidate.name).join(', ');
  throw new AppError('backbone.variant', `There is no published variant "${name}" in the table; it has ${known}.`, {
    data: { variant: name },
  });
}

function contradictions(clues: Clues, geometry: Geometry): string[] {
  const fields = [
    ['an image size', 'imageSize'],
    ['a patch size', 'patchSize'],
    ['a width', 'width'],
    ['a depth', 'depth'],
  ] as const;
  const found = fields
    .filter(([, key]) => clues[key] !== undefined && clues[key] !== geometry[key])
    .map(([what, key]) => `${clues.source} says ${what} of ${String(clues[key])}, the tensors say ${geometry[key]}.`);
  if (clues.activation !== undefined && clues.activation !== 'gelu') {
    found.push(`${clues.source} says an activation of "${clues.activation}", supported is the exact GELU ("gelu").`);
  }
  return found;
}

function sizeOf({ width, depth }: Size): string {
  return `a width of ${width} and ${depth} blocks`;
}

function settingsProblem(source: string, problems: readonly string[]): AppError {
  const message = `"${source}" was not imported: what is said of it does not agree.${problemList(problems)}`;
  return new AppError('backbone.settings', message, { data: { path: source, problems: problemData(problems) } });
}

function unknownHeads(source: string, geometry: Geometry): AppError {
  return new AppError(
    'backbone.unknown-heads',
    `"${source}" was not imported: it is a Vision Transformer with ${sizeOf(geometry)}, and ` +
      'neither it nor a config.json beside it tells its number of attention heads. Give it with --heads N or --variant NAME.',
    { data: { path: source, width: geometry.width, depth: geometry.depth } },
  );
}

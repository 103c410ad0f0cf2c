/** What an adapter pack holds, and what can be said about it without opening a file. Format: `docs/pack-format.md`. */
import type { Backbone, BackboneSpec, SwinSpec, VitSpec } from './backbone.ts';
import { plainVit } from './backbone.ts';
import type { BackboneIdentity } from './ids.ts';
import type { Preprocessing } from './preprocessing.ts';
import type { Method, WeightPrecision } from './run-config.ts';
import type { SubsetEvaluations } from './run.ts';
import { headTensors, sideTensors } from './side-parameters.ts';

export const PACK_FORMAT = 'dtl-studio-pack';
/** The newest version that this program reads and writes. */
export const PACK_FORMAT_VERSION = 2;

/** The generator of self-test inputs that this program has. A pack that names another one cannot be tested here. */
export const SELF_TEST_GENERATOR = { name: 'dtl-structured-noise', version: 1, seed: 0, count: 4 } as const;
/** Largest relative L2 error over the logits of all inputs together. */
export const SELF_TEST_TOLERANCE = 1e-3;

export interface PackTensor {
  readonly shape: readonly number[];
  /** Row by row. */
  readonly values: Float32Array;
}

export interface PackBackbone {
  readonly name: string;
  readonly identity: BackboneIdentity;
  readonly spec: BackboneSpec;
}

/** How good it was when it was made; `probe` is the linear probe on the same frozen features. */
export interface PackMetrics extends SubsetEvaluations {
  readonly probe: SubsetEvaluations | null;
}

/** A run's recipe or plan, to be read by people: later programs may have settings that this one does not know. */
export type PackSettings = Readonly<Record<string, string | number | boolean | null>>;

/** Of the backbone beside which its figures were measured. */
export function measuredWeights({ plan }: Pick<PackProvenance, 'plan'>): WeightPrecision {
  return plan['weights'] === 'int8' ? 'int8' : 'float32';
}

/** Where it comes from. Nothing of the clock, of paths or of speed: the same run gives the same pack. */
export interface PackProvenance {
  readonly labelRevision: number;
  readonly splitDigest: string;
  readonly seed: number;
  readonly recipe: PackSettings;
  readonly plan: PackSettings;
  readonly appVersion: string;
  readonly runtimeVersion: string;
}

export interface PackContent {
  readonly method: Method;
  /** In the order of the logits. */
  readonly classNames: readonly string[];
  readonly preprocessing: Preprocessing;
  readonly backbone: PackBackbone;
  readonly metrics: PackMetrics;
  readonly provenance: PackProvenance;
  /** Logits of the generated inputs, [count][classes]. */
  readonly selfTest: readonly (readonly number[])[];
  /** Side network and head, by name. */
  readonly tensors: ReadonlyMap<string, PackTensor>;
}

/** Shapes of the tensors that a pack must have, in the order in which they are written. */
export function packTensors(
  content: Pick<PackContent, 'method' | 'backbone' | 'classNames'>,
): ReadonlyMap<string, readonly number[]> {
  const { method, backbone, classNames } = content;
  return new Map([...sideTensors(method, backbone.spec), ...headTensors(classNames.length, backbone.spec)]);
}

/** The oldest version that can describe a backbone: version 1 knew plain ViTs only. A pack has the oldest that suffices. */
export function packVersionOf(spec: BackboneSpec): 1 | 2 {
  return spec.family === 'vit' && Object.keys(packSpec(spec)).every((key) => !(key in plainVit)) ? 1 : 2;
}

/** A spec as a pack has it: what a plain ViT has is left out. */
export function packSpec(spec: BackboneSpec): Readonly<Record<string, string | number | boolean | readonly number[]>> {
  const plain: Readonly<Record<string, unknown>> = spec.family === 'vit' ? plainVit : {};
  return Object.fromEntries(Object.entries(spec).filter(([key, value]) => !(key in plain) || plain[key] !== value));
}

/** In which ways a backbone is not the one that the pack was trained on, as sentences; none when it is. */
export function packDifferences(
  pack: Pick<PackContent, 'backbone'>,
  backbone: Pick<Backbone, 'name' | 'identity' | 'spec'>,
): readonly string[] {
  const differences = specDifferences(pack.backbone.spec, backbone.spec).map(
    ([field, wanted, found]) => `The pack needs ${field} ${wanted}, "${backbone.name}" has ${found}.`,
  );
  // The identity does not cover what a pack says of the backbone's geometry; a false description is refused as well.
  if (pack.backbone.identity === backbone.identity) return differences;
  return [
    `The pack was trained on "${pack.backbone.name}" (${pack.backbone.identity.slice(0, 12)}), ` +
      `"${backbone.name}" is another backbone (${backbone.identity.slice(0, 12)}).`,
    ...(differences.length > 0 ? differences : ['Their geometry is the same: the weights differ.']),
  ];
}

type Described<Spec> = readonly (readonly [string, (spec: Spec) => string | number | boolean])[];

const commonFields: Described<BackboneSpec> = [
  ['an image size of', (spec) => spec.imageSize],
  ['a patch size of', (spec) => spec.patchSize],
  ['a width of', (spec) => spec.width],
];
const epsilonField: Described<BackboneSpec> = [['a LayerNorm epsilon of', (spec) => Math.fround(spec.layerNormEps)]];

// How the published classifier pools is not among them: nothing that a pack does depends on it.
const vitFields: Described<VitSpec> = [
  ...commonFields,
  ['a depth of', (spec) => spec.depth],
  ['a number of heads of', (spec) => spec.heads],
  ['an MLP width of', (spec) => spec.mlpWidth],
  ...epsilonField,
  ['class token:', (spec) => yesOrNo(spec.classToken)],
  ['distillation token:', (spec) => yesOrNo(spec.distillationToken)],
  ['a number of registers of', (spec) => spec.registers],
  ['positions on', (spec) => spec.positions],
  ['a LayerNorm in front of the blocks:', (spec) => yesOrNo(spec.preNorm)],
  ['a bias of the patches:', (spec) => yesOrNo(spec.patchBias)],
  ['LayerScale:', (spec) => yesOrNo(spec.layerScale)],
  ['the activation', (spec) => spec.activation],
  ['the final norm', (spec) => spec.finalNorm],
];

const swinFields: Described<SwinSpec> = [
  ...commonFields,
  ['blocks a stage of', (spec) => spec.depths.join(', ')],
  ['heads a stage of', (spec) => spec.heads.join(', ')],
  ['windows of', (spec) => spec.windowSize],
  ['an MLP ratio of', (spec) => spec.mlpRatio],
  ...epsilonField,
];

function yesOrNo(value: boolean): string {
  return value ? 'yes' : 'no';
}

function specDifferences(wanted: BackboneSpec, found: BackboneSpec): readonly [string, string, string][] {
  if (wanted.family === 'vit' && found.family === 'vit') return differing(vitFields, wanted, found);
  if (wanted.family === 'swin' && found.family === 'swin') return differing(swinFields, wanted, found);
  return [['the family', wanted.family, found.family], ...differing(commonFields, wanted, found)];
}

function differing<Spec>(fields: Described<Spec>, wanted: Spec, found: Spec): [string, string, string][] {
  return fields
    .map(([name, of]): [string, string, string] => [name, String(of(wanted)), String(of(found))])
    .filter(([, a, b]) => a !== b);
}

/**
 * Relative L2 error of logits [inputs][classes] over all of them together, infinite where a shape differs or a number
 * is missing; a replayed self-test passes up to `SELF_TEST_TOLERANCE`.
 */
export function selfTestError(
  expected: readonly (readonly number[])[],
  actual: readonly (readonly number[])[],
): number {
  if (expected.length !== actual.length) return Infinity;
  let [difference, norm] = [0, 0];
  for (const [i, row] of expected.entries()) {
    const other = actual[i] ?? [];
    if (row.length !== other.length) return Infinity;
    for (const [j, value] of row.entries()) {
      difference += (value - (other[j] ?? NaN)) ** 2;
      norm += value ** 2;
    }
  }
  const error = Math.sqrt(difference / norm);
  return difference === 0 ? 0 : Number.isFinite(error) ? error : Infinity;
}

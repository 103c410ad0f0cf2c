import { oc, type } from '@orpc/contract';
import { z } from 'zod';
import type { BackboneIdentity, PackId, PhotoId, ProjectId, RunId } from '../domain/ids.ts';
import { MOST_TOGETHER } from '../domain/pack.ts';
import type { PackState } from '../domain/pack.ts';
import type { WeightPrecision } from '../domain/run-config.ts';
import type { Evaluation } from '../domain/run.ts';
import type { Started } from './common.ts';
import { line, path, upload, wirePack, wirePhotos, wireProject, wireRun } from './common.ts';

export interface PackView {
  readonly id: PackId;
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly state: PackState;
  readonly backbone: BackboneIdentity;
  readonly backboneName: string;
  readonly backboneThere: boolean;
  readonly run: RunId | null;
  readonly runName: string | null;
  readonly projectName: string | null;
  readonly classNames: readonly string[];
  /** `DTL+`, with the settings that differ from its defaults. */
  readonly method: string;
  readonly createdAt: number;
}

export interface PackDetails extends PackView {
  /** Where the file lies in the profile. */
  readonly path: string;
  /** About how large it would be as an ONNX file, with the backbone in it; null while that is not at hand. */
  readonly onnxBytes: number | null;
  readonly sideParameters: number;
  readonly headParameters: number;
  readonly imageSize: number;
  readonly fit: string;
  readonly test: Evaluation | null;
  readonly validation: Evaluation | null;
  readonly probeTest: Evaluation | null;
  /** Of the backbone beside which these were measured. */
  readonly weights: WeightPrecision;
  /** Name and value, in words: recipe, seed, label revision, split, versions. */
  readonly provenance: readonly { readonly name: string; readonly value: string }[];
}

/** One photo of a folder that a pack was applied to. */
export interface FoundRow {
  /** Its place in the results; its picture is `/media/found/{found}/{index}`. */
  readonly index: number;
  readonly name: string;
  readonly label: string;
  readonly confidence: number;
  /** In the order of `classNames`. */
  readonly probabilities: readonly number[];
}

export interface FoundSummary {
  readonly found: number;
  readonly pack: PackId;
  readonly folder: string;
  readonly classNames: readonly string[];
  readonly total: number;
  readonly counts: readonly { readonly label: string; readonly photos: number }[];
}

/** One photo that several packs looked at. */
export interface ComparedRow {
  /** Its place in the results; its picture is `/media/compared/{compared}/{index}`. */
  readonly index: number;
  /** Below its folder; of a photo of the library its path. */
  readonly name: string;
  /** Null where it belongs to no project. */
  readonly photo: { readonly id: PhotoId; readonly hash: string } | null;
  /** Whether all packs say the same class. */
  readonly agree: boolean;
  /** The confidence of the pack that is least sure. */
  readonly lowest: number;
  /** A pack each, in the order of the packs. */
  readonly said: readonly {
    readonly label: string;
    readonly confidence: number;
    /** Its likeliest classes, that one first. */
    readonly ranked: readonly { readonly label: string; readonly share: number }[];
  }[];
}

export interface ComparedSummary {
  readonly compared: number;
  /** Packs of one name are told apart by their numbers. */
  readonly packs: readonly { readonly pack: PackId; readonly name: string }[];
  /** Whose photos they are; null for those of a folder. */
  readonly project: ProjectId | null;
  readonly folder: string | null;
  readonly total: number;
  /** Photos of which the packs say different classes. */
  readonly disagreements: number;
}

const pack = z.object({ pack: wirePack });
const several = z.object({
  packs: z
    .array(wirePack)
    .min(2)
    .max(MOST_TOGETHER)
    .refine((packs) => new Set(packs).size === packs.length, 'Each pack once.'),
});
const whichPhotos = z.union([z.enum(['all', 'unlabelled']), wirePhotos]);
const compared = z.object({ compared: z.int().positive() });
/** What of a comparison is shown, and in which order. */
const comparedView = compared.extend({
  /** `agreement`: those that the packs agree on least come first; a number: by how sure the pack at that place is. */
  sort: z.union([z.enum(['name', 'agreement', 'lowest']), z.int().nonnegative()]),
  descending: z.boolean(),
  /** Only photos of which the packs say different classes. */
  disagree: z.boolean(),
  /** Only photos of which at least one pack is less sure than this. */
  below: z.number().min(0).max(1).nullable(),
});
export type ComparedView = z.infer<typeof comparedView>;
const found = z.object({ found: z.int().positive() });

export const packs = {
  /** Newest first. */
  list: oc.output(type<{ readonly seq: number; readonly packs: readonly PackView[] }>()),
  show: oc.input(pack).output(type<PackDetails>()),
  /** Makes the pack of a finished run; the file is at `/media/pack/{id}`. Throws `packs.run-not-finished`. */
  export: oc.input(z.object({ run: wireRun })).output(type<Started>()),
  import: oc.input(z.object({ upload, name: line(200) })).output(type<Started>()),
  /** Writes it with its backbone as one ONNX file and tries that; then it is at `/media/onnx/{pack}`. */
  exportOnnx: oc.input(pack).output(type<Started>()),
  /** Replays its self-test. */
  verify: oc.input(pack).output(type<Started>()),
  rename: oc.input(pack.extend({ name: line(200) })).output(type<PackView>()),
  /** Takes the pack and its predictions out of the profile. Not to be undone. */
  remove: oc.input(pack).output(type<{ readonly freedBytes: number }>()),
  /** Predicts photos of the library and keeps what it says of each. */
  apply: oc.input(pack.extend({ project: wireProject, photos: whichPhotos })).output(type<Started>()),
  /** Predicts a folder of photos that belong to no project. The results are kept until the program ends. */
  applyFolder: oc.input(pack.extend({ folder: path })).output(type<Started>()),
  found: oc.input(found).output(type<FoundSummary>()),
  foundRows: oc
    .input(
      found.extend({
        sort: z.enum(['name', 'label', 'confidence', 'uncertainty']),
        label: line(1000).nullable(),
        from: z.int().nonnegative(),
        to: z.int().nonnegative(),
      }),
    )
    .output(type<{ readonly total: number; readonly rows: readonly FoundRow[] }>()),
  foundCsv: oc.input(found).output(type<string>()),
  /**
   * Predicts photos of the library with several packs of one backbone at once and keeps what each says. Throws
   * `packs.other-backbone`.
   */
  compare: oc.input(several.extend({ project: wireProject, photos: whichPhotos })).output(type<Started>()),
  /** The same over a folder of photos that belong to no project. */
  compareFolder: oc.input(several.extend({ folder: path })).output(type<Started>()),
  /** Results side by side are kept until the program ends. Throws `packs.found-gone`, like the two below. */
  compared: oc.input(compared).output(type<ComparedSummary>()),
  comparedRows: oc
    .input(comparedView.extend({ from: z.int().nonnegative(), to: z.int().nonnegative() }))
    .output(type<{ readonly total: number; readonly rows: readonly ComparedRow[] }>()),
  /** Of what is shown, in its order. */
  comparedCsv: oc.input(comparedView).output(type<string>()),
};

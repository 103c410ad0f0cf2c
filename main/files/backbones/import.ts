/**
 * Takes a checkpoint into the store: checked in whole, named by its identity, copied once and never changed again.
 * Described in docs/backbones.md. Nothing is in the store until everything about the file has been found right.
 */
import { readFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Backbone, BackboneSpec } from '#app/domain/backbone.ts';
import type { BackboneDetails, BackboneInspection } from '#app/domain/backbone-details.ts';
import { AppError, cancelled } from '#app/domain/errors.ts';
import type { BackboneIdentity } from '#app/domain/ids.ts';
import type { BackboneHints, ImportedBackbone, LongWork } from '#app/ports/files.ts';
import type { Checkpoint, TensorFile, TensorPlan } from '#native-models/formats/checkpoints.ts';
import { openTensorFile, planTensors, readCheckpoint, writeCanonical } from '#native-models/formats/checkpoints.ts';
import type { SafetensorsFile, TensorEntry } from '#native-models/formats/safetensors.ts';
import { readSafetensorsHeader } from '#native-models/formats/safetensors.ts';
import { copyFileAtomic, makeFileAtomic } from '../atomic.ts';
import { formatProblem, isFormatError } from '../engine-errors.ts';
import { fileProblem, problemData, problemList } from '../problems.ts';
import type { Description } from './describe.ts';
import { describeBackbone, specOf } from './describe.ts';
import { hashBackbone } from './identity.ts';

type Work = LongWork<{ readonly done: number; readonly total: number }>;

const kept = 'Nothing was added to the store.';

/** The backbone that comes with the program, so that everything runs with no download. */
export function embeddedBackbonePath(): string {
  const name = '../../../native-models/backbones/vit_tiny_patch16_224.safetensors';
  return fileURLToPath(new URL(name, import.meta.url));
}

/** The model card of the embedded backbone, in Markdown. */
export function embeddedCard(): string {
  return readFileSync(embeddedBackbonePath().replace(/\.safetensors$/, '.md'), 'utf8');
}

/**
 * Imports the checkpoint at `source` into the folder `storeDir`. Holds a few tensors in memory at a time. Throws AppError
 * `backbone.damaged`, `backbone.pickle`, `backbone.tensors` (data: problems), `backbone.settings`, `backbone.variant`,
 * `backbone.unknown-settings` (data: questions, variants), `backbone.not-finite`, `files.*`, or one of kind `cancelled`;
 * the store then is as it was.
 */
export async function importBackbone(
  source: string,
  storeDir: string,
  hints: BackboneHints = {},
  work: Work = {},
): Promise<ImportedBackbone> {
  const { checkpoint, description } = await look(source, hints);
  const spec = specOf(source, description);
  const plan = planned(checkpoint, spec);
  const { mean, std } = description.values;
  if (mean === undefined || std === undefined) throw new AppError('internal', 'No statistics.', { kind: 'bug' });
  const stored = await store({ checkpoint, plan, spec, storeDir, work });
  return {
    ...stored,
    name: description.name,
    spec,
    mean,
    std,
    licence: description.licence,
    details: detailsOf(description, plan),
  };
}

/** What the file is and says; no tensor is read. Throws what importBackbone throws, but for what is a question here. */
export async function inspectBackbone(source: string, hints: BackboneHints = {}): Promise<BackboneInspection> {
  const { checkpoint, description } = await look(source, hints);
  const { name, questions, variants } = description;
  const plan = questions.length === 0 ? planned(checkpoint, specOf(source, description)) : null;
  return {
    ...detailsOf(description, plan ?? { leftOut: checkpoint.translation.leftOut.toSorted(), narrowed: [] }),
    name,
    questions,
    variants,
  };
}

async function look(
  source: string,
  hints: BackboneHints,
): Promise<{ readonly checkpoint: Checkpoint; readonly description: Description }> {
  const file = await openCheckpoint(source);
  const reading = readCheckpoint(file);
  if ('problems' in reading) throw tensorProblem(source, reading.problems);
  const { checkpoint } = reading;
  // What is wrong with the tensors weighs more than what is not known of them.
  if (checkpoint.geometry.family === 'vit') planned(checkpoint, { ...checkpoint.geometry, ...anySettings });
  return { checkpoint, description: await describeBackbone(checkpoint, hints) };
}

/** Settings that shapes do not depend on. */
const anySettings = { heads: 1, layerNormEps: 1e-6, activation: 'gelu' } as const;

function planned(checkpoint: Checkpoint, spec: BackboneSpec): TensorPlan {
  const plan = planTensors(checkpoint, spec);
  if ('problems' in plan) throw tensorProblem(checkpoint.file.path, plan.problems);
  return plan;
}

function detailsOf(
  { container, naming, family, settings, notes }: Description,
  { leftOut, narrowed }: Pick<TensorPlan, 'leftOut' | 'narrowed'>,
): BackboneDetails {
  const rounding =
    narrowed.length === 0 ? [] : [`Double precision was rounded to float32 in ${narrowed.length} of its tensors.`];
  return { container, naming, family, settings, leftOut, notes: [...notes, ...rounding] };
}

interface Storing {
  readonly checkpoint: Checkpoint;
  readonly plan: TensorPlan;
  readonly spec: BackboneSpec;
  readonly storeDir: string;
  readonly work: Work;
}

type Stored = Pick<Backbone, 'identity' | 'parameters' | 'dtype' | 'bytes'> &
  Pick<ImportedBackbone, 'path' | 'tensorPrefix' | 'alreadyStored'>;

/**
 * A file whose tensors lie as they are needed is copied, any other one is rewritten under canonical names. What stands in
 * the store is what gets hashed, so that nobody can change the file between the check and its use.
 */
async function store({ checkpoint, plan, spec, storeDir, work }: Storing): Promise<Stored> {
  const source = checkpoint.file.path;
  let result: Stored | undefined;
  const check = async (copy: string): Promise<string | null> => {
    const { file, tensors, prefix } = await reopen(copy, source, spec);
    const identity = await hashBackbone(file, tensors, spec, source, part(work, plan.asTheyAre ? 0 : 1, plan));
    const path = join(storeDir, `${identity}.safetensors`);
    const earlier = await storedBefore(path, identity, spec, work);
    result = earlier ?? { ...facts(file, tensors), tensorPrefix: prefix, identity, path, alreadyStored: false };
    return earlier === null ? path : null;
  };
  const readOnly = { mode: 0o444 };
  try {
    if (plan.asTheyAre) await copyFileAtomic(source, storeDir, check, readOnly);
    else {
      const rewriting = part(work, 0, plan);
      const rewrite = (partial: string): Promise<void> =>
        writeCanonical(partial, checkpoint.file, plan, (progress) => {
          if (work.signal?.aborted) throw cancelled(`Importing "${source}"`);
          rewriting.onProgress?.(progress);
        });
      await makeFileAtomic(join(storeDir, basename(source)), rewrite, check, readOnly);
    }
  } catch (error) {
    throw formatProblem(writeProblem(error, storeDir), 'backbone.damaged', kept, { path: source });
  }
  if (result === undefined) throw new AppError('internal', `"${source}" was not looked at.`, { kind: 'bug' });
  return result;
}

/** A full disk is not a damaged checkpoint. */
function writeProblem(error: unknown, storeDir: string): unknown {
  const isWriting = error instanceof Error && 'code' in error && error.code === 'safetensors.write';
  return isWriting ? fileProblem(error.cause, 'written', storeDir, kept) : error;
}

/** Rewriting is the first half of the work where there is any, hashing the second. */
function part({ signal, onProgress }: Work, half: 0 | 1, { asTheyAre }: TensorPlan): Work {
  return {
    ...(signal === undefined ? {} : { signal }),
    onProgress: ({ done, total }) => {
      onProgress?.(asTheyAre ? { done, total } : { done: done + half * total, total: 2 * total });
    },
  };
}

type Tensors = ReadonlyMap<string, TensorEntry>;

async function reopen(
  copy: string,
  source: string,
  spec: BackboneSpec,
): Promise<{ readonly file: SafetensorsFile; readonly tensors: Tensors; readonly prefix: string }> {
  const reading = readCheckpoint(await openTensorFile(copy));
  if ('problems' in reading) throw tensorProblem(source, reading.problems);
  const plan = planTensors(reading.checkpoint, spec);
  if ('problems' in plan) throw tensorProblem(source, plan.problems);
  const file = await readSafetensorsHeader(copy);
  const entries = plan.recipes.map(({ name, pieces }): [string, TensorEntry] => {
    const entry = file.tensors.get(pieces[0]?.source ?? '');
    if (!plan.asTheyAre || entry === undefined) throw changed(source);
    return [name, entry];
  });
  return { file, tensors: new Map(entries), prefix: reading.checkpoint.naming.prefix };
}

/** The same backbone from an earlier import, perhaps under other names and in another type; null when it is damaged. */
async function storedBefore(
  path: string,
  identity: BackboneIdentity,
  spec: BackboneSpec,
  { signal }: Work,
): Promise<Stored | null> {
  const there = await stat(path).catch(() => null);
  if (there === null) return null;
  try {
    const { file, tensors, prefix } = await reopen(path, path, spec);
    const found = await hashBackbone(file, tensors, spec, path, signal === undefined ? {} : { signal });
    if (found !== identity) return null;
    return { ...facts(file, tensors), tensorPrefix: prefix, identity, path, alreadyStored: true };
  } catch (error) {
    const damaged = isFormatError(error) || (error instanceof AppError && error.code.startsWith('backbone.'));
    if (damaged) return null;
    throw error;
  }
}

function facts(file: SafetensorsFile, tensors: Tensors): Pick<Stored, 'parameters' | 'dtype' | 'bytes'> {
  const entries = [...tensors.values()];
  const parameters = entries.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
  return { parameters, dtype: mainType(entries), bytes: file.fileSize };
}

/** The type that holds most bytes: norms are often kept in float32 beside halves. */
function mainType(entries: readonly TensorEntry[]): Backbone['dtype'] {
  const bytesOf = (dtype: string): number =>
    entries.reduce((sum, entry) => sum + (entry.dtype === dtype ? entry.end - entry.start : 0), 0);
  const types = ['float32', 'float16', 'bfloat16'] as const;
  return types.reduce((best, next) => (bytesOf(next) > bytesOf(best) ? next : best));
}

async function openCheckpoint(source: string): Promise<TensorFile> {
  try {
    const stats = await stat(source);
    if (stats.isDirectory()) {
      const remedy = 'Name the .safetensors or .npz file in it.';
      throw new AppError('files.is-a-folder', `"${source}" is a folder. ${kept} ${remedy}`, { data: { path: source } });
    }
  } catch (error) {
    throw fileProblem(error, 'read', source, kept);
  }
  if (/\.(pt|pth|bin|ckpt|pkl)$/i.test(source)) throw pickle(source);
  try {
    return await openTensorFile(source);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'checkpoint.pickle') throw pickle(source);
    throw formatProblem(error, 'backbone.damaged', kept, { path: source });
  }
}

function pickle(source: string): AppError {
  const command =
    'python -c "import sys, torch, safetensors.torch as s; d = torch.load(sys.argv[1], weights_only=True); ' +
    "d = d.get('model', d.get('state_dict', d)); s.save_file({k: v.contiguous().clone() for k, v in d.items()}, sys.argv[2])\" " +
    'IN OUT.safetensors';
  return new AppError(
    'backbone.pickle',
    `"${source}" was not opened: PyTorch files can run programs when they are read. ${kept} Convert it with\n  ${command}`,
    { data: { path: source } },
  );
}

function changed(source: string): AppError {
  return new AppError('backbone.damaged', `"${source}" changed while it was being imported. ${kept} Try again.`, {
    data: { path: source },
  });
}

function tensorProblem(source: string, problems: readonly string[]): AppError {
  return new AppError('backbone.tensors', `"${source}" was not imported. ${kept}${problemList(problems)}`, {
    data: { path: source, problems: problemData(problems) },
  });
}

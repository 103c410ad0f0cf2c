/**
 * Takes a checkpoint into the store: checked in whole, named by its identity, copied once and never changed again.
 * Described in docs/backbones.md. Nothing is in the store until everything about the file has been found right.
 */
import { readFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Backbone, BackboneSpec } from '#app/domain/backbone.ts';
import { AppError } from '#app/domain/errors.ts';
import type { BackboneIdentity } from '#app/domain/ids.ts';
import type { BackboneHints, ImportedBackbone, LongWork } from '#app/ports/files.ts';
import { readVitCheckpoint } from '#native-models/formats/checkpoints/vit.ts';
import type { SafetensorsFile, TensorEntry } from '#native-models/formats/safetensors.ts';
import { readSafetensorsHeader } from '#native-models/formats/safetensors.ts';
import { copyFileAtomic } from '../atomic.ts';
import { formatProblem, isFormatError } from '../engine-errors.ts';
import { fileProblem, problemData, problemList } from '../problems.ts';
import { describeBackbone } from './describe.ts';
import { hashBackbone } from './identity.ts';

type Work = LongWork<{ readonly done: number; readonly total: number }>;
type Checkpoint = Extract<ReturnType<typeof readVitCheckpoint>, { readonly checkpoint: unknown }>['checkpoint'];

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
 * Imports the checkpoint at `source` into the folder `storeDir`. Holds one tensor in memory at a time. Throws AppError
 * `backbone.damaged`, `backbone.pickle`, `backbone.tensors` (data: problems), `backbone.settings`, `backbone.variant`,
 * `backbone.unknown-heads`, `backbone.not-finite`, `files.*`, or one of kind `cancelled`; the store then is as it was.
 */
export async function importBackbone(
  source: string,
  storeDir: string,
  hints: BackboneHints = {},
  work: Work = {},
): Promise<ImportedBackbone> {
  const header = await openCheckpoint(source);
  const reading = readVitCheckpoint(header.tensors);
  if ('problems' in reading) throw tensorProblem(source, reading.problems);
  const { geometry, leftOut } = reading.checkpoint;
  const description = await describeBackbone(source, header.metadata, geometry, hints);
  const stored = await store(source, storeDir, description.spec, work);
  const { assumptions, ...told } = description;
  return { ...told, ...stored, leftOut, assumptions };
}

type Stored = Pick<Backbone, 'identity' | 'parameters' | 'dtype' | 'bytes'> &
  Pick<ImportedBackbone, 'path' | 'tensorPrefix' | 'alreadyStored'>;

/** The copy is what gets hashed, so that nobody can change the file between the check and its use. */
async function store(source: string, storeDir: string, spec: BackboneSpec, work: Work): Promise<Stored> {
  let result: Stored | undefined;
  try {
    await copyFileAtomic(
      source,
      storeDir,
      async (copy) => {
        const { file, checkpoint } = await reopen(copy, source);
        const identity = await hashBackbone(file, checkpoint.tensors, spec, source, work);
        const path = join(storeDir, `${identity}.safetensors`);
        const earlier = await storedBefore(path, identity, spec, work);
        result = earlier ?? { ...facts(file, checkpoint), identity, path, alreadyStored: false };
        return earlier === null ? path : null;
      },
      { mode: 0o444 },
    );
  } catch (error) {
    throw formatProblem(error, 'backbone.damaged', kept, { path: source });
  }
  if (result === undefined)
    throw new AppError('internal', `"${source}" was copied and not looked at.`, { kind: 'bug' });
  return result;
}

async function reopen(copy: string, source: string): Promise<{ file: SafetensorsFile; checkpoint: Checkpoint }> {
  const file = await readSafetensorsHeader(copy);
  const reading = readVitCheckpoint(file.tensors);
  if ('problems' in reading) throw tensorProblem(source, reading.problems);
  return { file, checkpoint: reading.checkpoint };
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
    const { file, checkpoint } = await reopen(path, path);
    const found = await hashBackbone(file, checkpoint.tensors, spec, path, signal === undefined ? {} : { signal });
    return found === identity ? { ...facts(file, checkpoint), identity, path, alreadyStored: true } : null;
  } catch (error) {
    const damaged = isFormatError(error) || (error instanceof AppError && error.code.startsWith('backbone.'));
    if (damaged) return null;
    throw error;
  }
}

function facts(
  file: SafetensorsFile,
  { prefix, tensors }: Checkpoint,
): Pick<Stored, 'parameters' | 'dtype' | 'bytes' | 'tensorPrefix'> {
  const entries = [...tensors.values()];
  const parameters = entries.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
  return { parameters, dtype: mainType(entries), bytes: file.fileSize, tensorPrefix: prefix };
}

/** The type that holds most bytes: norms are often kept in float32 beside halves. */
function mainType(entries: readonly TensorEntry[]): Backbone['dtype'] {
  const bytesOf = (dtype: string): number =>
    entries.reduce((sum, entry) => sum + (entry.dtype === dtype ? entry.end - entry.start : 0), 0);
  const types = ['float32', 'float16', 'bfloat16'] as const;
  return types.reduce((best, next) => (bytesOf(next) > bytesOf(best) ? next : best));
}

async function openCheckpoint(source: string): Promise<SafetensorsFile> {
  try {
    const stats = await stat(source);
    if (stats.isDirectory()) {
      const remedy = 'Name the .safetensors file in it.';
      throw new AppError('files.is-a-folder', `"${source}" is a folder. ${kept} ${remedy}`, { data: { path: source } });
    }
  } catch (error) {
    throw fileProblem(error, 'read', source, kept);
  }
  if (/\.(pt|pth|bin|ckpt|pkl)$/i.test(source)) throw pickle(source);
  try {
    return await readSafetensorsHeader(source);
  } catch (error) {
    throw formatProblem(error, 'backbone.damaged', kept, { path: source });
  }
}

function pickle(source: string): AppError {
  const command =
    'python -c "import sys, torch, safetensors.torch as s; ' +
    's.save_file(torch.load(sys.argv[1], weights_only=True), sys.argv[2])" IN OUT.safetensors';
  return new AppError(
    'backbone.pickle',
    `"${source}" was not opened: PyTorch files can run programs when they are read. ${kept} Convert it with\n  ${command}`,
    { data: { path: source } },
  );
}

function tensorProblem(source: string, problems: readonly string[]): AppError {
  return new AppError('backbone.tensors', `"${source}" was not imported. ${kept}${problemList(problems)}`, {
    data: { path: source, problems: problemData(problems) },
  });
}

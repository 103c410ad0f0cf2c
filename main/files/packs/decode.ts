/** From bytes of unknown origin to a pack's content: everything in it is checked before anything of it is used. */
import { AppError } from '#app/domain/errors.ts';
import type { PackContent, PackTensor } from '#app/domain/pack-content.ts';
import { PACK_FORMAT, PACK_FORMAT_VERSION, packVersionOf } from '#app/domain/pack-content.ts';
import type { SafetensorsBuffer } from '#native-models/formats/safetensors.ts';
import { parseSafetensors, tensorFloat32 } from '#native-models/formats/safetensors.ts';
import { formatProblem } from '../engine-errors.ts';
import { contentProblems, invalidPack } from './problems.ts';
import { packMetadata } from './schema.ts';

/** The head of 21,000 classes on a ViT-L has 86 MB. */
const maxPackBytes = 256 * 1024 * 1024;
/** Characters of one metadata value; logits of 100,000 classes take half of it. */
const maxText = 16 * 1024 * 1024;
const kept = 'Nothing was changed.';

/**
 * Throws AppError `pack.too-large`, `pack.damaged` (not a whole safetensors file), `pack.not-a-pack`, `pack.newer`, or
 * `pack.invalid` (data: problems) with all that is wrong. `name` stands for the file in messages.
 */
export function decodePack(bytes: Uint8Array, name: string): PackContent {
  const file = parsed(bytes, name);
  const { metadata } = file;
  if (metadata.get('format') !== PACK_FORMAT) {
    const what = file.tensors.has('patch_embed.proj.weight') ? ' It looks like a backbone: import it as one.' : '';
    throw new AppError('pack.not-a-pack', `"${name}" is no adapter pack of DTL Studio. ${kept}${what}`);
  }
  const version = metadata.get('format_version') ?? '';
  if (/^\d{1,9}$/.test(version) && Number(version) > PACK_FORMAT_VERSION) {
    throw new AppError(
      'pack.newer',
      `"${name}" was written by a newer DTL Studio (pack format ${version}, this one reads ${PACK_FORMAT_VERSION}). ` +
        `${kept} Update the program to use it.`,
      { data: { version } },
    );
  }
  const problems: string[] = [];
  if (!/^[1-9]$/.test(version)) problems.push(`"format_version": "${version.slice(0, 40)}" is unknown.`);
  const values = jsonValues(metadata, problems);
  const tensors = packTensorsOf(file, problems);
  if (problems.length === 0) problems.push(...contentProblems(values, tensors));
  if (problems.length > 0) throw invalidPack(`"${name}"`, problems, kept);
  const checked = packMetadata.parse(values);
  const needed = packVersionOf(checked.backbone.spec);
  if (Number(version) < needed) {
    const why = `"format_version": this backbone needs version ${needed} of the format, the pack says ${version}.`;
    throw invalidPack(`"${name}"`, [why], kept);
  }
  return {
    method: checked.method,
    classNames: checked.class_names,
    preprocessing: checked.preprocessing,
    backbone: checked.backbone,
    metrics: checked.metrics,
    provenance: checked.provenance,
    selfTest: checked.self_test.logits,
    tensors,
  };
}

/** Tensors that an engine left for a run, whatever the metadata beside them. Throws `pack.damaged`, `pack.invalid`. */
export function decodeTrained(bytes: Uint8Array, name: string): ReadonlyMap<string, PackTensor> {
  const problems: string[] = [];
  const tensors = packTensorsOf(parsed(bytes, name), problems);
  if (problems.length > 0) throw invalidPack(`"${name}"`, problems, kept);
  return tensors;
}

export function checkPackSize(bytes: number, name: string): void {
  if (bytes <= maxPackBytes) return;
  const megabytes = Math.ceil(bytes / 2 ** 20);
  throw new AppError('pack.too-large', `"${name}" has ${megabytes} MB, a pack has at most 256. ${kept}`, {
    data: { bytes },
  });
}

function parsed(bytes: Uint8Array, name: string): SafetensorsBuffer {
  checkPackSize(bytes.length, name);
  try {
    return parseSafetensors(bytes, name);
  } catch (error) {
    throw formatProblem(error, 'pack.damaged', kept);
  }
}

function jsonValues(metadata: ReadonlyMap<string, string>, problems: string[]): Readonly<Record<string, unknown>> {
  const values: [string, unknown][] = [];
  for (const [key, text] of metadata) {
    if (key === 'format' || key === 'format_version') continue;
    try {
      if (text.length > maxText) throw new RangeError('too long');
      values.push([key, JSON.parse(text)]);
    } catch {
      problems.push(`"${key.slice(0, 200)}": not a JSON text${text.length > maxText ? ' of a sensible length' : ''}.`);
    }
  }
  return Object.fromEntries(values);
}

function packTensorsOf(file: SafetensorsBuffer, problems: string[]): ReadonlyMap<string, PackTensor> {
  const tensors = new Map<string, PackTensor>();
  for (const [name, entry] of file.tensors) {
    if (entry.dtype === 'float32') tensors.set(name, { shape: entry.shape, values: tensorFloat32(file, entry) });
    else problems.push(`The tensor "${name.slice(0, 200)}" holds ${entry.dtype}, a pack holds float32.`);
  }
  return tensors;
}

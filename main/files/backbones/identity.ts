/** A backbone's identity: SHA-256 over its canonical tensors as float32, with the numbers that they do not hold. */
import { createHash } from 'node:crypto';
import type { BackboneSpec } from '#app/domain/backbone.ts';
import { plainVit } from '#app/domain/backbone.ts';
import { AppError, cancelled } from '#app/domain/errors.ts';
import { backboneIdentity } from '#app/domain/id-of.ts';
import type { BackboneIdentity } from '#app/domain/ids.ts';
import type { LongWork } from '#app/ports/files.ts';
import type { SafetensorsFile, TensorEntry } from '#native-models/formats/safetensors.ts';
import { firstNonFinite, readTensorFloat32 } from '#native-models/formats/safetensors.ts';
import { tensorPosition } from '../problems.ts';

/**
 * Reads `tensors` (canonical name -> entry of `file`, sorted by name) one at a time; progress counts stored bytes.
 * Throws AppError `backbone.not-finite` naming the first value that is no number, one of kind `cancelled`, or the
 * EngineError of a read. The bytes that are hashed are specified in docs/backbones.md.
 */
export async function hashBackbone(
  file: SafetensorsFile,
  tensors: ReadonlyMap<string, TensorEntry>,
  spec: BackboneSpec,
  shownPath: string,
  work: LongWork<{ readonly done: number; readonly total: number }>,
): Promise<BackboneIdentity> {
  const hash = createHash('sha256');
  hash.update('dtl-studio backbone 1\n');
  hash.update(`${settingsText(spec)}\n`);
  const total = [...tensors.values()].reduce((sum, { start, end }) => sum + end - start, 0);
  let done = 0;
  for (const [name, entry] of tensors) {
    if (work.signal?.aborted) throw cancelled(`Importing "${shownPath}"`);
    const values = await readTensorFloat32(file, entry);
    const bad = firstNonFinite(values);
    if (bad >= 0) throw notFinite(shownPath, entry, bad, values[bad] ?? NaN);
    hash.update(`${name} ${entry.shape.join('x')}\n`);
    // Machine order is little-endian wherever the runtime exists.
    hash.update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
    done += entry.end - entry.start;
    work.onProgress?.({ done, total });
  }
  return backboneIdentity(hash.digest('hex'));
}

/** What decides the outputs and shows neither in names nor in shapes. */
function settingsText(spec: BackboneSpec): string {
  const epsilon = `layer_norm_eps=${float32Hex(spec.layerNormEps)}`;
  if (spec.family === 'swin') return `swin image_size=${spec.imageSize} ${epsilon}`;
  const activation = spec.activation === plainVit.activation ? '' : ` activation=${spec.activation}`;
  return `vit heads=${spec.heads} ${epsilon}${activation}`;
}

function float32Hex(value: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatBE(value);
  return bytes.toString('hex');
}

function notFinite(path: string, { name, shape }: TensorEntry, index: number, value: number): AppError {
  const position = tensorPosition(index, shape);
  return new AppError(
    'backbone.not-finite',
    `"${path}" was not imported: the tensor "${name}" is ${String(value)} at ${position}. The file is damaged, or its ` +
      'training failed; get it again.',
    { data: { path, tensor: name, position } },
  );
}

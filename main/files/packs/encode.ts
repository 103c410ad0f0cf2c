/** From a pack's content to its bytes, one way only: the same content always gives the same bytes. */
import { canonicalJson } from '#app/domain/canonical-json.ts';
import type { PackContent } from '#app/domain/pack-content.ts';
import {
  PACK_FORMAT,
  SELF_TEST_GENERATOR,
  SELF_TEST_TOLERANCE,
  packSpec,
  packTensors,
  packVersionOf,
} from '#app/domain/pack-content.ts';
import type { TensorToEncode } from '#native-models/formats/safetensors.ts';
import { encodeSafetensors } from '#native-models/formats/safetensors.ts';
import { contentProblems, invalidPack } from './problems.ts';

/**
 * A file as `docs/pack-format.md` has it. Tensors that the loss does not reach are left out. Throws AppError
 * `pack.invalid` for content that a reader would refuse: so no pack is written that cannot be read.
 */
export function encodePack(content: PackContent): Uint8Array {
  const metadata = {
    method: content.method,
    class_names: content.classNames,
    preprocessing: content.preprocessing,
    backbone: { ...content.backbone, spec: packSpec(content.backbone.spec) },
    metrics: content.metrics,
    provenance: content.provenance,
    self_test: { generator: SELF_TEST_GENERATOR, logits: content.selfTest, tolerance: SELF_TEST_TOLERANCE },
  };
  const problems = contentProblems(metadata, content.tensors);
  if (problems.length > 0) throw invalidPack('The pack of this run', problems, 'It was not written; the run is kept.');
  const tensors = [...packTensors(content)].map(([name, shape]): TensorToEncode => {
    const values = content.tensors.get(name)?.values ?? new Float32Array();
    return { name, dtype: 'float32', shape, data: new Uint8Array(values.buffer, values.byteOffset, values.byteLength) };
  });
  const texts = Object.entries(metadata).map(([key, value]) => [key, canonicalJson(value)] as const);
  return encodeSafetensors(tensors, {
    format: PACK_FORMAT,
    format_version: String(packVersionOf(content.backbone.spec)),
    ...Object.fromEntries(texts),
  });
}

/** The trained tensors of a pack or of a run's weights. */
import { EngineError } from '../errors.ts';
import { readSafetensorsHeader, readTensorFloat32 } from '../formats/safetensors.ts';
import { sameShape } from '../graph/types.ts';

/** Throws `adapter.tensors` where a tensor is missing or has another shape. */
export async function readAdapter(
  path: string,
  expected: ReadonlyMap<string, readonly number[]>,
): Promise<Map<string, Float32Array>> {
  const file = await readSafetensorsHeader(path);
  const parameters = new Map<string, Float32Array>();
  for (const [name, shape] of expected) {
    const entry = file.tensors.get(name);
    if (entry === undefined || !sameShape(entry.shape, shape)) {
      throw new EngineError('adapter.tensors', `${path} has no tensor ${name} of shape [${shape.join(', ')}].`, {
        data: { tensor: name },
      });
    }
    parameters.set(name, await readTensorFloat32(file, entry));
  }
  return parameters;
}

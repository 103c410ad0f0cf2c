/** Backbones of every family in the size of a test, with random weights. */
import type { BackboneSpec } from '#app/domain/backbone.ts';
import { writeRandomWeights } from '#native-models/models/random-weights.ts';
import { model } from '#native-models/models/registry.ts';

/** Writes the variant's weights under canonical names and says what it is. */
export async function writeTinyBackbone(path: string, variant: string): Promise<BackboneSpec> {
  const spec = model(variant);
  await writeRandomWeights(path, spec);
  return spec;
}

/**
 * What Hugging Face's configuration classes have where a config.json leaves a setting out: newer versions of the library
 * write only what differs from that. By the file's `model_type`.
 */
import type { Activation } from '#app/domain/backbone.ts';

interface Defaults {
  readonly heads?: number;
  readonly layerNormEps: number;
  readonly activation: Activation;
}

const vit: Defaults = { heads: 12, layerNormEps: 1e-12, activation: 'gelu' };
const dinov2: Defaults = { heads: 12, layerNormEps: 1e-6, activation: 'gelu' };
const clip: Defaults = { heads: 12, layerNormEps: 1e-5, activation: 'quick-gelu' };
const siglip: Defaults = { heads: 12, layerNormEps: 1e-6, activation: 'gelu-tanh' };

const defaults: ReadonlyMap<string, Defaults> = new Map([
  ['vit', vit],
  ['deit', vit],
  ['vit_mae', vit],
  ['dinov2', dinov2],
  ['dinov2_with_registers', dinov2],
  ['clip', clip],
  ['clip_vision_model', clip],
  ['siglip', siglip],
  ['siglip_vision_model', siglip],
  // A Swin's heads are told by its tensors.
  ['swin', { layerNormEps: 1e-5, activation: 'gelu' }],
]);

/** Null for a type that is not known. */
export function libraryDefaults(modelType: string): Defaults | null {
  return defaults.get(modelType) ?? null;
}

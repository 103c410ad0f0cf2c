/** What tensors tell of a backbone, in the form that all of the import passes on. */
import type { SwinSpec, VitSpec } from '#app/domain/backbone.ts';

/** Heads of a Swin are told by its tensors, those of a ViT are not; a Swin's image size is not. */
export type BackboneGeometry =
  Omit<VitSpec, 'heads' | 'layerNormEps' | 'activation'> | Omit<SwinSpec, 'imageSize' | 'layerNormEps'>;

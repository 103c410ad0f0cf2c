/** A Vision Transformer's geometry (Dosovitskiy et al. 2021): any depth, width, heads, patch and image size. */
import { EngineError } from '../errors.ts';

export interface VitSpec {
  readonly family: 'vit';
  readonly imageSize: number;
  readonly patchSize: number;
  readonly width: number;
  readonly depth: number;
  readonly heads: number;
  readonly mlpWidth: number;
  readonly layerNormEps: number;
}

/** Patches along one side. */
export function gridSize(spec: VitSpec): number {
  return spec.imageSize / spec.patchSize;
}

/** Class token and patches. */
export function tokenCount(spec: VitSpec): number {
  return 1 + gridSize(spec) ** 2;
}

/** Throws `model.spec` naming what cannot be. */
export function checkVitSpec(spec: VitSpec): VitSpec {
  const fail = (why: string): EngineError => new EngineError('model.spec', `This ViT cannot be built: ${why}.`);
  if (!Number.isInteger(gridSize(spec)))
    throw fail(`${spec.imageSize} px are not a multiple of the patch, ${spec.patchSize} px`);
  if (spec.width % spec.heads !== 0) throw fail(`width ${spec.width} is not a multiple of ${spec.heads} heads`);
  return spec;
}

/** Tensor names (timm) and shapes that a checkpoint must have. */
export function vitTensors(spec: VitSpec): ReadonlyMap<string, readonly number[]> {
  const { width: d, mlpWidth, patchSize, depth } = spec;
  const tensors = new Map<string, readonly number[]>([
    ['cls_token', [1, 1, d]],
    ['pos_embed', [1, tokenCount(spec), d]],
    ['patch_embed.proj.weight', [d, 3, patchSize, patchSize]],
    ['patch_embed.proj.bias', [d]],
    ['norm.weight', [d]],
    ['norm.bias', [d]],
  ]);
  for (let i = 0; i < depth; i++) {
    const block: readonly (readonly [string, readonly number[]])[] = [
      ['norm1.weight', [d]],
      ['norm1.bias', [d]],
      ['attn.qkv.weight', [3 * d, d]],
      ['attn.qkv.bias', [3 * d]],
      ['attn.proj.weight', [d, d]],
      ['attn.proj.bias', [d]],
      ['norm2.weight', [d]],
      ['norm2.bias', [d]],
      ['mlp.fc1.weight', [mlpWidth, d]],
      ['mlp.fc1.bias', [mlpWidth]],
      ['mlp.fc2.weight', [d, mlpWidth]],
      ['mlp.fc2.bias', [d]],
    ];
    for (const [name, shape] of block) tensors.set(`blocks.${i}.${name}`, shape);
  }
  return tensors;
}

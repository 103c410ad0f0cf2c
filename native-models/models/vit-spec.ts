/**
 * A Vision Transformer's geometry (Dosovitskiy et al. 2021): any depth, width, heads, patch and image size, and what sets
 * the later families apart: distilled DeiT, DINO, MAE, DINOv2, the image towers of CLIP and SigLIP.
 */
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
  /** Learned tokens stand before the patches in this order: class, distillation, registers. */
  readonly classToken: boolean;
  readonly distillationToken: boolean;
  readonly registers: number;
  /** Which tokens `pos_embed` is added to: all, or the patches only (timm's no_embed_class). */
  readonly positions: 'all' | 'patches';
  /** A LayerNorm, `norm_pre`, in front of the first block (CLIP). */
  readonly preNorm: boolean;
  readonly patchBias: boolean;
  /** A learned factor a channel, `ls1.gamma` and `ls2.gamma`, at the end of the residual branches (Touvron et al. 2021b). */
  readonly layerScale: boolean;
  readonly activation: Activation;
  /** Which tensors hold the final LayerNorm: `norm`, or `fc_norm` where the published classifier normalises what is pooled. */
  readonly finalNorm: 'norm' | 'fc_norm';
  /** How the published classifier pools; the features here are the mean of the patch tokens in any case. */
  readonly pooling: 'class' | 'mean' | 'attention';
}

/** Exact GELU, its tanh approximation, or x sigmoid(1.702 x). */
export type Activation = 'gelu' | 'gelu-tanh' | 'quick-gelu';

/** What the first Vision Transformers have. */
export const plainVit = {
  classToken: true,
  distillationToken: false,
  registers: 0,
  positions: 'all',
  preNorm: false,
  patchBias: true,
  layerScale: false,
  activation: 'gelu',
  finalNorm: 'norm',
  pooling: 'class',
} as const satisfies Partial<VitSpec>;

/** Patches along one side. */
export function gridSize(spec: VitSpec): number {
  return spec.imageSize / spec.patchSize;
}

/** Tokens before the patches. */
export function prefixTokens({ classToken, distillationToken, registers }: VitSpec): number {
  return Number(classToken) + Number(distillationToken) + registers;
}

/** Prefix tokens and patches. */
export function tokenCount(spec: VitSpec): number {
  return prefixTokens(spec) + gridSize(spec) ** 2;
}

/** Rows of `pos_embed`. */
export function positionCount(spec: VitSpec): number {
  return spec.positions === 'all' ? tokenCount(spec) : gridSize(spec) ** 2;
}

/** Throws `model.spec` naming what cannot be. */
export function checkVitSpec(spec: VitSpec): VitSpec {
  const fail = (why: string): EngineError => new EngineError('model.spec', `This ViT cannot be built: ${why}.`);
  if (!Number.isInteger(gridSize(spec)))
    throw fail(`${spec.imageSize} px are not a multiple of the patch, ${spec.patchSize} px`);
  if (spec.width % spec.heads !== 0) throw fail(`width ${spec.width} is not a multiple of ${spec.heads} heads`);
  if (!Number.isInteger(spec.registers) || spec.registers < 0) throw fail(`it cannot have ${spec.registers} registers`);
  return spec;
}

/** Tensor names (timm) and shapes that a checkpoint must have. */
export function vitTensors(spec: VitSpec): ReadonlyMap<string, readonly number[]> {
  const { width: d, mlpWidth, patchSize, depth } = spec;
  const tensors = new Map<string, readonly number[]>([
    ...(spec.classToken ? ([['cls_token', [1, 1, d]]] as const) : []),
    ...(spec.distillationToken ? ([['dist_token', [1, 1, d]]] as const) : []),
    ...(spec.registers > 0 ? ([['reg_token', [1, spec.registers, d]]] as const) : []),
    ['pos_embed', [1, positionCount(spec), d]],
    ['patch_embed.proj.weight', [d, 3, patchSize, patchSize]],
    ...(spec.patchBias ? ([['patch_embed.proj.bias', [d]]] as const) : []),
    ...(spec.preNorm ? normTensors('norm_pre', d) : []),
    ...normTensors(spec.finalNorm, d),
  ]);
  for (let i = 0; i < depth; i++) {
    const block: readonly (readonly [string, readonly number[]])[] = [
      ...normTensors('norm1', d),
      ['attn.qkv.weight', [3 * d, d]],
      ['attn.qkv.bias', [3 * d]],
      ['attn.proj.weight', [d, d]],
      ['attn.proj.bias', [d]],
      ...(spec.layerScale ? ([['ls1.gamma', [d]]] as const) : []),
      ...normTensors('norm2', d),
      ['mlp.fc1.weight', [mlpWidth, d]],
      ['mlp.fc1.bias', [mlpWidth]],
      ['mlp.fc2.weight', [d, mlpWidth]],
      ['mlp.fc2.bias', [d]],
      ...(spec.layerScale ? ([['ls2.gamma', [d]]] as const) : []),
    ];
    for (const [name, shape] of block) tensors.set(`blocks.${i}.${name}`, shape);
  }
  return tensors;
}

function normTensors(name: string, width: number): readonly (readonly [string, readonly number[]])[] {
  return [
    [`${name}.weight`, [width]],
    [`${name}.bias`, [width]],
  ];
}

/** Published Vision Transformers: what their checkpoints do not say and everybody knows. */
export interface Variant {
  readonly name: string;
  readonly width: number;
  readonly depth: number;
  readonly heads: number;
  readonly layerNormEps: number;
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
}

const half = [0.5, 0.5, 0.5] as const;
const imageNetMean = [0.485, 0.456, 0.406] as const;
const imageNetStd = [0.229, 0.224, 0.225] as const;

const sizes: Readonly<Record<string, readonly [width: number, depth: number, heads: number]>> = {
  tiny: [192, 12, 3],
  small: [384, 12, 6],
  base: [768, 12, 12],
  large: [1024, 24, 16],
  huge: [1280, 32, 16],
};

/** ViT (Dosovitskiy et al. 2021; AugReg, Steiner et al. 2022) is scaled to -1..1, DeiT (Touvron et al. 2021) by ImageNet. */
export const variants: readonly Variant[] = Object.entries(sizes).flatMap(([size, [width, depth, heads]]) => {
  const shape = { width, depth, heads, layerNormEps: 1e-6 };
  const vit: Variant = { name: `vit_${size}`, ...shape, mean: half, std: half };
  const deit: Variant = { name: `deit_${size}`, ...shape, mean: imageNetMean, std: imageNetStd };
  return ['tiny', 'small', 'base'].includes(size) ? [vit, deit] : [vit];
});

/** What is taken for a ViT of a size that nobody published. */
export const usualVit: Pick<Variant, 'layerNormEps' | 'mean' | 'std'> = { layerNormEps: 1e-6, mean: half, std: half };

/** By a name such as `vit_base`, `vit_base_patch16_224` or `deit_small_patch16_224.fb_in1k`. */
export function variantNamed(name: string): Variant | null {
  const [, family, tag = ''] = /^((?:vit|deit)_[a-z]+)(?:_patch\d+(?:_\d+)?)?(?:\.(.+))?$/.exec(name) ?? [];
  const found = variants.find((variant) => variant.name === family) ?? null;
  // Self-supervised ViTs keep the name and were trained with ImageNet's statistics.
  return found !== null && /^(mae|dino)\b/.test(tag) ? { ...found, mean: imageNetMean, std: imageNetStd } : found;
}

/** The plain ViT of that width and depth. */
export function variantOfSize(width: number, depth: number): Variant | null {
  return variants.find((variant) => variant.width === width && variant.depth === depth) ?? null;
}

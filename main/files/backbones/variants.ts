/**
 * Published backbones: what their checkpoints do not say and everybody knows. Names are timm's, without their tag; figures
 * are those of the papers and of timm's configurations.
 */
import type { Activation } from '#app/domain/backbone.ts';
import type { BackboneGeometry } from './geometry.ts';

export type Triple = readonly [number, number, number];

export interface Variant {
  readonly name: string;
  /** What people call the family: `ViT`, `CLIP image tower`. */
  readonly family: string;
  readonly structure: Structure;
  readonly width: number;
  /** Blocks, of each stage where there are stages. */
  readonly depths: readonly number[];
  readonly mlpWidth: number;
  readonly heads: number | null;
  readonly layerNormEps: number;
  readonly activation: Activation;
  readonly mean: Triple;
  readonly std: Triple;
  readonly imageSize: number;
  /** Side of the middle square that evaluation sees over the shorter side of the photo; null where it is not agreed on. */
  readonly crop: number | null;
}

/** What a family's tensors look like, sizes aside. */
export type Structure =
  'plain' | 'distilled' | 'layer-scale' | 'patch-positions' | 'registers' | 'clip' | 'siglip' | 'swin';

export const halves: { readonly mean: Triple; readonly std: Triple } = { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] };
export const imageNet: { readonly mean: Triple; readonly std: Triple } = {
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
};
const clipStatistics: { readonly mean: Triple; readonly std: Triple } = {
  mean: [0.48145466, 0.4578275, 0.40821073],
  std: [0.26862954, 0.26130258, 0.27577711],
};

interface Size {
  readonly width: number;
  readonly depths: readonly number[];
  readonly heads: number | null;
  readonly mlpWidth: number;
}

function size(width: number, depth: number, heads: number, mlpWidth: number = 4 * width): Size {
  return { width, depths: [depth], heads, mlpWidth };
}

const tiny = size(192, 12, 3);
const small = size(384, 12, 6);
const base = size(768, 12, 12);
const large = size(1024, 24, 16);
const huge = size(1280, 32, 16);
const giant = size(1408, 40, 16, 6144);
const gigantic = size(1664, 48, 16, 8192);
const so400m = size(1152, 27, 16, 4304);

type Common = Pick<Variant, 'family' | 'structure' | 'mean' | 'std'> &
  Partial<Pick<Variant, 'layerNormEps' | 'activation' | 'imageSize'>> & { readonly crop?: 'by size' | 'whole' };

function family(common: Common, sizes: readonly (readonly [Size, ...(readonly string[])])[]): readonly Variant[] {
  const { crop, ...settings } = common;
  return sizes.flatMap(([measures, ...names]) =>
    names.map((name): Variant => {
      const imageSize = common.imageSize ?? Number(/_(\d+)$/.exec(name)?.[1] ?? 224);
      const cropped = crop === undefined ? null : crop === 'by size' && imageSize < 384 ? 0.9 : 1;
      const usual = { layerNormEps: 1e-6, activation: 'gelu' as const };
      return { name, ...usual, ...settings, ...measures, imageSize, crop: cropped };
    }),
  );
}

const stages = (width: number, third: number): Size => ({
  width,
  depths: [2, 2, third, 2],
  heads: null,
  mlpWidth: 4 * width,
});

export const variants: readonly Variant[] = [
  // Dosovitskiy et al. 2021 and AugReg (Steiner et al. 2022) are scaled to -1..1.
  ...family({ family: 'ViT', structure: 'plain', ...halves, crop: 'by size' }, [
    [tiny, 'vit_tiny_patch16_224', 'vit_tiny_patch16_384'],
    [small, 'vit_small_patch16_224', 'vit_small_patch16_384', 'vit_small_patch32_224', 'vit_small_patch32_384'],
    [
      base,
      'vit_base_patch16_224',
      'vit_base_patch16_384',
      'vit_base_patch32_224',
      'vit_base_patch32_384',
      'vit_base_patch8_224',
    ],
    [large, 'vit_large_patch16_224', 'vit_large_patch16_384', 'vit_large_patch32_224', 'vit_large_patch32_384'],
    [huge, 'vit_huge_patch14_224'],
  ]),
  ...family({ family: 'DeiT', structure: 'plain', ...imageNet, crop: 'by size' }, [
    [tiny, 'deit_tiny_patch16_224'],
    [small, 'deit_small_patch16_224'],
    [base, 'deit_base_patch16_224', 'deit_base_patch16_384'],
  ]),
  ...family({ family: 'distilled DeiT', structure: 'distilled', ...imageNet, crop: 'by size' }, [
    [tiny, 'deit_tiny_distilled_patch16_224'],
    [small, 'deit_small_distilled_patch16_224'],
    [base, 'deit_base_distilled_patch16_224', 'deit_base_distilled_patch16_384'],
  ]),
  ...family({ family: 'DeiT III', structure: 'patch-positions', ...imageNet, crop: 'whole' }, [
    [small, 'deit3_small_patch16_224', 'deit3_small_patch16_384'],
    [size(512, 12, 8), 'deit3_medium_patch16_224'],
    [base, 'deit3_base_patch16_224', 'deit3_base_patch16_384'],
    [large, 'deit3_large_patch16_224', 'deit3_large_patch16_384'],
    [huge, 'deit3_huge_patch14_224'],
  ]),
  ...family({ family: 'DINO', structure: 'plain', ...imageNet, crop: 'by size' }, [
    [small, 'vit_small_patch16_224.dino', 'vit_small_patch8_224.dino'],
    [base, 'vit_base_patch16_224.dino', 'vit_base_patch8_224.dino'],
  ]),
  ...family({ family: 'MAE', structure: 'plain', ...imageNet, crop: 'by size' }, [
    [base, 'vit_base_patch16_224.mae'],
    [large, 'vit_large_patch16_224.mae'],
    [huge, 'vit_huge_patch14_224.mae'],
  ]),
  ...family({ family: 'DINOv2', structure: 'layer-scale', ...imageNet, crop: 'whole', imageSize: 518 }, [
    [small, 'vit_small_patch14_dinov2'],
    [base, 'vit_base_patch14_dinov2'],
    [large, 'vit_large_patch14_dinov2'],
  ]),
  ...family({ family: 'DINOv2 with registers', structure: 'registers', ...imageNet, crop: 'whole', imageSize: 518 }, [
    [small, 'vit_small_patch14_reg4_dinov2'],
    [base, 'vit_base_patch14_reg4_dinov2'],
    [large, 'vit_large_patch14_reg4_dinov2'],
  ]),
  ...family({ family: 'CLIP image tower', structure: 'clip', ...clipStatistics, layerNormEps: 1e-5 }, [
    [
      base,
      'vit_base_patch32_clip_224',
      'vit_base_patch32_clip_384',
      'vit_base_patch16_clip_224',
      'vit_base_patch16_clip_384',
    ],
    [large, 'vit_large_patch14_clip_224', 'vit_large_patch14_clip_336'],
    [huge, 'vit_huge_patch14_clip_224', 'vit_huge_patch14_clip_336', 'vit_huge_patch14_clip_378'],
    [giant, 'vit_giant_patch14_clip_224'],
    [gigantic, 'vit_gigantic_patch14_clip_224'],
  ]),
  ...family(
    {
      family: 'CLIP image tower',
      structure: 'clip',
      ...clipStatistics,
      layerNormEps: 1e-5,
      activation: 'quick-gelu',
    },
    [
      [base, 'vit_base_patch32_clip_quickgelu_224', 'vit_base_patch16_clip_quickgelu_224'],
      [large, 'vit_large_patch14_clip_quickgelu_224', 'vit_large_patch14_clip_quickgelu_336'],
      [huge, 'vit_huge_patch14_clip_quickgelu_224', 'vit_huge_patch14_clip_quickgelu_378'],
    ],
  ),
  ...family({ family: 'SigLIP image tower', structure: 'siglip', ...halves }, [
    [
      base,
      'vit_base_patch16_siglip_224',
      'vit_base_patch16_siglip_256',
      'vit_base_patch16_siglip_384',
      'vit_base_patch16_siglip_512',
    ],
    [large, 'vit_large_patch16_siglip_256', 'vit_large_patch16_siglip_384'],
    [so400m, 'vit_so400m_patch14_siglip_224', 'vit_so400m_patch14_siglip_378', 'vit_so400m_patch14_siglip_384'],
  ]),
  ...family({ family: 'Swin', structure: 'swin', ...imageNet, layerNormEps: 1e-5, crop: 'by size' }, [
    [stages(96, 6), 'swin_tiny_patch4_window7_224'],
    [stages(96, 18), 'swin_small_patch4_window7_224'],
    [stages(128, 18), 'swin_base_patch4_window7_224', 'swin_base_patch4_window12_384'],
    [stages(192, 18), 'swin_large_patch4_window7_224', 'swin_large_patch4_window12_384'],
  ]),
];

/**
 * By a name of timm, with or without its tag and its sizes: `vit_base`, `vit_base_patch16_224`,
 * `deit_small_patch16_224.fb_in1k`. Patch and image size need not be published ones, since tensors tell them.
 */
export function variantNamed(name: string): Variant | null {
  const [architecture, tag] = splitTag(name);
  const selfSupervised = /^(?:dino|mae)\b/.exec(tag)?.[0];
  const wanted = selfSupervised === undefined ? architecture : `${architecture}.${selfSupervised}`;
  const found =
    variants.find((variant) => variant.name === wanted) ??
    variants.find((variant) => stem(variant.name) === stem(wanted));
  if (found === undefined) return null;
  // LAION's own training of the large CLIP, and what was made of it, is the one that is scaled to -1..1.
  const isScaledByHalves = architecture.startsWith('vit_large_patch14_clip_') && tag.startsWith('laion2b');
  return isScaledByHalves ? { ...found, ...halves } : found;
}

/** Published variants whose tensors look like that, whatever their patches and images. */
export function variantsLike(geometry: BackboneGeometry): readonly Variant[] {
  return variants.filter((variant) => fits(variant, geometry));
}

export function fits(variant: Variant, geometry: BackboneGeometry): boolean {
  const windowed = /_window(\d+)/.exec(variant.name)?.[1];
  return (
    variant.structure === structureOf(geometry) &&
    variant.width === geometry.width &&
    variant.depths.join() === depthsOf(geometry).join() &&
    variant.mlpWidth === mlpWidthOf(geometry) &&
    (geometry.family !== 'swin' || windowed === undefined || Number(windowed) === geometry.windowSize)
  );
}

/** Published families with tensors like that, whatever their sizes. */
export function relatives(geometry: BackboneGeometry): readonly Variant[] {
  return variants.filter(({ structure }) => structure === structureOf(geometry));
}

/** Null for a structure that nobody published. */
export function structureOf(geometry: BackboneGeometry): Structure | null {
  if (geometry.family === 'swin') return 'swin';
  const { classToken, distillationToken, registers, positions, preNorm, patchBias, layerScale } = geometry;
  if (preNorm) return classToken && registers === 0 && !layerScale ? 'clip' : null;
  if (!patchBias) return null;
  if (!classToken) return registers === 0 && !layerScale && !distillationToken ? 'siglip' : null;
  if (distillationToken) return registers === 0 && !layerScale && positions === 'all' ? 'distilled' : null;
  if (registers > 0) return layerScale && positions === 'patches' ? 'registers' : null;
  if (positions === 'patches') return layerScale ? 'patch-positions' : null;
  return layerScale ? 'layer-scale' : 'plain';
}

function depthsOf(geometry: BackboneGeometry): readonly number[] {
  return geometry.family === 'swin' ? geometry.depths : [geometry.depth];
}

function mlpWidthOf(geometry: BackboneGeometry): number {
  return geometry.family === 'swin' ? geometry.mlpRatio * geometry.width : geometry.mlpWidth;
}

function splitTag(name: string): readonly [string, string] {
  const dot = name.indexOf('.');
  return dot < 0 ? [name, ''] : [name.slice(0, dot), name.slice(dot + 1)];
}

/** Without the sizes that tensors tell: `vit_base_patch16_clip_224` -> `vit_base_clip`. */
function stem(name: string): string {
  const [architecture, tag] = splitTag(name);
  const bare = architecture.replace(/_patch\d+/, '').replace(/_\d+$/, '');
  return /^(?:dino|mae)$/.test(tag) ? `${bare}.${tag}` : bare;
}

/** A backbone's geometry as people say it. */
import type { BackboneSpec, VitSpec } from './backbone.ts';
import { featureWidth } from './backbone-blocks.ts';

/** `12 x 192`, or `2+2+18+2 x 128-1024`: blocks and their width, for a column of a table. */
export function blockWords(spec: BackboneSpec): string {
  return spec.family === 'vit'
    ? `${spec.depth} x ${spec.width}`
    : `${spec.depths.join('+')} x ${spec.width}-${featureWidth(spec)}`;
}

/** Everything about its blocks, in a sentence without a full stop. */
export function geometryWords(spec: BackboneSpec): string {
  if (spec.family === 'vit') return `${spec.depth} blocks, width ${spec.width}, ${spec.heads} heads`;
  const { depths, width, heads, windowSize } = spec;
  const stages = `${depths.join(', ')} blocks in ${depths.length} stages`;
  return `${stages}, width ${width} to ${featureWidth(spec)}, ${heads.join(', ')} heads, windows of ${windowSize}`;
}

const ACTIVATIONS = { gelu: null, 'gelu-tanh': 'GELU by its tanh approximation', 'quick-gelu': 'QuickGELU' } as const;

/** What sets it apart from the first ViT, as short phrases; none for a plain one. */
export function traitWords(spec: BackboneSpec): readonly string[] {
  if (spec.family === 'swin') return ['shifted windows', 'the mean of all tokens is pooled'];
  const traits: (string | null)[] = [
    tokenWords(spec),
    spec.positions === 'patches' && spec.classToken ? 'positions on the patches only' : null,
    spec.preNorm ? 'a LayerNorm in front of the blocks' : null,
    spec.patchBias ? null : 'patches without a bias',
    spec.layerScale ? 'LayerScale' : null,
    ACTIVATIONS[spec.activation],
    spec.pooling === 'attention' ? 'the mean of the patches instead of its attention pooling' : null,
  ];
  return traits.filter((trait) => trait !== null);
}

function tokenWords({ classToken, distillationToken, registers }: VitSpec): string | null {
  if (!classToken) return 'no class token';
  if (distillationToken) return 'class and distillation token';
  return registers > 0 ? `class token and ${registers} registers` : null;
}

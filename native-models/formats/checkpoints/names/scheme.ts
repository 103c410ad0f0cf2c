/** What a way of naming tensors is: how to know it, and where each of its tensors goes under the canonical names (timm's). */
import type { FileTensor } from '../tensor-file.ts';
import type { Piece } from '../recipe.ts';

export type SchemeId = 'timm' | 'hugging-face' | 'openai' | 'google';

/** A tensor of a file as a canonical tensor, or as part `part` of `parts` that stand one below the other in it. */
export interface Placement {
  readonly to: string;
  readonly part: number;
  readonly parts: number;
  readonly piece: Omit<Piece, 'source'>;
}

/** The names of the file behind the prefix. */
export interface Names {
  has(name: string): boolean;
}

export interface Scheme {
  readonly id: SchemeId;
  /** For people: `the names of Hugging Face`. */
  readonly words: string;
  /** Every file of this scheme has exactly one tensor so named behind its prefix. */
  readonly anchor: string;
  /** What may stand in front of the anchor; any path that ends in a dot where it is left out. */
  readonly prefix?: RegExp;
  /** Behind the prefix or outside it: known tensors that a backbone does not need. */
  readonly leftOut: RegExp;
  /** Where a tensor goes, by its name behind the prefix; nowhere when the scheme does not know the name. */
  place(name: string, tensor: FileTensor, names: Names): readonly Placement[];
}

export function whole(to: string, piece: Placement['piece'] = {}): readonly Placement[] {
  return [{ to, part: 0, parts: 1, piece }];
}

/** Heads, poolers, decoders, mask tokens and index buffers that files of PyTorch carry beside a backbone. */
export const torchLeftOut = [
  String.raw`(?:head|heads|head_dist|classifier|cls_classifier|distillation_classifier|pre_logits|pooler)\.`,
  String.raw`(?:attn_pool|visual_projection|last_layer|dino_head|ibot_head)\.`,
  String.raw`(?:decoder|decoder_blocks|decoder_embed|decoder_norm|decoder_pred)\.`,
  String.raw`(?:decoder_pos_embed|mask_token|embeddings\.mask_token)$`,
  String.raw`(?:.*\.)?(?:relative_position_index|attn_mask|position_ids)$`,
].join('|');

/** The other half of CLIP and SigLIP. */
export const textLeftOut = [
  String.raw`(?:text|text_model|transformer|token_embedding|ln_final)\.`,
  String.raw`(?:text_projection(?:\.weight|\.bias)?|positional_embedding|logit_scale|logit_bias)$`,
  String.raw`(?:input_resolution|context_length|vocab_size)$`,
].join('|');

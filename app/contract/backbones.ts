import { oc, type } from '@orpc/contract';
import { z } from 'zod';
import type { BackboneInspection } from '../domain/backbone-details.ts';
import type { StoredBackbone } from '../domain/stored-backbone.ts';
import type { Started } from './common.ts';
import { line, path, wireBackbone } from './common.ts';

const channels = z.tuple([z.number(), z.number(), z.number()]);
/** What files do not always tell of themselves. */
const settings = {
  name: line(200).optional(),
  heads: z.int().positive().max(65_536).optional(),
  imageSize: z.int().positive().max(8192).optional(),
  layerNormEps: z.number().positive().max(1).optional(),
  activation: z.enum(['gelu', 'gelu-tanh', 'quick-gelu']).optional(),
  mean: channels.optional(),
  std: channels.optional(),
  licence: line(200).optional(),
};
const hints = { ...settings, variant: line(200).optional() };

export interface BackboneView extends Omit<StoredBackbone, 'path' | 'tensorPrefix'> {
  /** It comes with the program. */
  readonly embedded: boolean;
  readonly runs: number;
  readonly packs: number;
}

export const backbones = {
  list: oc.output(type<{ readonly seq: number; readonly backbones: readonly BackboneView[] }>()),
  /** The model card in Markdown, null where there is none. */
  card: oc.input(z.object({ backbone: wireBackbone })).output(type<string | null>()),
  /** What a file is and says; nothing is taken over yet. */
  inspect: oc.input(z.object({ file: path, ...hints })).output(type<BackboneInspection>()),
  import: oc.input(z.object({ file: path, ...hints })).output(type<Started>()),
  /** Changes of heads, epsilon, activation or image size make another backbone beside this one. */
  edit: oc.input(z.object({ backbone: wireBackbone, ...settings })).output(type<Started>()),
  /** Refused while runs or packs need it. */
  remove: oc
    .input(z.object({ backbone: wireBackbone }))
    .output(type<{ readonly name: string; readonly bytes: number }>()),
};

import { oc, type } from '@orpc/contract';
import { z } from 'zod';
import type { StoredBackbone } from '../domain/stored-backbone.ts';
import type { Started } from './common.ts';
import { line, path, wireBackbone } from './common.ts';

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
  import: oc
    .input(
      z.object({
        file: path,
        name: line(200).optional(),
        variant: line(200).optional(),
        heads: z.int().positive().optional(),
      }),
    )
    .output(type<Started>()),
  /** Published variants that can be named where a file does not say enough. */
  variants: oc.output(type<readonly string[]>()),
};

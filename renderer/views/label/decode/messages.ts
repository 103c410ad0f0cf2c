/** What the page and its decoding worker say to each other. */
import type { Size } from '../zoom.ts';

/** `box`: the pixels of the screen that it is to fit into; a photo is made smaller for it, never larger. */
export type Wish =
  | { readonly id: number; readonly address: string; readonly box: Size }
  | { readonly id: number; readonly forget: true };

/** `size`: of the file's own picture, as viewed. */
export type Decoded =
  | { readonly id: number; readonly bitmap: ImageBitmap; readonly size: Size }
  | { readonly id: number; readonly problem: string };

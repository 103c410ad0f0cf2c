/** Addresses of pictures and files, the same in both hosts (`app/contract/index.ts`). */
import type { PackId, PhotoId } from '#app/domain/ids.ts';

/** 256 pixels, the photo as viewed. `hash` keeps a cached picture from outliving its photo. */
export function thumbAddress(photo: PhotoId, hash: string): string {
  return `/media/thumb/${photo}?h=${hash}`;
}

/** Those of many photos in one answer. */
export function thumbsAddress(photos: readonly { readonly photo: string; readonly hash: string }[]): string {
  return `/media/thumbs?of=${photos.map(({ photo, hash }) => `${photo}-${hash}`).join(',')}`;
}

export function photoAddress(photo: PhotoId, hash: string): string {
  return `/media/photo/${photo}?h=${hash}`;
}

/** A picture of a folder that a pack was applied to. */
export function foundAddress(found: number, index: number, size: 'thumb' | 'whole'): string {
  return `/media/found/${found}/${index}${size === 'thumb' ? '?thumb' : ''}`;
}

/** A picture of photos that several packs were applied to. */
export function comparedAddress(compared: number, index: number, size: 'thumb' | 'whole'): string {
  return `/media/compared/${compared}/${index}${size === 'thumb' ? '?thumb' : ''}`;
}

/** There once `packs.exportOnnx` has ended. */
export function onnxAddress(pack: PackId): string {
  return `/media/onnx/${pack}`;
}

export function packAddress(pack: PackId): string {
  return `/media/pack/${pack}`;
}

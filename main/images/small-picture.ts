/** Pictures for the screen. */
import sharp from 'sharp';
import type { Sharp } from 'sharp';
import type { Bitmap } from './resample.ts';

export interface PictureSize {
  /** Of the longest side; smaller photos keep their size. */
  readonly side: number;
  readonly quality: number;
  /** Whether colours are as fine as brightness: stains and fluorescence, looked at closely. */
  readonly fineColours: boolean;
}

export const THUMBNAIL: PictureSize = { side: 256, quality: 82, fineColours: false };
/** As much as a large screen shows. */
export const PREVIEW: PictureSize = { side: 4096, quality: 92, fineColours: true };

/** From pixels that are decoded already. */
export function smallPicture({ samples, ...raw }: Bitmap, size: PictureSize): Promise<Uint8Array<ArrayBuffer>> {
  return encoded(sharp(samples, { raw, limitInputPixels: false }), size);
}

/** A picture in sRGB as a baseline JPEG no larger than it may be. */
export async function encoded(
  picture: Sharp,
  { side, quality, fineColours }: PictureSize,
): Promise<Uint8Array<ArrayBuffer>> {
  const data = await picture
    .resize(side, side, { fit: 'inside', withoutEnlargement: true })
    .toColourspace('srgb')
    // Browsers decode it three times as fast as WebP, and an import makes it faster; its files are a quarter larger.
    .jpeg({ quality, chromaSubsampling: fineColours ? '4:4:4' : '4:2:0' })
    .toBuffer();
  return new Uint8Array(data);
}

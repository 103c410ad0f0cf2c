/** Pictures for the screen, from pixels that are decoded already. */
import sharp from 'sharp';
import type { Bitmap } from './resample.ts';

export interface PictureSize {
  /** Of the longest side; smaller photos keep their size. */
  readonly side: number;
  readonly quality: number;
}

export const THUMBNAIL: PictureSize = { side: 256, quality: 80 };
/** As much as a large screen shows. */
export const PREVIEW: PictureSize = { side: 4096, quality: 90 };

export async function smallPicture(
  { samples, ...raw }: Bitmap,
  { side, quality }: PictureSize,
): Promise<Uint8Array<ArrayBuffer>> {
  const data = await sharp(samples, { raw, limitInputPixels: false })
    .resize(side, side, { fit: 'inside', withoutEnlargement: true })
    .toColourspace('srgb')
    // More effort costs an import more time than it saves anybody in bytes.
    .webp({ quality, effort: 2 })
    .toBuffer();
  return new Uint8Array(data);
}

/** Pictures for the screen, from pixels that are decoded already. */
import sharp from 'sharp';
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

/** No side longer than `side`; a picture that is small already is left as it is. */
export async function shrunk(picture: Bitmap, side: number): Promise<Bitmap> {
  const { samples, ...raw } = picture;
  if (Math.max(raw.width, raw.height) <= side) return picture;
  const { data, info } = await sharp(samples, { raw, limitInputPixels: false })
    .resize(side, side, { fit: 'inside' })
    .toColourspace(raw.channels === 1 ? 'b-w' : 'srgb')
    .raw()
    .toBuffer({ resolveWithObject: true });
  const { width, height } = info;
  return { width, height, channels: raw.channels, samples: new Uint8Array(data.buffer, data.byteOffset, data.length) };
}

export async function smallPicture(
  { samples, ...raw }: Bitmap,
  { side, quality, fineColours }: PictureSize,
): Promise<Uint8Array<ArrayBuffer>> {
  const data = await sharp(samples, { raw, limitInputPixels: false })
    .resize(side, side, { fit: 'inside', withoutEnlargement: true })
    .toColourspace('srgb')
    // Browsers decode it three times as fast as WebP, and an import makes it faster; its files are a quarter larger.
    .jpeg({ quality, chromaSubsampling: fineColours ? '4:4:4' : '4:2:0' })
    .toBuffer();
  return new Uint8Array(data);
}

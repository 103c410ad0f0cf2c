/** The image store over sharp (libvips): files in, facts and pixels out. */
import sharp from 'sharp';
import { percentileMapping, SIXTEEN_BIT_LEVELS, sixteenToEightTable } from '#app/domain/sixteen-bit.ts';
import type { SixteenBitMapping } from '#app/domain/preprocessing.ts';
import type { PhotoFacts } from '#app/domain/photo.ts';
import type { ImageStore } from '#app/ports/images.ts';
import { codedPictureHash } from './coded-picture.ts';
import { decodeOpened, decodePhoto, decodeReduced, openPhoto, stopIfAsked } from './decode.ts';
import type { OpenedPhoto, Pixels } from './decode.ts';
import { fitToSquare } from './fit.ts';
import { perceptualHash, pixelHash } from './hashes.ts';
import type { Bitmap } from './resample.ts';
import { PREVIEW, smallPicture, THUMBNAIL } from './small-picture.ts';
import type { PictureSize } from './small-picture.ts';
import { inSlices } from './slices.ts';
import { Turns } from './turns.ts';
import { WholeFiles } from './whole-files.ts';

export interface ImageStoreOptions {
  /** Photos decoded at once, however many are asked for; default 2. */
  readonly concurrency?: number;
  /** Threads that libvips uses inside one photo, for the whole process; default 1, so that training keeps its cores. */
  readonly threads?: number;
  /** Larger photos are refused; default 268,402,689 (16,383 squared), 0.8 GB as RGB. */
  readonly maxPixels?: number;
}

const MAX_PIXELS = 16_383 ** 2;
/** Files that are read, looked at or written while others are decoded, so that no decoder waits for them. */
const READ_AHEAD = 2;

/** What becomes of the thumbnail that is made beside the facts. */
type KeepThumbnail = (thumbnail: Uint8Array) => Promise<void>;

export function createImageStore(options: ImageStoreOptions = {}): ImageStore {
  const { concurrency = 2, threads = 1, maxPixels = MAX_PIXELS } = options;
  // libvips' cache keeps decoded photos that nobody asks for twice.
  sharp.cache(false);
  sharp.concurrency(threads);
  const photoTurns = new Turns(concurrency + READ_AHEAD);
  const decoderTurns = new Turns(concurrency);
  const files = new WholeFiles(new Turns(concurrency));
  const limits = { maxPixels, pixelTurns: new Turns(maxPixels) };

  /** A photo's file in its turn. Decoding and encoding take turns of their own, for which it may wait with its file. */
  const whole = <T>(path: string, signal: AbortSignal | undefined, work: (file: Buffer) => Promise<T>): Promise<T> =>
    photoTurns.take(1, () => {
      stopIfAsked(signal);
      return files.use(path, work);
    });
  const decoding = <T>(work: () => Promise<T>): Promise<T> => decoderTurns.take(1, work);
  const decodingWhole: typeof whole = (path, signal, work) => whole(path, signal, (file) => decoding(() => work(file)));

  const pictureOf = (path: string, size: PictureSize, signal: AbortSignal | undefined): Promise<Uint8Array> =>
    decodingWhole(path, signal, async (file) => {
      const opened = await openPhoto(path, file, limits, signal);
      if (opened.format === 'jpeg') return decodeReduced(opened, size, signal);
      const { pixels } = await decodeOpened(opened, limits, signal);
      return smallPicture(await asViewed(pixels), size);
    });

  /** Of a JPEG no more is decoded than a thumbnail shows: photos from cameras come in three times as fast. */
  async function jpegFacts(
    opened: OpenedPhoto,
    signal: AbortSignal | undefined,
    keep: KeepThumbnail | undefined,
  ): Promise<PhotoFacts | null> {
    const { width, height, orientation = 1 } = opened.header;
    const exact = codedPictureHash(opened.file, orientation);
    if (exact === null) return null;
    const thumbnail = await decoding(() => decodeReduced(opened, THUMBNAIL, signal));
    // From 5 on a quarter turn is among what the orientation says.
    const [across, down] = orientation >= 5 ? [height, width] : [width, height];
    return {
      width: across,
      height: down,
      orientation,
      format: 'jpeg',
      bitsPerSample: 8,
      perceptualHash: await looksOf(thumbnail, exact, keep),
      pixelHash: exact,
    };
  }

  /** Of any other photo every pixel is decoded, within the one turn, so that no more photos' pixels are held than that. */
  async function factsOfPixels(
    opened: OpenedPhoto,
    signal: AbortSignal | undefined,
    keep: KeepThumbnail | undefined,
  ): Promise<PhotoFacts> {
    const { format, orientation, pixels } = await decodeOpened(opened, limits, signal);
    const exact = await pixelHash(pixels);
    const thumbnail = await smallPicture(await asViewed(pixels), THUMBNAIL);
    return {
      width: pixels.width,
      height: pixels.height,
      orientation,
      format,
      bitsPerSample: pixels.bits,
      perceptualHash: await looksOf(thumbnail, exact, keep),
      pixelHash: exact,
    };
  }

  return {
    facts: (path, signal, keep) =>
      whole(path, signal, async (file) => {
        const opened = await openPhoto(path, file, limits, signal);
        const known = opened.format === 'jpeg' ? await jpegFacts(opened, signal, keep) : null;
        return known ?? decoding(() => factsOfPixels(opened, signal, keep));
      }),

    thumbnail: (path, signal) => pictureOf(path, THUMBNAIL, signal),
    preview: (path, signal) => pictureOf(path, PREVIEW, signal),

    pixels: (path, { imageSize, fit, sixteenBit }, signal) =>
      decodingWhole(path, signal, async (file) => {
        const { pixels } = await decodePhoto(path, file, limits, signal);
        return asRgb(await fitToSquare(await toEightBit(pixels, sixteenBit), imageSize, fit));
      }),

    sixteenBitHistogram: (path, signal) =>
      decodingWhole(path, signal, async (file) => {
        const { pixels } = await decodePhoto(path, file, limits, signal);
        return pixels.bits === 16 ? histogramOf(pixels.samples) : null;
      }),
  };
}

/** What a photo looks like, told from its thumbnail, which is kept where somebody keeps it. */
async function looksOf(thumbnail: Uint8Array, exact: string, keep: KeepThumbnail | undefined): Promise<string> {
  const hash = perceptualHash(thumbnail, exact);
  await keep?.(thumbnail);
  return hash;
}

/** Of more than 8 bits the photo's own contrast shows: a microscope's 12 bits in 16 would look black. */
async function asViewed(pixels: Pixels): Promise<Bitmap> {
  return toEightBit(pixels, pixels.bits === 16 ? await ownContrast(pixels.samples) : undefined);
}

async function toEightBit(pixels: Pixels, mapping: SixteenBitMapping = { kind: 'full-range' }): Promise<Bitmap> {
  if (pixels.bits === 8) return pixels;
  const { width, height, channels, samples } = pixels;
  const table = sixteenToEightTable(mapping);
  const bytes = new Uint8Array(samples.length);
  await inSlices(samples.length, 1, (start, end) => {
    for (let i = start; i < end; i++) bytes[i] = table[samples[i]!]!;
  });
  return { width, height, channels, samples: bytes };
}

async function histogramOf(samples: Uint16Array): Promise<Uint32Array> {
  const bins = new Uint32Array(SIXTEEN_BIT_LEVELS);
  await inSlices(samples.length, 1, (start, end) => {
    for (let i = start; i < end; i++) bins[samples[i]!]!++;
  });
  return bins;
}

/** A microscope's 12 bits in 16, or one hot pixel, must not make a photo look flat to the perceptual hash. */
async function ownContrast(samples: Uint16Array): Promise<SixteenBitMapping> {
  return percentileMapping(await histogramOf(samples));
}

function asRgb({ channels, samples }: Bitmap): Uint8Array {
  if (channels === 3) return samples;
  const rgb = new Uint8Array(samples.length * 3);
  for (let i = 0; i < samples.length; i++) rgb.fill(samples[i]!, 3 * i, 3 * i + 3);
  return rgb;
}

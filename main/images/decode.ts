/**
 * The one place where a file becomes pixels. Viewing, training, hashing and prediction all start from `decodePhoto`, so
 * that orientation, colour profile, alpha and bit depth are dealt with once and alike:
 *
 * - EXIF orientation is applied; width and height are those of the upright photo.
 * - An embedded colour profile is converted to sRGB; CMYK without a profile goes through libvips' own CMYK profile.
 * - Transparent parts lie on white: that is what viewers, prints and a JPEG export show, and what product photos that
 *   were cut out are made for; black would hide dark objects.
 * - 8-bit photos come as RGB. Photos of more than 8 bits keep 16-bit samples (grey or RGB): how they become 8-bit is
 *   decided by whoever uses them, never silently by the decoder.
 * - Of several pages or frames the first one counts.
 */
import sharp from 'sharp';
import type { Metadata, SharpOptions } from 'sharp';
import { cancelled } from '#app/domain/errors.ts';
import { greyProfileTable } from './grey-profile.ts';
import { jpegHeader } from './jpeg-header.ts';
import { recognise } from './recognise.ts';
import type { PhotoFormat } from './recognise.ts';
import { inSlices } from './slices.ts';
import { encoded } from './small-picture.ts';
import type { PictureSize } from './small-picture.ts';
import type { Turns } from './turns.ts';
import { undecodable } from './undecodable.ts';

/** Samples row by row, channels interleaved, sRGB encoded. */
export type Pixels =
  | { readonly bits: 8; readonly width: number; readonly height: number; readonly channels: 1 | 3; samples: Uint8Array }
  | {
      readonly bits: 16;
      readonly width: number;
      readonly height: number;
      readonly channels: 1 | 3;
      samples: Uint16Array;
    };

export interface DecodedPhoto {
  readonly format: PhotoFormat;
  /** EXIF orientation as stored, 1..8; AVIF stores none (its own rotation is part of the format). */
  readonly orientation: number;
  readonly pixels: Pixels;
}

interface DecodeLimits {
  /** Photos with more pixels are refused from their header, before any memory is taken for them. */
  readonly maxPixels: number;
  /** Shared budget of pixels that are decoded at once. */
  readonly pixelTurns: Turns;
}

/**
 * `file` holds the bytes at `path`. Throws AppError `image.undecodable` (data: path, reason) or `cancelled`; what the signal
 * cannot interrupt is the decoder itself.
 */
export async function decodePhoto(
  path: string,
  file: Buffer,
  limits: DecodeLimits,
  signal?: AbortSignal,
): Promise<DecodedPhoto> {
  return decodeOpened(await openPhoto(path, file, limits, signal), limits, signal);
}

type PhotoHeader = Pick<Metadata, 'width' | 'height' | 'depth' | 'space' | 'icc'> & {
  readonly orientation: number | undefined;
};

/** A photo whose header was read and found fit to be decoded. */
export interface OpenedPhoto {
  readonly path: string;
  readonly file: Buffer;
  readonly format: PhotoFormat;
  readonly header: PhotoHeader;
  readonly options: SharpOptions;
}

/** Throws as `decodePhoto` does. */
export async function openPhoto(
  path: string,
  file: Buffer,
  limits: DecodeLimits,
  signal?: AbortSignal,
): Promise<OpenedPhoto> {
  stopIfAsked(signal);
  const recognised = recognise(file);
  if ('refusal' in recognised) throw undecodable(path, recognised.refusal);
  const { format } = recognised;
  const options: SharpOptions = {
    // A cut-off JPEG would otherwise come out half grey. For TIFF a "warning" may be a mere unknown tag.
    failOn: format === 'jpeg' ? 'warning' : 'error',
    limitInputPixels: limits.maxPixels,
  };
  const header = await headerOf(path, file, format, options);
  const reason = refuseByHeader(header, limits.maxPixels);
  if (reason !== undefined) throw undecodable(path, reason);
  return { path, file, format, header, options };
}

async function headerOf(path: string, file: Buffer, format: PhotoFormat, options: SharpOptions): Promise<PhotoHeader> {
  const jpeg = format === 'jpeg' ? jpegHeader(file) : null;
  if (jpeg !== null) return { ...jpeg, depth: 'uchar', space: 'srgb' };
  const { width, height, depth, space, icc, orientation } = await decoding(path, () =>
    sharp(file, { ...options, limitInputPixels: false }).metadata(),
  );
  return { width, height, depth, space, icc, orientation };
}

export async function decodeOpened(
  { path, file, format, header, options }: OpenedPhoto,
  limits: DecodeLimits,
  signal?: AbortSignal,
): Promise<DecodedPhoto> {
  return limits.pixelTurns.take(header.width * header.height, async () => {
    stopIfAsked(signal);
    const deep = header.depth === 'ushort' && header.space !== 'cmyk';
    const pixels = await decoding(path, () =>
      deep ? decodeDeep(file, options, header) : decodeEightBit(file, options),
    );
    stopIfAsked(signal);
    return { format, orientation: header.orientation ?? 1, pixels };
  });
}

/**
 * A JPEG as a small picture, upright and in sRGB, in one go of the decoder, which leaves out what a small picture does not show:
 * that takes a third of the time and a small part of the memory that all pixels would. Every coded block is read, so that a file
 * that is cut off is found all the same.
 */
export async function decodeReduced(
  { path, file, options }: OpenedPhoto,
  size: PictureSize,
  signal?: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> {
  stopIfAsked(signal);
  const picture = await decoding(path, () => encoded(sharp(file, options).autoOrient(), size));
  stopIfAsked(signal);
  return picture;
}

/** Throws AppError of kind `cancelled`. */
export function stopIfAsked(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw cancelled('Reading photos');
}

async function decoding<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw undecodable(path, reasonOf(message), error, isMemory(message));
  }
}

function isMemory(message: string): boolean {
  return /out of memory|cannot allocate/i.test(message);
}

/** libvips' messages, which may run over many lines, as a phrase for people. */
function reasonOf(message: string): string {
  if (isMemory(message)) return 'there is not enough memory to decode it';
  if (/premature end of JPEG|unexpected end/i.test(message)) return 'the file is truncated';
  const detail = message.replace(/^Input buffer (has corrupt header|contains unsupported image format):?\s*/, '');
  const [line = ''] = detail.split('\n');
  return line === '' ? 'the file is truncated or damaged' : `the file is truncated or damaged (${line})`;
}

const sampleKinds = new Map([
  ['float', '32-bit floating-point'],
  ['double', '64-bit floating-point'],
  ['uint', '32-bit'],
  ['int', 'signed 32-bit'],
  ['short', 'signed 16-bit'],
  ['char', 'signed 8-bit'],
]);

function refuseByHeader({ width, height, depth }: PhotoHeader, maxPixels: number): string | undefined {
  if (width === 0 || height === 0) return 'its header gives a width or height of zero';
  if (width * height > maxPixels) {
    const millions = (pixels: number): string => `${Math.round(pixels / 1e6)} million`;
    return `it has ${width} x ${height} = ${millions(width * height)} pixels, more than the limit of ${millions(maxPixels)}`;
  }
  if (depth === 'uchar' || depth === 'ushort') return undefined;
  return `it stores ${sampleKinds.get(depth) ?? depth} samples: export it with 8 or 16 bits per sample`;
}

async function decodeEightBit(file: Buffer, options: SharpOptions): Promise<Pixels> {
  const { data, info } = await sharp(file, options)
    .autoOrient()
    .flatten({ background: '#ffffff' })
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true });
  if (info.channels !== 3) throw new Error(`${info.channels} channels where 3 were expected`);
  return {
    bits: 8,
    width: info.width,
    height: info.height,
    channels: 3,
    samples: new Uint8Array(data.buffer, data.byteOffset, data.length),
  };
}

async function decodeDeep(file: Buffer, options: SharpOptions, header: PhotoHeader): Promise<Pixels> {
  const grey = header.space === 'grey16';
  const upright = sharp(file, options).autoOrient();
  // sharp takes 16-bit RGB with a profile to Display P3 and leaves it there unless it is told to go on to sRGB.
  if (!grey && header.icc) upright.withIccProfile('srgb', { attach: false });
  const { data, info } = await upright
    .toColourspace(grey ? 'grey16' : 'rgb16')
    .raw({ depth: 'ushort' })
    .toBuffer({ resolveWithObject: true });
  const channels = grey ? 1 : 3;
  const stored: number = info.channels;
  if (stored !== channels && stored !== channels + 1) throw new Error(`${stored} channels`);
  const all = new Uint16Array(data.buffer, data.byteOffset, info.width * info.height * stored);
  const table = grey && header.icc ? greyProfileTable(header.icc) : undefined;
  if (table) await inSlices(all.length, stored, (start, end) => lookUp(all, table, stored, start, end));
  const samples = stored === channels ? all : await onWhite(all, channels);
  return { bits: 16, width: info.width, height: info.height, channels, samples };
}

/** Replaces the first of every `step` samples. */
function lookUp(samples: Uint16Array, table: Uint16Array, step: number, start: number, end: number): void {
  for (let i = start; i < end; i += step) samples[i] = table[samples[i]!]!;
}

/** [n, channels + 1] -> [n, channels]; libvips' own flatten takes 65,280 for the white of 16 bits. */
async function onWhite(all: Uint16Array, channels: 1 | 3): Promise<Uint16Array> {
  const step = channels + 1;
  const flat = new Uint16Array((all.length / step) * channels);
  await inSlices(all.length, step, (start, end) => {
    for (let from = start, to = (start / step) * channels; from < end; from += step) {
      const alpha = all[from + channels]! / 65_535;
      for (let c = 0; c < channels; c++) flat[to++] = Math.round(all[from + c]! * alpha + 65_535 * (1 - alpha));
    }
  });
  return flat;
}

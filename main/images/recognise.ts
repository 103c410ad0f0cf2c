/**
 * What a file is, told from its bytes and not from its name. Only the six formats of photos go on to the decoder; for
 * everything else the reason is a phrase that a person can act on, ready to stand after "cannot be read as a photo: ".
 */
import { readFirstDirectory, tiffTag } from './tiff-directory.ts';

export type PhotoFormat = 'jpeg' | 'png' | 'webp' | 'avif' | 'gif' | 'tiff';

export type Recognised = { readonly format: PhotoFormat } | { readonly refusal: string };

const RAW_ADVICE = 'camera raw files hold only a small preview besides the raw data: export the photo as JPEG or TIFF';

const heicBrands = ['heic', 'heix', 'heim', 'heis', 'hevc', 'hevx', 'hevm', 'hevs'];
const avifBrands = ['avif', 'avis'];
const videoBrands = ['isom', 'iso2', 'iso4', 'iso5', 'iso6', 'mp41', 'mp42', 'M4V ', 'qt  ', '3gp4', '3gp5'];

/** Signatures of well-known files that are not among the six formats, with what to tell the person. */
const others: readonly (readonly [signature: string, reason: string])[] = [
  ['IIRO', `it is an Olympus raw file; ${RAW_ADVICE}`],
  ['IIRS', `it is an Olympus raw file; ${RAW_ADVICE}`],
  ['MMOR', `it is an Olympus raw file; ${RAW_ADVICE}`],
  ['IIU\0', `it is a Panasonic raw file; ${RAW_ADVICE}`],
  ['FUJIFILMCCD-RAW', `it is a Fujifilm raw file; ${RAW_ADVICE}`],
  ['FOVb', `it is a Sigma raw file; ${RAW_ADVICE}`],
  ['BM', 'BMP images are not supported: convert it to PNG'],
  ['8BPS', 'Photoshop documents are not supported: export it as TIFF or PNG'],
  ['\xff\x0a', 'JPEG XL images are not supported: convert it to JPEG or PNG'],
  ['\0\0\0\x0cJXL ', 'JPEG XL images are not supported: convert it to JPEG or PNG'],
  ['\0\0\0\x0cjP  ', 'JPEG 2000 images are not supported: convert it to JPEG or PNG'],
  ['%PDF', 'it is a PDF document, not a photo'],
  ['PK\x03\x04', 'it is a ZIP archive, not a photo: unpack it first'],
  ['\x1f\x8b', 'it is a compressed archive, not a photo: unpack it first'],
  ['SIMPLE  =', 'FITS images are not supported: convert it to 16-bit TIFF'],
];

/** `file` holds the whole file: a TIFF keeps its directory anywhere in it. */
export function recognise(file: Buffer): Recognised {
  const text = (start: number, end: number): string => file.toString('latin1', start, end);
  if (file.length === 0) return { refusal: 'the file is empty (0 bytes)' };
  if (text(0, 3) === '\xff\xd8\xff') return { format: 'jpeg' };
  if (text(0, 8) === '\x89PNG\r\n\x1a\n') return recognisePng(file);
  if (text(0, 4) === 'GIF8') return { format: 'gif' };
  if (text(0, 4) === 'RIFF' && text(8, 12) === 'WEBP') return { format: 'webp' };
  if (text(4, 8) === 'ftyp') return recogniseBrand(file);
  const other = others.find(([signature]) => text(0, signature.length) === signature);
  if (other) return { refusal: other[1] };
  if (['II*\0', 'MM\0*', 'II+\0', 'MM\0+'].includes(text(0, 4))) return recogniseTiff(file);
  const start = text(0, 256).trimStart().toLowerCase();
  if (/^<svg|^<\?xml[^]*<svg/.test(start)) return { refusal: 'SVG drawings are not photos: export it as PNG' };
  if (/^<!doctype html|^<html/.test(start)) return { refusal: 'it is a web page, not a photo (a failed download?)' };
  if (file.subarray(0, 4096).every((byte) => byte === 0)) {
    return { refusal: 'the file begins with nothing but zero bytes (an interrupted copy?)' };
  }
  return { refusal: 'it is not an image in a known format' };
}

function recognisePng(file: Buffer): Recognised {
  // The decoder's own words for a side of zero say nothing; IHDR always comes first.
  if (file.length >= 24 && (file.readUInt32BE(16) === 0 || file.readUInt32BE(20) === 0)) {
    return { refusal: 'its header gives a width or height of zero' };
  }
  return { format: 'png' };
}

/** ISO media files name what they are in a brand, and what else they can be read as in further ones. */
function recogniseBrand(file: Buffer): Recognised {
  const end = Math.min(file.readUInt32BE(0), file.length, 256);
  const brands = [file.toString('latin1', 8, 12)];
  for (let at = 16; at + 4 <= end; at += 4) brands.push(file.toString('latin1', at, at + 4));
  if (brands[0] === 'crx ') return { refusal: `it is a Canon raw file (CR3); ${RAW_ADVICE}` };
  if (brands.some((brand) => avifBrands.includes(brand))) return { format: 'avif' };
  if (brands.some((brand) => heicBrands.includes(brand)) || brands[0] === 'mif1' || brands[0] === 'msf1') {
    return { refusal: 'HEIC/HEIF photos are not supported: convert it to JPEG or PNG' };
  }
  if (brands.some((brand) => videoBrands.includes(brand))) {
    return { refusal: 'it is a video, not a photo: export single frames as JPEG or PNG' };
  }
  return { refusal: 'it is not an image in a known format' };
}

const COLOUR_FILTER_ARRAY = 32_803;
const LINEAR_RAW = 34_892;
/** Channels that each way of writing colour takes: white is zero, black is zero, RGB, palette, CMYK, YCbCr, L*a*b*. */
const colourChannels = new Map([
  [0, 1],
  [1, 1],
  [2, 3],
  [3, 1],
  [5, 4],
  [6, 3],
  [8, 3],
]);

function recogniseTiff(file: Buffer): Recognised {
  const tags = readFirstDirectory(file);
  if (!tags) return { refusal: 'the TIFF file is truncated: its directory is missing' };
  const first = (tag: number): number | undefined => tags.get(tag)?.[0];
  const photometric = first(tiffTag.photometric);
  if (tags.has(tiffTag.dngVersion)) return { refusal: `it is a DNG raw file; ${RAW_ADVICE}` };
  if (file.toString('latin1', 8, 10) === 'CR') return { refusal: `it is a Canon raw file (CR2); ${RAW_ADVICE}` };
  if (photometric === COLOUR_FILTER_ARRAY || photometric === LINEAR_RAW) {
    return { refusal: `it is a camera raw file; ${RAW_ADVICE}` };
  }
  // Nikon and Sony raw files begin with a preview, declared as a reduced version of another image in the file.
  if (((first(tiffTag.newSubfileType) ?? 0) & 1) === 1) {
    return { refusal: `its first image is only a reduced preview of another one in the file; ${RAW_ADVICE}` };
  }
  const channels = first(tiffTag.samplesPerPixel) ?? 1;
  const extra = channels - (colourChannels.get(photometric ?? 1) ?? channels);
  const alpha = (tags.get(tiffTag.extraSamples) ?? []).filter((kind) => kind === 1 || kind === 2).length;
  if (extra > 1 || (extra === 1 && alpha !== 1)) {
    return {
      refusal: `it has ${channels} channels, more than a photo's colour and transparency: export it as grey or RGB`,
    };
  }
  return { format: 'tiff' };
}

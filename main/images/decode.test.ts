import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import type { Sharp } from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AppError } from '#app/domain/errors.ts';
import { decodePhoto } from './decode.ts';
import type { DecodedPhoto } from './decode.ts';
import type { Bitmap } from './resample.ts';
import { adobeRgbProfile, adobeToSrgb, encodeSrgb, gammaCurve, greyProfile } from './testing/icc.ts';
import { meanAbsoluteDifference, photoLike } from './testing/pictures.ts';
import { encodeTiff } from './testing/tiff.ts';
import { Turns } from './turns.ts';
import { WholeFiles } from './whole-files.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'dtl-decode-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const limits = { maxPixels: 4_000_000, pixelTurns: new Turns(4_000_000) };
let files = 0;

function saved(bytes: Uint8Array): string {
  const path = join(folder, `photo-${files++}`);
  writeFileSync(path, bytes);
  return path;
}

const photos = new WholeFiles(new Turns(2));
const decodeAt = (path: string): Promise<DecodedPhoto> => photos.use(path, (file) => decodePhoto(path, file, limits));

async function decode(bytes: Uint8Array): Promise<DecodedPhoto> {
  return decodeAt(saved(bytes));
}

async function samples8(bytes: Uint8Array): Promise<Uint8Array> {
  const { pixels } = await decode(bytes);
  if (pixels.bits !== 8) throw new Error('8 bits expected');
  expect(pixels.channels).toBe(3);
  return pixels.samples;
}

async function samples16(bytes: Uint8Array): Promise<Uint16Array> {
  const { pixels } = await decode(bytes);
  if (pixels.bits !== 16) throw new Error('16 bits expected');
  return pixels.samples;
}

function open({ samples, ...raw }: Bitmap): Sharp {
  return sharp(samples, { raw });
}

async function refusal(path: string): Promise<AppError> {
  return decodeAt(path).then(
    () => expect.fail('was decoded'),
    (error: unknown) => (error instanceof AppError ? error : expect.fail(String(error))),
  );
}

async function reasonFor(bytes: Uint8Array): Promise<string> {
  const path = saved(bytes);
  const error = await refusal(path);
  expect(error).toMatchObject({ code: 'image.undecodable', kind: 'expected', data: { path } });
  expect(error.message).toContain(path);
  return String(error.data['reason']);
}

const photo = photoLike(64, 40, 5);

describe('decodePhoto reads every format', () => {
  it.each([
    ['jpeg', () => open(photo).jpeg({ quality: 95, chromaSubsampling: '4:4:4' }), 4],
    ['jpeg', () => open(photo).jpeg({ quality: 95, progressive: true, chromaSubsampling: '4:4:4' }), 4],
    ['png', () => open(photo).png(), 0],
    ['webp', () => open(photo).webp({ lossless: true }), 0],
    ['avif', () => open(photo).avif({ quality: 95, chromaSubsampling: '4:4:4' }), 4],
    ['gif', () => open(photo).gif(), 12],
    ['tiff', () => open(photo).tiff({ compression: 'lzw' }), 0],
    ['tiff', () => open(photo).tiff({ compression: 'jpeg', quality: 95 }), 14],
  ] as const)('%s (%#)', async (format, encode, tolerance) => {
    const decoded = await decode(await encode().toBuffer());
    expect(decoded).toMatchObject({ format, orientation: 1, pixels: { bits: 8, width: 64, height: 40, channels: 3 } });
    expect(meanAbsoluteDifference(decoded.pixels.samples, photo.samples)).toBeLessThanOrEqual(tolerance);
  });

  it('takes the first frame of an animation and the first page of a TIFF', async () => {
    const second = { ...photo, samples: photo.samples.map((v) => 255 - v) };
    const frames = [await open(photo).png().toBuffer(), await open(second).png().toBuffer()];
    for (const animation of [
      sharp(frames, { join: { animated: true } }).gif(),
      sharp(frames, { join: { animated: true } }).webp(),
    ]) {
      const { pixels } = await decode(await animation.toBuffer());
      expect([pixels.width, pixels.height]).toEqual([64, 40]);
      expect(meanAbsoluteDifference(pixels.samples, photo.samples)).toBeLessThan(16);
    }
    expect(await samples8(encodeTiff([photo, second]))).toEqual(photo.samples);
  });

  it('gives grey as three equal channels, one-bit and palette images included', async () => {
    const grey = photoLike(64, 40, 6, 1);
    const tripled = Uint8Array.from({ length: grey.samples.length * 3 }, (_, i) => grey.samples[Math.floor(i / 3)]!);
    expect(await samples8(await open(grey).toColourspace('b-w').png().toBuffer())).toEqual(tripled);
    expect(await samples8(encodeTiff([grey]))).toEqual(tripled);
    expect(await samples8(encodeTiff([grey], { photometric: 0 }))).toEqual(tripled.map((v) => 255 - v));
    const stripes = { ...grey, samples: grey.samples.map((_, i) => (i % 3 === 0 ? 255 : 0)) };
    const oneBit = await open(stripes).toColourspace('b-w').tiff({ bitdepth: 1, compression: 'none' }).toBuffer();
    expect([...(await samples8(oneBit)).subarray(0, 9)]).toEqual([255, 255, 255, 0, 0, 0, 0, 0, 0]);
    const palette = await open(stripes).png({ palette: true, colours: 2 }).toBuffer();
    expect([...(await samples8(palette)).subarray(0, 9)]).toEqual([255, 255, 255, 0, 0, 0, 0, 0, 0]);
  });

  it('turns CMYK into the colours it was made from, roughly: inks are not screens', async () => {
    const colours = [200, 60, 50, 60, 140, 70, 70, 80, 160, 128, 128, 128, 250, 250, 250];
    const flat = { width: 5, height: 1, channels: 3 as const, samples: new Uint8Array(colours) };
    const enlarged = open(flat).resize(80, 16, { kernel: 'nearest', fit: 'fill' });
    const cmyk = await enlarged.toColourspace('cmyk').jpeg({ quality: 100 }).toBuffer();
    expect((await sharp(cmyk).metadata()).space).toBe('cmyk');
    const decoded = await samples8(cmyk);
    for (let i = 0; i < 5; i++) {
      for (let c = 0; c < 3; c++) {
        expect(Math.abs(decoded[(8 * 80 + 16 * i + 8) * 3 + c]! - colours[3 * i + c]!)).toBeLessThan(25);
      }
    }
  });
});

describe('decodePhoto applies orientation once', () => {
  const [r, g, b, w] = [[255, 0, 0] as const, [0, 255, 0] as const, [0, 0, 255] as const, [255, 255, 255] as const];
  // Stored: red, green above blue, white. Corners of the upright photo, from the EXIF specification (tag 274).
  const upright: Record<number, unknown[]> = {
    1: [r, g, b, w],
    2: [g, r, w, b],
    3: [w, b, g, r],
    4: [b, w, r, g],
    5: [r, b, g, w],
    6: [b, r, w, g],
    7: [w, g, b, r],
    8: [g, w, r, b],
  };
  const quarters: Bitmap = {
    width: 2,
    height: 2,
    channels: 3,
    samples: new Uint8Array([r, g, b, w].flat()),
  };

  it.each([1, 2, 3, 4, 5, 6, 7, 8])('orientation %i', async (orientation) => {
    const large = await open(quarters).resize(48, 32, { kernel: 'nearest', fit: 'fill' }).png().toBuffer();
    const tagged = sharp(large).withMetadata({ orientation });
    const [width, height] = orientation < 5 ? [48, 32] : [32, 48];
    for (const encoder of [
      tagged.clone().jpeg({ quality: 100 }),
      tagged.clone().png(),
      tagged.clone().tiff(),
      tagged.clone().webp(),
    ]) {
      const decoded = await decode(await encoder.toBuffer());
      expect(decoded).toMatchObject({ orientation, pixels: { width, height } });
      const corner = (x: number, y: number): number[] => {
        const at = (y * width + x) * 3;
        return [...decoded.pixels.samples.subarray(at, at + 3)].map((v) => (v > 127 ? 255 : 0));
      };
      const [right, bottom] = [width - 5, height - 5];
      expect([corner(4, 4), corner(right, 4), corner(4, bottom), corner(right, bottom)]).toEqual(upright[orientation]);
    }
  });

  it('leaves AVIF to its own rotation', async () => {
    const large = await open(quarters).resize(48, 32, { kernel: 'nearest', fit: 'fill' }).png().toBuffer();
    const { pixels } = await decode(
      await sharp(large).withMetadata({ orientation: 6 }).avif({ quality: 90 }).toBuffer(),
    );
    expect([pixels.width, pixels.height]).toEqual([32, 48]);
    expect(pixels.samples[(4 * 32 + 4) * 3 + 2]).toBeGreaterThan(200);
  });
});

describe('decodePhoto converts an embedded profile to sRGB', () => {
  const colours = [200, 40, 30, 30, 180, 60, 40, 50, 210, 120, 120, 120];
  const patches = sharp(new Uint8Array(colours), { raw: { width: 4, height: 1, channels: 3 } });
  const large = (): Promise<Buffer> =>
    patches.clone().resize(64, 16, { kernel: 'nearest', fit: 'fill' }).png().toBuffer();

  it.each(['jpeg', 'png', 'webp', 'avif', 'tiff'] as const)('Display P3 in %s', async (format) => {
    const encoded = await sharp(await large())
      .withIccProfile('p3')
      [format]({ quality: 100, chromaSubsampling: '4:4:4' })
      .toBuffer();
    const stored = await sharp(encoded, { ignoreIcc: true }).raw().toBuffer();
    const decoded = await samples8(encoded);
    for (let i = 0; i < 4; i++) {
      const at = (8 * 64 + 16 * i + 8) * 3;
      for (let c = 0; c < 3; c++) expect(Math.abs(decoded[at + c]! - colours[3 * i + c]!)).toBeLessThanOrEqual(3);
    }
    // The stored numbers are others: without the conversion the red would be off by 16.
    expect(Math.abs(stored[(8 * 64 + 8) * 3]! - 200)).toBeGreaterThan(10);
  });

  const adobe = [0.55, 0.3, 0.35, 0.4, 0.6, 0.45, 0.3, 0.35, 0.7, 0.5, 0.5, 0.5];
  const wanted = [0, 1, 2, 3].flatMap((i) => adobeToSrgb([adobe[3 * i]!, adobe[3 * i + 1]!, adobe[3 * i + 2]!]));

  it('Adobe RGB with 8 bits, worked out by hand', async () => {
    const samples = Uint8Array.from(adobe, (v) => Math.round(255 * v));
    const decoded = await samples8(
      encodeTiff([{ width: 4, height: 1, channels: 3, samples }], { icc: adobeRgbProfile() }),
    );
    wanted.forEach((v, i) => expect(Math.abs(decoded[i]! - 255 * v)).toBeLessThan(1.6));
    expect(Math.abs(decoded[0]! - samples[0]!)).toBeGreaterThan(8);
  });

  it('Adobe RGB with 16 bits, which sharp alone would leave in Display P3', async () => {
    const samples = Uint16Array.from(adobe, (v) => Math.round(65_535 * v));
    const decoded = await samples16(
      encodeTiff([{ width: 4, height: 1, channels: 3, samples }], { icc: adobeRgbProfile() }),
    );
    wanted.forEach((v, i) => expect(Math.abs(decoded[i]! - 65_535 * v)).toBeLessThan(200));
  });

  it('a grey profile with 8 bits and with 16', async () => {
    const icc = greyProfile(gammaCurve(1.5));
    const levels = [0, 0.1, 0.3, 0.5, 0.8, 1];
    const [bytes, words] = [levels.map((v) => Math.round(255 * v)), levels.map((v) => Math.round(65_535 * v))];
    const size = { width: 6, height: 1, channels: 1 };
    const eight = await samples8(encodeTiff([{ ...size, samples: new Uint8Array(bytes) }], { icc }));
    const sixteen = await samples16(encodeTiff([{ ...size, samples: new Uint16Array(words) }], { icc }));
    levels.forEach((_, i) => {
      expect(Math.abs(eight[3 * i]! - 255 * encodeSrgb((bytes[i]! / 255) ** 1.5)), String(i)).toBeLessThan(2);
      expect(Math.abs(sixteen[i]! - 65_535 * encodeSrgb((words[i]! / 65_535) ** 1.5)), String(i)).toBeLessThan(3);
    });
  });
});

describe('decodePhoto lays transparency on white', () => {
  const transparent = new Uint8Array([255, 0, 0, 255, 0, 0, 0, 0, 0, 0, 0, 128]);
  const input = (): Sharp => sharp(transparent, { raw: { width: 3, height: 1, channels: 4 } });

  it.each(['png', 'webp', 'tiff'] as const)('in %s', async (format) => {
    const encoded = await input()[format]({ lossless: true, exact: true, compression: 'none' }).toBuffer();
    expect([...(await samples8(encoded))]).toEqual([255, 0, 0, 255, 255, 255, 127, 127, 127]);
  });

  it('in GIF, where a pixel is wholly transparent or not at all', async () => {
    const encoded = await input().gif({ dither: 0 }).toBuffer();
    expect([...(await samples8(encoded))].slice(0, 6)).toEqual([255, 0, 0, 255, 255, 255]);
  });

  it('with 16 bits, to the full white of 65,535', async () => {
    const grey = encodeTiff(
      [{ width: 3, height: 1, channels: 2, samples: new Uint16Array([1000, 65_535, 1000, 0, 0, 32_768]) }],
      { tags: { 338: [2] } },
    );
    expect([...(await samples16(grey))]).toEqual([1000, 65_535, 32_767]);
    const rgb = await sharp(new Uint16Array([5, 6, 7, 65_535, 5, 6, 7, 0]), {
      raw: { width: 2, height: 1, channels: 4 },
    })
      .toColourspace('rgb16')
      .png()
      .toBuffer();
    expect([...(await samples16(rgb))]).toEqual([5, 6, 7, 65_535, 65_535, 65_535]);
  });
});

describe('decodePhoto keeps all 16 bits', () => {
  const grey = Uint16Array.from({ length: 64 * 40 }, (_, i) => (i * 37) % 4096);
  const size = { width: 64, height: 40 };

  it.each([{}, { bigEndian: true }, { big: true }])(
    'of a grey microscope TIFF, first page, written with %o',
    async (options) => {
      const pages = [grey, grey.map((v) => v * 2), grey.map((v) => v * 3)].map((samples) => ({
        ...size,
        channels: 1,
        samples,
      }));
      const decoded = await decode(encodeTiff(pages, options));
      expect(decoded.pixels).toMatchObject({ bits: 16, channels: 1, width: 64, height: 40 });
      expect(decoded.pixels.samples).toEqual(grey);
    },
  );

  it('of a TIFF in which white is zero', async () => {
    const inverted = encodeTiff([{ ...size, channels: 1, samples: grey }], { photometric: 0 });
    expect(await samples16(inverted)).toEqual(grey.map((v) => 65_535 - v));
  });

  it('of a grey PNG and of RGB in PNG and TIFF', async () => {
    const greyPng = await sharp(grey, { raw: { ...size, channels: 1 } })
      .toColourspace('grey16')
      .png()
      .toBuffer();
    expect(await samples16(greyPng)).toEqual(grey);
    const rgb = Uint16Array.from({ length: grey.length * 3 }, (_, i) => (i * 7919) % 65_536);
    const rgbPng = await sharp(rgb, { raw: { ...size, channels: 3 } })
      .toColourspace('rgb16')
      .png()
      .toBuffer();
    expect(await samples16(rgbPng)).toEqual(rgb);
    expect(await samples16(encodeTiff([{ ...size, channels: 3, samples: rgb }]))).toEqual(rgb);
  });

  it('of AVIF with 10 bits, scaled to the full range', async () => {
    const rgb = Uint16Array.from({ length: grey.length * 3 }, (_, i) => 64 * ((i >> 3) % 1024));
    const encoded = await sharp(rgb, { raw: { ...size, channels: 3 } })
      .toColourspace('rgb16')
      .avif({ bitdepth: 10, quality: 100, chromaSubsampling: '4:4:4' })
      .toBuffer();
    expect(meanAbsoluteDifference(await samples16(encoded), rgb)).toBeLessThan(200);
  });
});

describe('decodePhoto refuses with a reason', () => {
  const jpeg = (): Promise<Buffer> => open(photoLike(300, 200)).jpeg().toBuffer();

  it('a truncated file of any format, however little is missing of a JPEG', async () => {
    const whole = await jpeg();
    for (const length of [300, whole.length >> 1, whole.length - 20, whole.length - 2]) {
      expect(await reasonFor(whole.subarray(0, length))).toBe('the file is truncated');
    }
    // A download that was cut and closed properly.
    const closed = Buffer.concat([whole.subarray(0, whole.length >> 1), Buffer.from([0xff, 0xd9])]);
    expect(await reasonFor(closed)).toMatch(/truncated or damaged/);
    for (const format of ['png', 'webp', 'avif', 'gif', 'tiff'] as const) {
      const other = await open(photoLike(300, 200))[format]().toBuffer();
      expect(await reasonFor(other.subarray(0, other.length >> 1)), format).toMatch(/truncated/);
    }
  });

  it('HEIC by name, an empty file, text', async () => {
    const heic = Buffer.from('\0\0\0\x18ftypheic\0\0\0\0mif1heic', 'latin1');
    expect(await reasonFor(heic)).toMatch(/HEIC/);
    expect(await reasonFor(Buffer.alloc(0))).toMatch(/empty/);
    expect(await reasonFor(Buffer.from('label,file\n'))).toMatch(/not an image/);
  });

  it('too many pixels, from the header alone', async () => {
    const bomb = Buffer.from(await open(photo).png().toBuffer());
    bomb.writeUInt32BE(60_000, 16);
    bomb.writeUInt32BE(50_000, 20);
    // The checksum of the header has to fit again, or the file is merely damaged.
    const { crc32 } = await import('node:zlib');
    bomb.writeUInt32BE(crc32(bomb.subarray(12, 29)), 29);
    expect(await reasonFor(bomb)).toBe('it has 60000 x 50000 = 3000 million pixels, more than the limit of 4 million');
  });

  it('sides of zero', async () => {
    const png = Buffer.from(await open(photo).png().toBuffer());
    png.writeUInt32BE(0, 16);
    expect(await reasonFor(png)).toMatch(/zero/);
    const whole = Buffer.from(await jpeg());
    whole.writeUInt16BE(0, whole.indexOf(Buffer.from([0xff, 0xc0])) + 5);
    expect(await reasonFor(whole)).toMatch(/damaged/);
  });

  it('floating-point and 32-bit samples', async () => {
    const size = { width: 4, height: 4, channels: 1 };
    expect(await reasonFor(encodeTiff([{ ...size, samples: new Float32Array(16) }]))).toMatch(/floating-point/);
    expect(await reasonFor(encodeTiff([{ ...size, samples: new Uint32Array(16) }]))).toMatch(/32-bit samples/);
  });

  it('a folder, and a file without permission', async () => {
    const path = join(folder, 'a-folder');
    mkdirSync(path);
    expect((await refusal(path)).data['reason']).toBe('it is a folder');
    if (process.getuid?.() === 0 || process.platform === 'win32') return;
    const locked = saved(await jpeg());
    chmodSync(locked, 0);
    expect((await refusal(locked)).data['reason']).toMatch(/permission/);
  });

  it('a file that is gone, under a code of its own', async () => {
    const path = join(folder, 'gone.jpg');
    expect(await refusal(path)).toMatchObject({ code: 'image.missing', kind: 'expected', data: { path } });
    expect(await refusal(join(saved(new Uint8Array(1)), 'below-a-file.jpg'))).toMatchObject({ code: 'image.missing' });
  });
});

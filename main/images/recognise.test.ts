import { describe, expect, it } from 'vitest';
import { recognise } from './recognise.ts';
import { encodeTiff } from './testing/tiff.ts';
import type { TiffOptions } from './testing/tiff.ts';

function reason(file: Buffer): string {
  const result = recognise(file);
  return 'refusal' in result ? result.refusal : `taken as ${result.format}`;
}

function media(...brands: string[]): Buffer {
  const [major = '', ...compatible] = brands;
  const body = Buffer.from(`ftyp${major}\0\0\0\0${compatible.join('')}`, 'latin1');
  const size = Buffer.alloc(4);
  size.writeUInt32BE(body.length + 4);
  return Buffer.concat([size, body, Buffer.alloc(64, 1)]);
}

function tiff(options: TiffOptions, channels = 1): Buffer {
  return encodeTiff([{ width: 2, height: 2, channels, samples: new Uint16Array(4 * channels) }], options);
}

describe('recognise', () => {
  it('tells AVIF from HEIC by any of the brands and says what to do with HEIC', () => {
    expect(reason(media('avif', 'mif1'))).toBe('taken as avif');
    expect(reason(media('mif1', 'avif'))).toBe('taken as avif');
    for (const heic of [media('heic', 'mif1', 'heic'), media('mif1', 'heic'), media('heix'), media('msf1', 'hevc')]) {
      expect(reason(heic)).toMatch(/^HEIC\/HEIF photos are not supported: convert it to JPEG or PNG$/);
    }
  });

  it('names camera raw files, which hold only a preview besides the raw data', () => {
    const canon = Buffer.from(tiff({}));
    const cr2 = Buffer.concat([canon.subarray(0, 8), Buffer.from('CR\x02\0'), canon.subarray(12)]);
    expect(reason(cr2)).toMatch(/Canon raw file \(CR2\)/);
    expect(reason(media('crx '))).toMatch(/Canon raw file \(CR3\)/);
    expect(reason(Buffer.from('FUJIFILMCCD-RAW 0201'))).toMatch(/Fujifilm raw/);
    expect(reason(Buffer.from('IIU\0\x08\0\0\0', 'latin1'))).toMatch(/Panasonic raw/);
    expect(reason(tiff({ tags: { 50706: [1, 4, 0, 0] } }))).toMatch(/DNG raw file/);
    expect(reason(tiff({ photometric: 32_803 }))).toMatch(/camera raw file/);
    expect(reason(tiff({ tags: { 254: [1] } }))).toMatch(/only a reduced preview/);
  });

  it.each([{}, { bigEndian: true }, { big: true }, { big: true, bigEndian: true }])(
    'reads the directory of a TIFF file written with %o',
    (options) => {
      expect(reason(tiff(options))).toBe('taken as tiff');
      expect(reason(tiff({ ...options, photometric: 32_803 }))).toMatch(/camera raw file/);
    },
  );

  it('takes one extra channel as alpha only where the file says so, and refuses others by their number', () => {
    expect(reason(tiff({ tags: { 338: [2] } }, 2))).toBe('taken as tiff');
    expect(reason(tiff({ tags: { 338: [1] } }, 4))).toBe('taken as tiff');
    expect(reason(tiff({}, 2))).toMatch(/has 2 channels/);
    expect(reason(tiff({ tags: { 338: [0] } }, 4))).toMatch(/has 4 channels/);
    expect(reason(tiff({ photometric: 1, tags: { 338: [0, 0, 0, 0] } }, 5))).toMatch(/has 5 channels/);
    expect(reason(tiff({ photometric: 5 }, 4))).toBe('taken as tiff');
  });

  it('calls a TIFF whose directory is cut off truncated', () => {
    const whole = tiff({});
    expect(reason(whole.subarray(0, 12))).toMatch(/TIFF file is truncated/);
  });

  it.each([
    ['', 'empty \\(0 bytes\\)'],
    ['\0'.repeat(5000), 'nothing but zero bytes'],
    ['Dear reader', 'not an image'],
    ['BM1234', 'BMP'],
    ['8BPS\0', 'Photoshop'],
    ['%PDF-1.7', 'PDF'],
    ['PK\x03\x04', 'ZIP'],
    ['\xff\x0a\x12', 'JPEG XL'],
    ['<svg xmlns="x"/>', 'SVG'],
    ['<?xml version="1.0"?>\n<svg/>', 'SVG'],
    ['<!DOCTYPE html><html>404', 'web page'],
    ['\0\0\0\x14ftypisom\0\0\0\0mp41', 'video'],
    ['\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\0\0\0\0\x05', 'zero'],
  ])('says what %j is', (bytes, words) => {
    expect(reason(Buffer.from(bytes, 'latin1'))).toMatch(new RegExp(words));
  });
});

import sharp from 'sharp';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { jpegHeader } from './jpeg-header.ts';
import { photoLike } from './testing/pictures.ts';

const photo = photoLike(90, 70, 1);
const from = () => sharp(photo.samples, { raw: { width: 90, height: 70, channels: 3 } });

let baseline: Buffer;
beforeAll(async () => {
  baseline = await from().jpeg().toBuffer();
});

function segment(marker: number, content: Buffer): Buffer {
  const head = Buffer.from([0xff, marker, 0, 0]);
  head.writeUInt16BE(content.length + 2, 2);
  return Buffer.concat([head, content]);
}

function withSegments(jpeg: Buffer, ...segments: readonly Buffer[]): Buffer {
  return Buffer.concat([jpeg.subarray(0, 2), ...segments, jpeg.subarray(2)]);
}

/** EXIF with a directory of one entry, as cameras with big-endian processors write it. */
function bigEndianExif(tag: number, type: number, count: number, value: number): Buffer {
  const tiff = Buffer.alloc(26);
  tiff.write('MM\0*', 'latin1');
  tiff.writeUInt32BE(8, 4);
  tiff.writeUInt16BE(1, 8);
  tiff.writeUInt16BE(tag, 10);
  tiff.writeUInt16BE(type, 12);
  tiff.writeUInt32BE(count, 14);
  tiff.writeUInt16BE(value, 18);
  return Buffer.concat([Buffer.from('Exif\0\0', 'latin1'), tiff]);
}

describe('the header of a JPEG', () => {
  it('is what the decoder says, whatever the coding and the orientation', async () => {
    const files = [
      baseline,
      await from().jpeg({ progressive: true }).toBuffer(),
      await from().greyscale().jpeg().toBuffer(),
      await from().resize(301, 17, { fit: 'fill' }).jpeg({ chromaSubsampling: '4:4:4' }).toBuffer(),
      await from().withIccProfile('p3').jpeg().toBuffer(),
      ...(await Promise.all(
        [1, 2, 3, 4, 5, 6, 7, 8].map((orientation) => from().withMetadata({ orientation }).jpeg().toBuffer()),
      )),
      ...[1, 3, 8].map((value) => withSegments(baseline, segment(0xe1, bigEndianExif(0x112, 3, 1, value)))),
      withSegments(baseline, segment(0xe1, bigEndianExif(0x10f, 3, 1, 7))),
      withSegments(baseline, segment(0xe1, Buffer.from('http://ns.adobe.com/xap/1.0/\0<x:xmpmeta/>', 'latin1'))),
    ];
    for (const [at, file] of files.entries()) {
      const { width, height, orientation } = await sharp(file).metadata();
      expect(jpegHeader(file), `file ${at}`).toEqual({ width, height, orientation });
    }
  });

  it('is left to the decoder where it is out of the ordinary', async () => {
    const exif = segment(0xe1, bigEndianExif(0x112, 3, 1, 6));
    const cmyk = await from().toColourspace('cmyk').jpeg().toBuffer();
    const frame = baseline.indexOf(Buffer.from([0xff, 0xc0]));
    const changed = (offset: number, bytes: readonly number[]): Buffer => {
      const file = Buffer.from(baseline);
      file.set(bytes, frame + offset);
      return file;
    };
    for (const file of [
      cmyk,
      changed(4, [12]),
      changed(5, [0, 0]),
      changed(7, [0, 0]),
      withSegments(baseline, exif, exif),
      withSegments(baseline, segment(0xe1, Buffer.from('Exif\0\0MM', 'latin1'))),
      withSegments(baseline, segment(0xe1, bigEndianExif(0x112, 3, 1, 9))),
      withSegments(baseline, segment(0xe1, bigEndianExif(0x112, 3, 2, 1))),
      baseline.subarray(0, frame),
      Buffer.concat([baseline.subarray(0, frame), baseline.subarray(baseline.indexOf(Buffer.from([0xff, 0xda])))]),
    ])
      expect(jpegHeader(file)).toBeNull();
  });

  it('never fails on any bytes', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 400 }).map((noise) => Buffer.from(noise)),
      fc.record({ at: fc.nat(), value: fc.nat(255) }).map(({ at, value }) => {
        const file = withSegments(baseline, segment(0xe1, bigEndianExif(0x112, 3, 1, 6)));
        file[at % 300] = value;
        return file;
      }),
    );
    fc.assert(
      fc.property(bytes, (jpeg) => {
        const header = jpegHeader(jpeg);
        return header === null || (header.width > 0 && header.height > 0);
      }),
    );
  });
});

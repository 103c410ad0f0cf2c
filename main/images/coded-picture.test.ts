import fc from 'fast-check';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { codedPictureHash } from './coded-picture.ts';
import { photoLike } from './testing/pictures.ts';

const photo = photoLike(90, 70, 1);
const raw = { width: photo.width, height: photo.height, channels: 3 } as const;
const from = (samples = photo.samples) => sharp(samples, { raw });

let baseline: Buffer;
let progressive: Buffer;
beforeAll(async () => {
  baseline = await from().jpeg({ quality: 90 }).toBuffer();
  progressive = await from().jpeg({ quality: 90, progressive: true }).toBuffer();
});

/** `bytes` as a segment right behind the start of the image. */
function withSegment(jpeg: Buffer, marker: number, bytes: string): Buffer {
  const head = Buffer.from([0xff, marker, 0, 0]);
  head.writeUInt16BE(bytes.length + 2, 2);
  return Buffer.concat([jpeg.subarray(0, 2), head, Buffer.from(bytes, 'latin1'), jpeg.subarray(2)]);
}

describe('the hash of a coded picture', () => {
  it('stays when metadata and what lies behind the picture change', () => {
    for (const jpeg of [baseline, progressive]) {
      const hash = codedPictureHash(jpeg, 1);
      expect(hash).toMatch(/^[0-9a-f]{64}$/);
      expect(codedPictureHash(withSegment(jpeg, 0xe1, 'Exif\0\0something'), 1)).toBe(hash);
      expect(codedPictureHash(withSegment(jpeg, 0xfe, 'a comment'), 1)).toBe(hash);
      expect(codedPictureHash(withSegment(jpeg, 0xe2, 'MPF\0a second picture lies behind'), 1)).toBe(hash);
      expect(codedPictureHash(Buffer.concat([jpeg, Buffer.from('appended'), jpeg]), 1)).toBe(hash);
    }
  });

  it('is another for other pixels, orientations, profiles and colour transforms', async () => {
    const samples = photo.samples.slice();
    for (let i = 0; i < 300; i++) samples[i] = 255 - samples[i]!;
    const all = [
      codedPictureHash(baseline, 1),
      codedPictureHash(progressive, 1),
      codedPictureHash(baseline, 6),
      codedPictureHash(await from(samples).jpeg({ quality: 90 }).toBuffer(), 1),
      codedPictureHash(await from().jpeg({ quality: 91 }).toBuffer(), 1),
      codedPictureHash(withSegment(baseline, 0xe2, 'ICC_PROFILE\0\u0001\u0001profile'), 1),
      codedPictureHash(withSegment(baseline, 0xee, 'Adobe\0d\0\0\0\0\u0001'), 1),
    ];
    expect(all).not.toContain(null);
    expect(new Set(all).size).toBe(all.length);
  });

  it('is none for a file that is cut off anywhere', () => {
    for (let length = 0; length < baseline.length - 1; length += 7)
      expect(codedPictureHash(baseline.subarray(0, length), 1), String(length)).toBeNull();
  });

  it('never fails on any bytes', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 400 }).map((noise) => Buffer.from(noise)),
      fc.record({ at: fc.nat(), value: fc.nat(255) }).map(({ at, value }) => {
        const changed = Buffer.from(progressive);
        changed[at % changed.length] = value;
        return changed;
      }),
    );
    fc.assert(fc.property(bytes, (jpeg) => [null, 64].includes(codedPictureHash(jpeg, 1)?.length ?? null)));
  });
});

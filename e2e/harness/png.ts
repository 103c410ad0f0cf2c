/** Small photos for flows, written without any image library: 8-bit RGB PNG with a colour and noise from a seed. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32, deflateSync } from 'node:zlib';

type Rgb = readonly [number, number, number];

/** `pixels`: RGB row by row. */
export function png(width: number, height: number, pixels: Uint8Array): Buffer {
  const raw = Buffer.alloc(height * (1 + 3 * width));
  for (let y = 0; y < height; y++) {
    Buffer.from(pixels.buffer, pixels.byteOffset + 3 * width * y, 3 * width).copy(raw, y * (1 + 3 * width) + 1);
  }
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 2, 0, 0, 0], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([
    signature,
    chunk('IHDR', head),
    chunk('IDAT', deflateSync(raw)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(data.length, 0);
  body.copy(framed, 4);
  framed.writeUInt32BE(crc32(body), body.length + 4);
  return framed;
}

/** A patchwork of its own (so that no two are near-identical) around the class's colour. */
export function photo(seed: number, color: Rgb, size = 24): Buffer {
  let state = (seed + 1) * 0x9e37_79b1;
  const random = (): number => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b_3c6d) + 0x6d2b_79f5) | 0;
    return ((state ^ (state >>> 13)) >>> 0) / 4_294_967_296;
  };
  const patches = Array.from({ length: 64 }, () => 140 * (random() - 0.5));
  const pixels = new Uint8Array(3 * size * size);
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const patch = patches[8 * Math.floor((8 * y) / size) + Math.floor((8 * x) / size)] ?? 0;
      const noise = 20 * (random() - 0.5);
      for (const [channel, base] of color.entries()) {
        pixels[3 * (y * size + x) + channel] = Math.min(255, Math.max(0, base + patch + noise));
      }
    }
  }
  return png(size, size, pixels);
}

const colors: Readonly<Record<string, Rgb>> = { red: [190, 80, 80], green: [80, 190, 80], blue: [80, 80, 190] };

/** `<folder>/<color>/<n>.png`; every name among red, green and blue is a class. */
export async function photoFolder(folder: string, counts: Readonly<Record<string, number>>): Promise<void> {
  for (const [name, count] of Object.entries(counts)) {
    await mkdir(join(folder, name), { recursive: true });
    const offset = Object.keys(colors).indexOf(name) * 10_000;
    for (let index = 0; index < count; index++) {
      await writeFile(join(folder, name, `${index}.png`), photo(offset + index, colors[name] ?? [128, 128, 128]));
    }
  }
}

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { renderSamplePhotos } from './sample-photos.ts';
import { seededRandom } from './sample/random.ts';
import { renderScene } from './sample/scene.ts';
import { partNames } from './sample/shapes.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dtl-sample-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function files(dir: string): string[] {
  return readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.jpg'))
    .sort();
}

describe('renderSamplePhotos', () => {
  it('writes a folder a class with JPEGs of the wanted size and tells how far it is', async () => {
    const seen: [number, number][] = [];
    const classes = await renderSamplePhotos(folder, {
      seed: 1,
      perClass: 2,
      size: 48,
      onProgress: (done, total) => seen.push([done, total]),
    });
    expect(classes).toEqual(partNames);
    expect(files(folder)).toEqual(
      partNames.flatMap((name) => [join(name, `${name}-001.jpg`), join(name, `${name}-002.jpg`)]).sort(),
    );
    expect(seen).toEqual(Array.from({ length: 12 }, (_, i) => [i + 1, 12]));
    const meta = await sharp(readFileSync(join(folder, 'gear', 'gear-001.jpg'))).metadata();
    expect(meta).toMatchObject({ format: 'jpeg', width: 48, height: 48, channels: 3 });
  });

  it('gives the same files for a seed, others for another, and begins a larger set with the smaller', async () => {
    const [a, b, other] = [join(folder, 'a'), join(folder, 'b'), join(folder, 'other')];
    await renderSamplePhotos(a, { seed: 7, perClass: 1, size: 40 });
    await renderSamplePhotos(b, { seed: 7, perClass: 2, size: 40 });
    await renderSamplePhotos(other, { seed: 8, perClass: 1, size: 40 });
    for (const file of files(a)) {
      const bytes = readFileSync(join(a, file));
      expect(bytes.equals(readFileSync(join(b, file))), file).toBe(true);
      expect(bytes.equals(readFileSync(join(other, file))), file).toBe(false);
    }
  });

  it('stops when asked', async () => {
    const controller = new AbortController();
    const rendering = renderSamplePhotos(folder, {
      seed: 1,
      perClass: 50,
      size: 32,
      onProgress: () => controller.abort(),
      signal: controller.signal,
    });
    await expect(rendering).rejects.toMatchObject({ code: 'cancelled', kind: 'cancelled' });
    expect(files(folder).length).toBe(1);
  });
});

describe('the sample photos', () => {
  /** Mean and spread of every colour channel: what a classifier sees that looks at colour and brightness only. */
  function colourStatistics(pixels: Uint8Array): number[] {
    return [0, 1, 2].flatMap((c) => {
      const values = pixels.filter((_, i) => i % 3 === c);
      const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
      const variance = values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length;
      return [mean, Math.sqrt(variance)];
    });
  }

  it('cannot be told apart by colour and brightness: the nearest class mean is hardly better than chance', () => {
    const perClass = 24;
    const features = partNames.map((name, c) =>
      Array.from({ length: perClass }, (_, n) => colourStatistics(renderScene(name, 64, seededRandom(3, c, n)))),
    );
    const half = perClass / 2;
    const centres = features.map((rows) =>
      rows[0]!.map((_, k) => rows.slice(0, half).reduce((sum, row) => sum + row[k]!, 0) / half),
    );
    let right = 0;
    features.forEach((rows, c) => {
      for (const row of rows.slice(half)) {
        const distances = centres.map((centre) => Math.hypot(...centre.map((v, k) => v - row[k]!)));
        if (distances.indexOf(Math.min(...distances)) === c) right++;
      }
    });
    // Chance is 1/6; three standard errors of 72 guesses above it are 0.3.
    expect(right / (6 * half)).toBeLessThan(0.3);
  });

  it('show something: every photo has contrast, and no two are alike', () => {
    const photos = partNames.flatMap((name, c) =>
      Array.from({ length: 4 }, (_, n) => renderScene(name, 64, seededRandom(5, c, n))),
    );
    for (const photo of photos) {
      const [, red] = colourStatistics(photo);
      expect(red).toBeGreaterThan(4);
    }
    expect(new Set(photos.map((photo) => Buffer.from(photo).toString('base64'))).size).toBe(24);
  });
});

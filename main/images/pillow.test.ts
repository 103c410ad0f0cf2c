/** Pillow itself, asked to resize the same pixels. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resizeBicubic } from './resample.ts';
import { meanAbsoluteDifference, photoLike } from './testing/pictures.ts';

const python = process.env['DTL_PYTHON'] ?? 'python3';
const found = spawnSync(python, ['-c', 'import PIL; print(PIL.__version__)'], { encoding: 'utf8' });
const missing = found.status !== 0;
if (missing) {
  process.stderr.write(
    `skipped: the comparison with Pillow (${python} has no Pillow; DTL_PYTHON names one that has)\n`,
  );
}

const SCRIPT = `
import sys
from PIL import Image
source, target, width, height, to_width, to_height = sys.argv[1], sys.argv[2], *map(int, sys.argv[3:])
image = Image.frombytes('RGB', (width, height), open(source, 'rb').read())
open(target, 'wb').write(image.resize((to_width, to_height), Image.BICUBIC).tobytes())
`;

describe.skipIf(missing)('resizeBicubic beside Pillow', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'dtl-pillow-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  function pillow(samples: Uint8Array, ...sizes: [number, number, number, number]): Buffer {
    const [source, target] = [join(folder, 'source'), join(folder, 'target')];
    writeFileSync(source, samples);
    const run = spawnSync(python, ['-c', SCRIPT, source, target, ...sizes.map(String)], { encoding: 'utf8' });
    expect(run.stderr).toBe('');
    return readFileSync(target);
  }

  it.each([
    [100, 100, 224, 224],
    [100, 75, 224, 224],
    [256, 256, 224, 224],
    [256, 341, 224, 224],
    [256, 200, 384, 384],
    [400, 100, 224, 224],
    [97, 440, 224, 224],
  ])('is the same bit for bit where it computes itself: %i x %i to %i x %i', async (...sizes) => {
    const [width, height, toWidth, toHeight] = sizes;
    const source = photoLike(width, height, width);
    const { samples } = await resizeBicubic(source, toWidth, toHeight);
    expect(meanAbsoluteDifference(samples, pillow(source.samples, ...sizes))).toBe(0);
  });

  it.each([
    [448, 448, 224, 224, 0.3],
    [672, 500, 224, 224, 0.3],
    [600, 100, 224, 224, 0.3],
    [100, 600, 224, 224, 0.3],
    [1000, 667, 384, 384, 0.3],
    [1000, 667, 224, 224, 0.75],
    [100, 4000, 224, 224, 0.75],
    [4000, 100, 224, 224, 0.75],
    [4000, 3000, 224, 224, 0.75],
    [4000, 4000, 384, 384, 0.75],
    [3000, 4000, 518, 518, 0.75],
  ])('is close where sharp reduces: %i x %i to %i x %i within %f', async (width, height, toWidth, toHeight, bound) => {
    const source = photoLike(width, height, width + height);
    const { samples } = await resizeBicubic(source, toWidth, toHeight);
    const difference = meanAbsoluteDifference(samples, pillow(source.samples, width, height, toWidth, toHeight));
    expect(difference).toBeLessThanOrEqual(bound);
  });
});

/**
 * The program's own photo set: six kinds of small machine parts, photographed on a workbench, so that everything can be
 * tried without anybody's photos. The kinds differ in structure; material, colour, size, pose, light, ground, clutter and
 * the camera's faults are drawn from the same distributions for all of them.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { cancelled } from '#app/domain/errors.ts';
import { seededRandom } from './sample/random.ts';
import { renderScene } from './sample/scene.ts';
import { partNames } from './sample/shapes.ts';

export interface SamplePhotoOptions {
  readonly seed: number;
  readonly perClass: number;
  /** Side of the square photos in pixels. */
  readonly size: number;
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/**
 * Writes `<dir>/<class>/<class>-NNN.jpg` and returns the class names. Every photo depends on the seed, its class and its
 * number alone: the same seed gives the same files, and a larger set begins with the smaller one.
 */
export async function renderSamplePhotos(dir: string, options: SamplePhotoOptions): Promise<readonly string[]> {
  const { seed, perClass, size, onProgress, signal } = options;
  let done = 0;
  for (const [index, name] of partNames.entries()) {
    await mkdir(join(dir, name), { recursive: true });
    for (let number = 0; number < perClass; number++) {
      if (signal?.aborted) throw cancelled('Rendering the sample photos');
      const random = seededRandom(seed, index, number);
      const pixels = renderScene(name, size, random);
      const jpeg = await sharp(pixels, { raw: { width: size, height: size, channels: 3 } })
        .jpeg({ quality: random.integer(72, 94) })
        .toBuffer();
      await writeFile(join(dir, name, `${name}-${String(number + 1).padStart(3, '0')}.jpg`), jpeg);
      onProgress?.(++done, partNames.length * perClass);
    }
  }
  return partNames;
}

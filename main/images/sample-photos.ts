/**
 * The program's own photo set: six kinds of small machine parts, photographed on a workbench, so that everything can be
 * tried without anybody's photos. The kinds differ in structure; material, colour, size, pose, light, ground, clutter and
 * the camera's faults are drawn from the same distributions for all of them.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
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
  /** Only the first kinds; all six unless told. */
  readonly classes?: number;
  /** Where a photo goes below the folder; `<class>/<class>-NNN.jpg` unless told. `number` begins with 1. */
  readonly placeOf?: (className: string, number: number) => string;
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/**
 * Writes `<dir>/<class>/<class>-NNN.jpg` and returns the class names. Every photo depends on the seed, its class and its
 * number alone: the same seed gives the same files, and a larger set begins with the smaller one.
 */
export async function renderSamplePhotos(dir: string, options: SamplePhotoOptions): Promise<readonly string[]> {
  const { seed, perClass, size, placeOf = ownPlace, onProgress, signal } = options;
  const names = partNames.slice(0, options.classes);
  let done = 0;
  for (const [index, name] of names.entries()) {
    for (let number = 0; number < perClass; number++) {
      if (signal?.aborted) throw cancelled('Rendering the sample photos');
      const random = seededRandom(seed, index, number);
      const pixels = renderScene(name, size, random);
      const jpeg = await sharp(pixels, { raw: { width: size, height: size, channels: 3 } })
        .jpeg({ quality: random.integer(72, 94) })
        .toBuffer();
      const path = join(dir, placeOf(name, number + 1));
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, jpeg);
      onProgress?.(++done, names.length * perClass);
    }
  }
  return names;
}

function ownPlace(className: string, number: number): string {
  return join(className, `${className}-${String(number).padStart(3, '0')}.jpg`);
}

/** Fifty photos as people have them: formats, sizes and shapes mixed. The same content gives the same files. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import type { Sharp } from 'sharp';
import { seededRandom } from '../sample/random.ts';
import { renderScene } from '../sample/scene.ts';
import { partNames } from '../sample/shapes.ts';
import { adobeRgbProfile } from './icc.ts';

const SCENE = 256;

const encoders: Readonly<Record<string, (photo: Sharp) => Sharp>> = {
  jpg: (photo) => photo.jpeg({ quality: 85 }),
  png: (photo) => photo.png({ compressionLevel: 1 }),
  webp: (photo) => photo.webp({ quality: 80, effort: 0 }),
  tiff: (photo) => photo.tiff({ compression: 'lzw' }),
  gif: (photo) => photo.gif({ effort: 1 }),
};

const everyFormat: readonly (readonly [number, number])[] = [
  [224, 224],
  [640, 480],
  [300, 451],
  [1, 1],
  [7, 5],
  [900, 30],
  [25, 800],
  [100, 90],
];

const huge: readonly (readonly [string, number, number])[] = [
  ['jpg', 4000, 3000],
  ['jpg', 1200, 2700],
  ['webp', 1920, 1080],
  ['tiff', 2000, 1500],
];

/** A scene stretched to its shape. */
function scene(number: number, width: number, height: number): Sharp {
  const name = partNames[number % partNames.length] ?? partNames[0];
  const pixels = renderScene(name, SCENE, seededRandom(11, number));
  return sharp(pixels, { raw: { width: SCENE, height: SCENE, channels: 3 } }).resize(width, height, { fit: 'fill' });
}

/** Absolute paths, in the order of their names. */
export async function writeMixedPhotos(folder: string): Promise<readonly string[]> {
  const paths: string[] = [];
  const write = async (name: string, photo: Sharp): Promise<void> => {
    const path = join(folder, `${String(paths.length).padStart(2, '0')}-${name}`);
    await writeFile(path, await photo.toBuffer());
    paths.push(path);
  };
  for (const [width, height] of everyFormat) {
    for (const [ending, encode] of Object.entries(encoders)) {
      await write(`${width}x${height}.${ending}`, encode(scene(paths.length, width, height)));
    }
  }
  for (const [ending, width, height] of huge) {
    await write(
      `${width}x${height}.${ending}`,
      (encoders[ending] ?? ((photo) => photo))(scene(paths.length, width, height)),
    );
  }
  const middle = (): Sharp => scene(paths.length, 500, 380);
  await write('grey.jpg', middle().greyscale().jpeg());
  await write('grey.png', middle().greyscale().png({ compressionLevel: 1 }));
  await write('turned.jpg', middle().jpeg().withMetadata({ orientation: 6 }));
  await write('transparent.png', middle().ensureAlpha(0.5).png({ compressionLevel: 1 }));
  await write('small.avif', middle().avif({ effort: 0 }));
  const profile = join(folder, 'adobe.icc');
  await writeFile(profile, adobeRgbProfile());
  await write('adobe-rgb.jpg', middle().withIccProfile(profile).jpeg());
  return paths;
}

/**
 * How fast photos come into a library: `node bench/import.ts [FOLDER]` (the system's temporary folder unless told) prints one
 * JSON object. Photos are made first, apart from the timing. Then, in turns within one process: an import into an empty
 * profile, and beside it what any program has to do at least, sharp decoding each photo and writing the same thumbnail, as
 * many photos at a time as the import takes. The ratio of the medians is what counts.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { photosAtOnce } from '#main/core/machine.ts';
import { openCore } from '#main/core/open-core.ts';
import { photoLike } from '#main/images/testing/pictures.ts';

const REPEATS = 7;
const folder = mkdtempSync(join(process.argv[2] ?? tmpdir(), 'dtl-bench-'));

interface Kind {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly photos: number;
}

const kinds: readonly Kind[] = [
  { name: 'data set', width: 320, height: 240, photos: 600 },
  { name: 'phone, reduced', width: 1600, height: 1200, photos: 160 },
  { name: 'camera', width: 4000, height: 3000, photos: 100 },
];

/** Repeated over larger photos: their texture stays that of a photo, and making them takes seconds. */
const TILE = { width: 320, height: 240 };

/** No two files are alike: a photo is one of a few pictures with other brightness. */
async function make({ name, width, height, photos }: Kind): Promise<string> {
  const place = join(folder, name);
  mkdirSync(place);
  const pictures = [1, 2, 3].map((seed) => photoLike(TILE.width, TILE.height, seed));
  for (let at = 0; at < photos; at++) {
    const picture = pictures[at % pictures.length];
    if (picture === undefined) throw new RangeError('There is no picture to repeat.');
    const input = await sharp(picture.samples, { raw: { ...TILE, channels: 3 } })
      .png()
      .toBuffer();
    await sharp({ create: { width, height, channels: 3, background: '#808080' } })
      .composite([{ input, tile: true }])
      .modulate({ brightness: 0.8 + (0.4 * at) / photos })
      .jpeg({ quality: 90 })
      .toFile(join(place, `IMG_${String(at).padStart(4, '0')}.jpg`));
  }
  return place;
}

let profiles = 0;

async function importing(place: string): Promise<number> {
  const home = join(folder, `home-${profiles++}`);
  const core = await openCore({ home, what: 'bench', access: 'write' });
  const project = core.projects.create('p');
  const start = performance.now();
  await core.library.import(project, place);
  const seconds = (performance.now() - start) / 1000;
  core.close();
  rmSync(home, { recursive: true, force: true });
  return seconds;
}

/** `whole`: every pixel is decoded, as one does who looks at all of them; else sharp may shrink while it decodes. */
async function atLeast(place: string, whole: boolean): Promise<number> {
  const target = join(folder, 'thumbnails');
  mkdirSync(target);
  const names = await readdir(place);
  const remaining = names.values();
  const start = performance.now();
  await Promise.all(
    Array.from({ length: photosAtOnce() }, async () => {
      for (const name of remaining) {
        const path = join(target, `${name}.jpg`);
        await writeFile(`${path}.partial`, await thumbnail(await readFile(join(place, name)), whole));
        await rename(`${path}.partial`, path);
      }
    }),
  );
  const seconds = (performance.now() - start) / 1000;
  rmSync(target, { recursive: true });
  return seconds;
}

async function thumbnail(file: Buffer, whole: boolean): Promise<Buffer> {
  const photo = sharp(file, { failOn: 'warning' }).autoOrient();
  let from = photo;
  if (whole) {
    const { data, info } = await photo.raw().toBuffer({ resolveWithObject: true });
    from = sharp(data, { raw: { width: info.width, height: info.height, channels: info.channels } });
  }
  return from
    .resize(256, 256, { fit: 'inside', withoutEnlargement: true })
    .jpeg({ quality: 82, chromaSubsampling: '4:2:0' })
    .toBuffer();
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

try {
  const results = [];
  for (const kind of kinds) {
    const place = await make(kind);
    const seconds = { import: [] as number[], sharp: [] as number[], sharpWhole: [] as number[] };
    await importing(place);
    await atLeast(place, false);
    for (let repeat = 0; repeat < REPEATS; repeat++) {
      seconds.import.push(await importing(place));
      seconds.sharp.push(await atLeast(place, false));
      seconds.sharpWhole.push(await atLeast(place, true));
    }
    const rate = (times: readonly number[]): number => kind.photos / median(times);
    results.push({
      ...kind,
      photosASecond: {
        import: rate(seconds.import),
        sharp: rate(seconds.sharp),
        sharpWhole: rate(seconds.sharpWhole),
      },
      importToSharp: rate(seconds.import) / rate(seconds.sharp),
      importToSharpWhole: rate(seconds.import) / rate(seconds.sharpWhole),
      seconds,
    });
  }
  const report = {
    bench: 'import',
    at: new Date().toISOString(),
    machine: {
      cpu: cpus()[0]?.model.trim() ?? 'unknown',
      cores: cpus().length,
      platform: process.platform,
      node: process.version,
      sharp: sharp.versions,
    },
    atOnce: photosAtOnce(),
    results,
  };
  process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

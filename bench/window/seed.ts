/**
 * A profile with a large library for the timings of the window: 100,000 photos in the store, a thumbnail file for each
 * of them, and real files of six megapixels for those that are labelled one by one. The photos are generated; what is
 * timed later neither knows nor cares.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import type { Sharp } from 'sharp';
import { contentHash } from '#app/domain/id-of.ts';
import type { NewPhoto } from '#app/domain/photo.ts';
import { openCore } from '#main/core/open-core.ts';
import { openStore } from '#main/db/store.ts';
import { readProfile } from '#main/files/profile/profile.ts';

export interface Seeded {
  readonly project: number;
  readonly photos: number;
  /** Photos without a label whose files are there, the first ones by path. */
  readonly labelled: number;
}

const CLASSES = 20;
/** Different pictures among the thumbnails. */
const PICTURES = 150;
/** What a camera of some years ago makes. */
const PHOTO = { width: 3000, height: 2000 };
/** Different large photos; more of them would only take longer to generate. */
const LARGE_PICTURES = 24;

/** Photos that are not labelled come first in the order of paths. */
export async function seed(home: string, photos: number, toLabel: number): Promise<Seeded> {
  (await openCore({ home, what: 'bench', access: 'write' })).close();
  const { paths } = readProfile(home);
  const folder = join(home, 'bench-photos');
  const generated = Array.from({ length: photos }, (_, n) => rowOf(folder, n, n < toLabel));
  await writeLarge(generated.slice(0, toLabel));
  const rows = generated.map((row, n) => (n < toLabel ? asOnDisk(row) : row));
  await writeThumbnails(join(paths.cache, 'thumbnails'), rows);
  const store = openStore(paths.database, { now: Date.now });
  try {
    const project = store.projects.create('Large library').id;
    const ids = store.photos.add(project, rows);
    const classes = store.classes.add(
      project,
      Array.from({ length: CLASSES }, (_, i) => ({
        name: `class ${String(i + 1).padStart(2, '0')}`,
        color: '#336699',
        key: '1234567890abcdehijkl'[i] ?? null,
      })),
    );
    const changes = ids.slice(toLabel).flatMap((photoId, i) => {
      // One in five stays without a label.
      const label = i % 5 === 0 ? undefined : classes[(i + Math.floor(i / 5)) % CLASSES];
      return label === undefined ? [] : [{ photoId, classId: label.id }];
    });
    store.labels.set(project, changes, { actor: 'bench', source: 'folder' });
    store.projects.rememberFolder(project, folder);
    return { project, photos, labelled: toLabel };
  } finally {
    store.close();
  }
}

/** Takes the labels off the first photos again, so that they can be labelled once more. */
export function unlabel(home: string, photos: number): void {
  const store = openStore(readProfile(home).paths.database, { now: Date.now });
  try {
    const [project] = store.projects.list();
    if (project === undefined) throw new Error(`there is no project in ${home}`);
    const first = store.photos.list(project.id).slice(0, photos);
    store.labels.set(
      project.id,
      first.map(({ id }) => ({ photoId: id, classId: null })),
      { actor: 'bench', source: 'folder' },
    );
  } finally {
    store.close();
  }
}

function rowOf(folder: string, n: number, large: boolean): NewPhoto {
  const hash = createHash('sha256').update(`photo ${n}`).digest('hex');
  const place = large ? 'a-unlabelled' : `field-${String(n % 50).padStart(2, '0')}`;
  const [width, height] = [
    [PHOTO.width, PHOTO.height],
    [PHOTO.height, PHOTO.width],
    [2400, 2400],
  ][large ? 0 : n % 3] ?? [PHOTO.width, PHOTO.height];
  return {
    path: join(folder, place, `IMG_${String(n).padStart(6, '0')}.jpg`),
    contentHash: contentHash(hash),
    bytes: 2_000_000 + n,
    modifiedAt: 1.7e12 + n,
    facts: {
      width: width ?? PHOTO.width,
      height: height ?? PHOTO.height,
      orientation: 1,
      format: 'jpeg',
      bitsPerSample: 8,
      perceptualHash: hash.slice(0, 16),
      pixelHash: hash,
    },
    reason: null,
    offeredClass: place,
  };
}

/** A photo whose file is not the imported one would be drawn anew by the core each time that it is shown. */
function asOnDisk(row: NewPhoto): NewPhoto {
  const { size, mtimeMs } = statSync(row.path);
  return { ...row, bytes: size, modifiedAt: mtimeMs };
}

/** A blurred, tinted noise: as hard to compress as a photo of leaves. */
function picture(n: number, width: number, height: number): Sharp {
  const hue = (n * 137) % 360;
  const cell = Buffer.from(
    Array.from({ length: 48 * 32 * 3 }, (_, i) => (Math.imul(i + 1, 2_654_435_761 + 97 * n) >>> 13) & 255),
  );
  return sharp(cell, { raw: { width: 48, height: 32, channels: 3 } })
    .resize(width, height, { fit: 'fill', kernel: 'cubic' })
    .modulate({ hue, saturation: 0.8 });
}

async function writeLarge(rows: readonly NewPhoto[]): Promise<void> {
  const files = await Promise.all(
    Array.from({ length: LARGE_PICTURES }, (_, n) =>
      picture(n, PHOTO.width, PHOTO.height).jpeg({ quality: 90 }).toBuffer(),
    ),
  );
  for (const [n, { path }] of rows.entries()) {
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, files[n % files.length] ?? new Uint8Array());
  }
}

async function writeThumbnails(folder: string, rows: readonly NewPhoto[]): Promise<void> {
  const sizes: readonly (readonly [number, number])[] = [
    [256, 171],
    [171, 256],
    [256, 256],
  ];
  const files = await Promise.all(
    Array.from({ length: PICTURES }, async (_, n) =>
      Promise.all(sizes.map(([width, height]) => picture(n, width, height).jpeg({ quality: 82 }).toBuffer())),
    ),
  );
  for (let byte = 0; byte < 256; byte++) {
    mkdirSync(join(folder, byte.toString(16).padStart(2, '0')), { recursive: true });
  }
  for (const [n, { contentHash: hash, facts }] of rows.entries()) {
    if (hash === null || facts === null) continue;
    const shape = facts.width > facts.height ? 0 : facts.width < facts.height ? 1 : 2;
    writeFileSync(join(folder, hash.slice(0, 2), `${hash}.jpg`), files[n % PICTURES]?.[shape] ?? new Uint8Array());
  }
}

/**
 * What the store costs with 100,000 photos: `node bench/store.ts [FOLDER]` (the system's temporary folder unless told)
 * prints one JSON object. The flush of the disk is most of a committed label, so that is timed beside it on the same
 * disk and the label given as a multiple of it.
 */
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { contentHash } from '#app/domain/id-of.ts';
import type { PhotoFilter } from '#app/domain/photo.ts';
import { openStore } from '#main/db/store.ts';

const photoCount = 100_000;
const folder = mkdtempSync(join(process.argv[2] ?? tmpdir(), 'dtl-bench-'));

interface Spread {
  readonly median: number;
  readonly p95: number;
}

/** Milliseconds of `repeats` calls. */
function timed(repeats: number, work: (i: number) => unknown): Spread {
  const times = Float64Array.from({ length: repeats }, (_, i) => {
    const start = performance.now();
    work(i);
    return performance.now() - start;
  }).sort();
  const at = (share: number): number => Number((times[Math.floor(share * (repeats - 1))] ?? 0).toFixed(3));
  return { median: at(0.5), p95: at(0.95) };
}

/** What a label writes to the log, and nothing else: four pages and a flush. */
function flushes(): Spread {
  const descriptor = openSync(join(folder, 'probe'), 'w');
  const pages = Buffer.alloc(4 * 4120);
  try {
    return timed(300, () => {
      writeSync(descriptor, pages);
      fdatasyncSync(descriptor);
    });
  } finally {
    closeSync(descriptor);
  }
}

function hexOf(n: number, digits: number): string {
  return n.toString(16).padStart(digits, '0');
}

try {
  const file = join(folder, 'library.sqlite');
  const store = openStore(file, { now: Date.now });
  const project = store.projects.create('large').id;
  const rows = Array.from({ length: photoCount }, (_, n) => ({
    path: `/photos/field-${n % 50}/IMG_${String(n).padStart(6, '0')}.jpg`,
    contentHash: contentHash(hexOf(n, 64)),
    bytes: 2_000_000 + n,
    modifiedAt: 1.7e12 + n,
    facts: {
      width: 4000,
      height: 3000,
      orientation: 1,
      format: 'jpeg',
      bitsPerSample: 8 as const,
      perceptualHash: hexOf(n, 16),
      pixelHash: hexOf(n, 64),
    },
    reason: null,
    offeredClass: `field-${n % 50}`,
  }));
  const classes = store.classes.add(
    project,
    Array.from({ length: 20 }, (_, i) => ({ name: `class ${i}`, color: '#336699', key: null })),
  );
  const classOf = (i: number): (typeof classes)[number]['id'] => {
    const found = classes[i % classes.length];
    if (!found) throw new Error('there are twenty classes');
    return found.id;
  };

  let photos = store.photos.add(project, []);
  const addAll = timed(1, () => (photos = store.photos.add(project, rows)));
  const labelled = photos.slice(0, 0.9 * photoCount);
  const ada = { actor: 'ada', source: 'manual' } as const;
  const labelAll = timed(1, () =>
    store.labels.set(
      project,
      labelled.map((photoId, i) => ({ photoId, classId: classOf(i) })),
      { actor: 'ada', source: 'folder' },
    ),
  );
  const rest = photos.slice(labelled.length);
  const flush = flushes();
  const label = timed(500, (i) =>
    store.labels.set(
      project,
      rest.slice(i, i + 1).map((photoId) => ({ photoId, classId: classOf(i) })),
      ada,
    ),
  );
  const page = (filter: PhotoFilter): Spread =>
    timed(50, (i) => store.photos.page(project, filter, `/photos/field-${i}`, 200));

  const result = {
    bench: 'store',
    at: new Date().toISOString(),
    machine: { cpu: cpus()[0]?.model, cores: cpus().length, platform: process.platform, node: process.version },
    photos: photoCount,
    labelOverFlush: Number((label.median / flush.median).toFixed(2)),
    milliseconds: {
      flush,
      label,
      addAll: addAll.median,
      labelAll: labelAll.median,
      pageOfAll: page({}),
      pageOfUnlabelled: page({ labelled: false }),
      pageOfClass: page({ classId: classOf(3) }),
      countUnlabelled: timed(20, () => store.photos.count(project, { labelled: false })),
      countByClass: timed(20, () => store.labels.counts(project)),
      lookUpByHash: timed(500, (i) => store.photos.withHash(project, contentHash(hexOf(97 * i, 64)))),
      stampsOfAll: timed(5, () => store.photos.stamps(project, null)),
      listOfAll: timed(3, () => store.photos.list(project)),
    },
    bytesPerPhoto: 0,
  };
  store.close();
  console.log(JSON.stringify({ ...result, bytesPerPhoto: Math.round(statSync(file).size / photoCount) }, null, 2));
} finally {
  rmSync(folder, { recursive: true, force: true });
}

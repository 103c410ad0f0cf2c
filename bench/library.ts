/**
 * What looking through a library of 100,000 photos costs in the core: `node bench/library.ts [FOLDER]` (the system's
 * temporary folder unless told) prints one JSON object with milliseconds. 90 % of the photos are labelled, a split holds
 * these, and a pack was applied to all.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LibraryFilter, LibrarySort } from '#app/contract/library.ts';
import { backboneIdentity, contentHash } from '#app/domain/id-of.ts';
import { openCore } from '#main/core/open-core.ts';
import { openStore } from '#main/db/store.ts';
import { readProfile } from '#main/files/profile/profile.ts';

const photoCount = 100_000;
const classCount = 20;
const folder = mkdtempSync(join(process.argv[2] ?? tmpdir(), 'dtl-bench-'));

interface Spread {
  readonly median: number;
  readonly p95: number;
}

/** Milliseconds of `repeats` calls after one that fills the caches of the file. */
function timed(repeats: number, work: (i: number) => unknown): Spread {
  work(repeats);
  const times = Float64Array.from({ length: repeats }, (_, i) => {
    const start = performance.now();
    work(i);
    return performance.now() - start;
  }).sort();
  const at = (share: number): number => Number((times[Math.floor(share * (repeats - 1))] ?? 0).toFixed(2));
  return { median: at(0.5), p95: at(0.95) };
}

function once(work: () => unknown): number {
  const start = performance.now();
  work();
  return Math.round(performance.now() - start);
}

function hashOf(n: number): ReturnType<typeof contentHash> {
  return contentHash(n.toString(16).padStart(64, '0'));
}

function fill(database: string) {
  const store = openStore(database, { now: Date.now });
  const project = store.projects.create('large').id;
  const photos = store.photos.add(
    project,
    Array.from({ length: photoCount }, (_, n) => ({
      path: `/photos/field-${n % 50}/IMG_${String(n).padStart(6, '0')}.jpg`,
      contentHash: hashOf(n),
      bytes: 2_000_000 + n,
      modifiedAt: 1.7e12 + n,
      facts: {
        width: 4000,
        height: 3000,
        orientation: 1,
        format: 'jpeg',
        bitsPerSample: 8 as const,
        perceptualHash: n.toString(16).padStart(16, '0'),
        pixelHash: hashOf(n),
      },
      reason: null,
      offeredClass: null,
    })),
  );
  const names = Array.from({ length: classCount }, (_, i) => `class ${i}`);
  const classes = store.classes.add(
    project,
    names.map((name) => ({ name, color: '#336699', key: null })),
  );
  const labelled = photos.slice(0, 0.9 * photoCount);
  store.labels.set(
    project,
    labelled.map((photoId, i) => ({ photoId, classId: classes[i % classCount]?.id ?? null })),
    { actor: 'ada', source: 'folder' },
  );
  store.photos.mark(project, photos.slice(0, photoCount / 100), 'flagged', true);
  store.splits.create(
    { projectId: project, name: null, drawn: null, labelRevision: labelled.length, digest: 'd' },
    labelled.map((photoId, i) => ({
      photoId,
      subset: i % 10 < 6 ? ('train' as const) : i % 10 < 8 ? ('validation' as const) : ('test' as const),
      cluster: i,
    })),
  );
  const pack = store.packs.add({
    name: 'pack',
    path: 'packs/pack',
    sha256: 'e'.repeat(64),
    bytes: 1,
    state: 'verified',
    backbone: backboneIdentity('b'.repeat(64)),
    backboneName: 'vit',
    runId: null,
    classNames: names,
    method: { name: 'linear' },
  }).id;
  // Every tenth of another class than the label.
  store.packs.keepPredictions(
    project,
    pack,
    photos.map((photoId, n) => {
      const said = n % 10 === 0 ? n + 1 : n;
      const sure = 0.5 + (n % 500) / 1000;
      const rest = (1 - sure) / (classCount - 1);
      return {
        photoId,
        contentHash: hashOf(n),
        probabilities: names.map((_, i) => (i === said % classCount ? sure : rest)),
      };
    }),
  );
  store.packs.noteApplication(project, pack);
  store.close();
  return { project, photos, pack, classes: classes.map(({ id }) => id) };
}

try {
  const home = join(folder, 'profile');
  (await openCore({ home, what: 'bench', access: 'write' })).close();
  const { project, photos, pack, classes } = fill(readProfile(home).paths.database);
  const core = await openCore({ home, what: 'bench', access: 'write' });
  const { views } = core.library;
  const view = (filter: LibraryFilter, sort: LibrarySort = 'name'): Spread =>
    timed(30, () => views.open(project, filter, sort));
  const [first = null] = classes;
  const viewing = {
    viewOfAll: view({}),
    viewByTime: view({}, 'added'),
    viewOfClass: view({ classes: [first] }),
    viewOfUnlabelled: view({ classes: [null] }),
    viewOfFlagged: view({ flagged: true }),
    viewOfUndecodable: view({ state: 'undecodable' }),
    viewOfSubset: view({ subset: 'train' }),
    viewOfText: view({ text: 'img_0123' }),
    viewOfTextBeyondAscii: view({ text: 'ä' }),
    viewOfPack: view({ pack }),
    viewByConfidence: view({ pack }, 'confidence'),
    viewOfDisagreeing: view({ pack, disagrees: true }),
    viewOfUnsure: view({ pack, below: 0.6 }, 'uncertainty'),
    viewOfUnlabelledAndSure: view({ pack, classes: [null] }, 'confidence'),
  };
  const all = views.open(project, {}, 'name').view;
  const milliseconds = {
    ...viewing,
    rows1000: timed(30, (i) => core.library.rows(project, views.slice(all, 1000 * i, 1000 * (i + 1)), pack)),
    rows100: timed(100, (i) => core.library.rows(project, views.slice(all, 900 * i, 900 * i + 100), null)),
    ids: timed(30, () => views.slice(all, 0, photoCount)),
    facets: timed(20, () => core.library.facets(project)),
    photo: timed(100, (i) => core.library.photo(photos[900 * i] ?? photos[0] ?? raise())),
    projectCard: timed(20, () => core.projects.card(core.projects.get(project))),
    labelOne: timed(200, (i) => core.labels.set(project, photos.slice(i, i + 1), classes[(i % 7) + 3] ?? null)),
    labelAll: once(() => core.labels.set(project, photos, first)),
    undoAll: once(() => core.labels.undo(project)),
  };
  core.close();
  const machine = { cpu: cpus()[0]?.model, cores: cpus().length, platform: process.platform, node: process.version };
  console.log(
    JSON.stringify(
      { bench: 'library', at: new Date().toISOString(), machine, photos: photoCount, milliseconds },
      null,
      2,
    ),
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function raise(): never {
  throw new Error('there are photos');
}

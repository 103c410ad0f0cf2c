/**
 * Takes a project out of an archive, on whatever machine: always as a new project. Photos are looked for by their content. The
 * archive may come from anybody, so nothing in it is believed before it was checked, and none of its paths is ever opened.
 */
import { count } from '../domain/count.ts';
import { cancelled } from '../domain/errors.ts';
import type { PackId, ProjectId } from '../domain/ids.ts';
import type { ArchiveSource, ArchiveSummary, PlacedPhoto, ProjectStaging, WantedPhoto } from '../ports/archive.ts';
import type { Work } from '../ports/work.ts';
import { findPhotos } from './find-photos.ts';
import type { ArchivePorts } from './ports.ts';
import { HEAD, tableEntry } from './ports.ts';
import { megabytes } from './write-archive.ts';

export interface OpenRequest {
  /** A name that is free. */
  readonly name: (archived: string) => string;
  /** Folders to look for photos in. */
  readonly photosIn: readonly string[];
  /** Where photos of the archive that were not found are put; null: nowhere. */
  readonly extractTo: string | null;
  /** Where photos that are not here are noted to be: a folder that does not exist. */
  readonly missing: string;
}

export interface OpenedArchive {
  readonly project: ProjectId;
  readonly name: string;
  readonly summary: ArchiveSummary;
  readonly photos: { readonly found: number; readonly extracted: number; readonly missing: number };
  readonly packs: readonly PackId[];
  /** Backbones that runs need and that are not in this profile. */
  readonly absent: readonly string[];
  /** What the person should know, as sentences. */
  readonly notes: readonly string[];
}

/**
 * Throws `archive.*`, `photos.*` for a folder that cannot be looked through, `files.*`, `cancelled`: then there is no new project.
 * Photos that were put into a folder by then stay there.
 */
export async function openArchive(
  ports: ArchivePorts,
  path: string,
  request: OpenRequest,
  work: Work = {},
): Promise<OpenedArchive> {
  const source = await ports.archiveFiles.open(path);
  try {
    const staging = ports.store.archives.stage(await source.json(HEAD));
    try {
      await stageTables(source, staging, work);
      return await takeOver(ports, source, staging, request, work);
    } finally {
      staging.close();
    }
  } finally {
    await source.close();
  }
}

/** What it says of itself; nothing else of it is read. Throws `archive.*`, `files.*`. */
export async function lookAtArchive(
  { store, archiveFiles }: Pick<ArchivePorts, 'store' | 'archiveFiles'>,
  path: string,
): Promise<ArchiveSummary> {
  const source = await archiveFiles.open(path);
  try {
    const staging = store.archives.stage(await source.json(HEAD));
    staging.close();
    return staging.summary;
  } finally {
    await source.close();
  }
}

/** Whether every byte is as it was written and every line can be taken in; nothing is kept. Throws `archive.*`, `files.*`. */
export async function verifyArchive(
  { store, archiveFiles }: Pick<ArchivePorts, 'store' | 'archiveFiles'>,
  path: string,
  work: Work = {},
): Promise<{
  readonly summary: ArchiveSummary;
  readonly bytes: number;
  readonly entries: number;
  readonly photos: number;
}> {
  const source = await archiveFiles.open(path);
  try {
    const staging = store.archives.stage(await source.json(HEAD));
    try {
      await stageTables(source, staging, work);
      await source.check({
        ...(work.signal === undefined ? {} : { signal: work.signal }),
        onProgress: ({ done, total }) => work.onProgress?.({ phase: 'verifying', ...megabytes(done, total) }),
      });
      const photos = [...source.entries.keys()].filter((name) => name.startsWith('photos/')).length;
      return { summary: staging.summary, bytes: source.bytes, entries: source.entries.size, photos };
    } finally {
      staging.close();
    }
  } finally {
    await source.close();
  }
}

async function stageTables(
  source: ArchiveSource,
  staging: ProjectStaging,
  { signal, onProgress }: Work,
): Promise<void> {
  const { counts } = staging.summary;
  const total = counts.photos + counts.events;
  let done = 0;
  for (const table of staging.tables) {
    for await (const rows of source.lines(tableEntry(table))) {
      if (signal?.aborted === true) throw cancelled('Opening the archive');
      staging.add(table, rows);
      done += rows.length;
      onProgress?.({ phase: 'opening', done: Math.min(done, total), total });
    }
  }
}

async function takeOver(
  ports: ArchivePorts,
  source: ArchiveSource,
  staging: ProjectStaging,
  request: OpenRequest,
  work: Work,
): Promise<OpenedArchive> {
  const wanted = [...staging.wanted()];
  const located = await findPhotos(ports, wanted, request.photosIn, work);
  staging.place(located.placed);
  const found = new Set(located.placed.map(({ number }) => number));
  const lost = wanted.filter(({ number }) => !found.has(number));
  const extracted = request.extractTo === null ? [] : await extract(ports, source, lost, request.extractTo, work);
  staging.place(extracted);
  const inArchive = lost.filter(({ contentHash }) => photoIn(source, contentHash) !== null).length;

  const hasFile = (name: string): boolean => source.entries.has(name);
  const files = staging.reserve(hasFile);
  await source.extract(files.map(({ name, stored }) => ({ name, path: ports.profile.locate(stored) })));
  const lacking = staging.files().filter(({ name }) => !hasFile(name));
  const restored = staging.commit({
    name: request.name(staging.summary.name),
    folders: [...located.folders, ...(extracted.length > 0 && request.extractTo !== null ? [request.extractTo] : [])],
    missing: request.missing,
    hasFile,
  });
  const missing = wanted.length - found.size - extracted.length;
  const history = ports.store.labels.check(restored.project);
  return {
    project: restored.project,
    name: restored.name,
    summary: staging.summary,
    photos: { found: found.size, extracted: extracted.length, missing },
    packs: restored.packs,
    absent: restored.absent,
    notes: [
      ...(missing === 0
        ? []
        : [
            `${count(missing, 'photo')} of the project ${missing === 1 ? 'is' : 'are'} not here and shown as missing; labels are kept. ` +
              (inArchive > 0 && request.extractTo === null
                ? `The archive itself holds ${inArchive} of them: open it again and name a folder to put them into. `
                : '') +
              'Locate their folder, and they are found by their content.',
          ]),
      ...(restored.absent.length === 0
        ? []
        : [
            `Not in this profile: ${restored.absent.join(', ')}. An archive only names backbones. Runs and packs that stand on one ` +
              'can be used when its file was imported.',
          ]),
      ...lacking.map(
        ({ title }) => `The archive does not hold ${title}: it could not be read when the archive was made.`,
      ),
      ...(history.problems.length === 0
        ? []
        : [
            'The label history in the archive is not as it was made: "Check the label history" says what is wrong with it.',
          ]),
    ],
  };
}

/** Each content may be wanted by several photos, each of which gets a file of its own. */
async function extract(
  { archiveFiles }: ArchivePorts,
  source: ArchiveSource,
  photos: readonly WantedPhoto[],
  to: string,
  { signal, onProgress }: Work,
): Promise<readonly PlacedPhoto[]> {
  const placed: PlacedPhoto[] = [];
  const taken = new Set<string>();
  for (const [at, { number, folder, path, contentHash }] of photos.entries()) {
    if (signal?.aborted === true) throw cancelled('Opening the archive');
    onProgress?.({ phase: 'extracting', done: at, total: photos.length });
    const entry = photoIn(source, contentHash);
    if (entry === null || contentHash === null) continue;
    const place = await archiveFiles.placeFor(to, `${folder}/${path}`, contentHash, taken);
    taken.add(place.path);
    if (!place.there) await source.extract([{ name: entry, path: place.path }]);
    placed.push({ number, path: place.path, modifiedAt: await archiveFiles.modifiedAt(place.path) });
  }
  return placed;
}

function photoIn({ photos }: Pick<ArchiveSource, 'photos'>, contentHash: string | null): string | null {
  return contentHash === null ? null : (photos.get(contentHash) ?? null);
}

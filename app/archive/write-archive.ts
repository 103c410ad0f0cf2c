/** Puts a project into one file: everything that is kept of it, and where it is wished its photos. Backbones are only named. */
import type { ArchiveSink, ProjectSnapshot } from '../ports/archive.ts';
import type { Project } from '../domain/project.ts';
import type { Work } from '../ports/work.ts';
import type { ArchivePorts } from './ports.ts';
import { HEAD, photoEntry, tableEntry } from './ports.ts';

export interface WrittenArchive {
  readonly path: string;
  readonly bytes: number;
  /** Contents; photos that are equal to the byte are in it once. */
  readonly photos: number;
  /** What belongs to the project and could not be taken along. */
  readonly leftOut: readonly { readonly path: string; readonly reason: string }[];
}

const reasons = {
  missing: 'it is not there or cannot be read',
  changed: 'its content is another one than the project knows; import its folder again',
} as const;

/**
 * The project as it is now, whatever is done to it meanwhile. The file is read back before it takes its name. Throws
 * `projects.unknown`, `archive.*`, `files.*`, `cancelled`; no file is left then, and one that was there stays.
 */
export async function archiveProject(
  ports: ArchivePorts,
  project: Project,
  out: string,
  { photos: withPhotos }: { readonly photos: boolean },
  work: Work = {},
): Promise<WrittenArchive> {
  const { store, archiveFiles, host, now } = ports;
  const leftOut: { path: string; reason: string }[] = [];
  let photos = 0;
  const snapshot = store.archives.snapshot(project.id);
  try {
    const bytes = await archiveFiles.write(
      out,
      async (sink) => {
        await sink.json(HEAD, snapshot.head({ appVersion: host.appVersion, archivedAt: now(), withPhotos }));
        for (const { name, rows } of snapshot.tables()) await sink.lines(tableEntry(name), rows());
        leftOut.push(...(await addFiles(ports, snapshot, sink)));
        if (!withPhotos) return;
        const all = [...snapshot.photos()];
        // What follows takes long, and whoever reads an old moment keeps the log of newer ones from being cleared.
        snapshot.close();
        for (const [at, { path, contentHash }] of all.entries()) {
          work.onProgress?.({ phase: 'archiving', done: at, total: all.length });
          const taken = await sink.file(photoName(contentHash, path), path, contentHash);
          if (taken === 'taken') photos += 1;
          else leftOut.push({ path, reason: reasons[taken] });
        }
      },
      {
        ...(work.signal === undefined ? {} : { signal: work.signal }),
        onProgress: ({ done, total }) => work.onProgress?.({ phase: 'verifying', ...megabytes(done, total) }),
      },
    );
    return { path: out, bytes, photos, leftOut };
  } finally {
    snapshot.close();
  }
}

async function addFiles(
  { profile }: ArchivePorts,
  snapshot: ProjectSnapshot,
  sink: ArchiveSink,
): Promise<WrittenArchive['leftOut']> {
  const leftOut: { path: string; reason: string }[] = [];
  for (const { name, stored, sha256, title } of snapshot.files()) {
    const taken = await sink.file(name, profile.locate(stored), sha256);
    if (taken !== 'taken') leftOut.push({ path: title, reason: reasons[taken] });
  }
  return leftOut;
}

function photoName(contentHash: string, path: string): string {
  return photoEntry(contentHash) + (/\.[a-z0-9]{1,8}$/.exec(path.toLowerCase())?.[0] ?? '');
}

export function megabytes(done: number, total: number): { readonly done: number; readonly total: number } {
  const MB = 1e6;
  return { done: Math.floor(done / MB), total: Math.ceil(total / MB) };
}

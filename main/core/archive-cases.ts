/** Archives of projects, with what follows for other features: names that are free, and packs that are tried. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { lookAtArchive, openArchive, verifyArchive } from '#app/archive/open-archive.ts';
import type { OpenedArchive, OpenRequest } from '#app/archive/open-archive.ts';
import type { ArchivePorts } from '#app/archive/ports.ts';
import { archiveProject } from '#app/archive/write-archive.ts';
import { AppError, asAppError } from '#app/domain/errors.ts';
import type { Project } from '#app/domain/project.ts';
import { isOnlyNamed } from '#app/domain/stored-backbone.ts';
import { verifyStoredPack } from '#app/packs/import-pack.ts';
import type { PackPorts } from '#app/packs/ports.ts';
import type { Work } from '#app/ports/work.ts';
import { freeProjectName } from '#app/projects/projects.ts';

export interface OpenArchiveRequest extends Pick<OpenRequest, 'photosIn' | 'extractTo'> {
  /** Null: what it was called, with a number where that name is taken. */
  readonly name: string | null;
}

/** `home`: the profile's folder. `offerEmbedded` puts the program's own backbone in place. */
export function archiveCases(
  ports: ArchivePorts & PackPorts,
  home: string,
  offerEmbedded: (work?: Work) => Promise<void>,
) {
  const { store } = ports;
  return {
    write: (project: Project, out: string, options: { readonly photos: boolean }, work?: Work) =>
      archiveProject(ports, project, out, options, work),
    look: (path: string) => lookAtArchive(ports, path),
    verify: (path: string, work?: Work) => verifyArchive(ports, path, work),
    open: async (
      path: string,
      { name, photosIn, extractTo }: OpenArchiveRequest,
      work: Work = {},
    ): Promise<OpenedArchive> => {
      if (name !== null && store.projects.find(name) !== null) throw nameTaken(name);
      await offerEmbedded(work);
      const opened = await openArchive(
        ports,
        path,
        {
          name: (archived) => freeProjectName({ store }, name ?? archived),
          photosIn,
          extractTo,
          missing: join(home, 'photos-elsewhere'),
        },
        work,
      );
      return { ...opened, notes: [...opened.notes, ...(await tryPacks(ports, opened, work))] };
    },
  };
}

export type ArchiveCases = ReturnType<typeof archiveCases>;

/** Packs are what they say when they pass their self-test; without it they can be used after it is made up for. */
async function tryPacks(
  ports: PackPorts,
  { packs }: OpenedArchive,
  { signal, onProgress }: Work,
): Promise<readonly string[]> {
  const notes: string[] = [];
  for (const [at, id] of packs.entries()) {
    if (signal?.aborted === true) break;
    const pack = ports.store.packs.get(id);
    const backbone = ports.store.backbones.find(pack.backbone);
    const there = (await stat(ports.profile.locate(pack.path)).catch(() => null)) !== null;
    if (backbone === null || isOnlyNamed(backbone) || !there) continue;
    onProgress?.({ phase: 'evaluating', done: at, total: packs.length });
    try {
      await verifyStoredPack(ports, pack, null);
    } catch (error) {
      notes.push(`The pack "${pack.name}" could not be verified: ${asAppError(error).message}`);
    }
  }
  return notes;
}

function nameTaken(name: string): AppError {
  return new AppError(
    'projects.name-taken',
    `There is a project "${name}" already. It was left as it is, and the archive was not opened. Choose another name.`,
    { data: { name } },
  );
}

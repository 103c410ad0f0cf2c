import type { ArchiveFiles } from '../ports/archive.ts';
import type { PhotoFiles, Profile } from '../ports/files.ts';
import type { Host } from '../ports/host.ts';
import type { Store } from '../ports/repositories.ts';

export interface ArchivePorts {
  readonly store: Store;
  readonly profile: Pick<Profile, 'locate'>;
  readonly archiveFiles: ArchiveFiles;
  readonly photoFiles: PhotoFiles;
  readonly host: Pick<Host, 'appVersion'>;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** Where in an archive the project itself is told of. */
export const HEAD = 'project.json';

export function photoEntry(contentHash: string): string {
  return `photos/${contentHash.slice(0, 2)}/${contentHash}`;
}

export function tableEntry(name: string): string {
  return `${name}.jsonl`;
}

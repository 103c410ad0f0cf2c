/** A profile with a labelled project and its backups, for tests. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { ProjectId } from '#app/domain/ids.ts';
import type { Store } from '#app/ports/repositories.ts';
import { openStore } from '../../db/store.ts';
import { labelledProject } from '../../db/testing/samples.ts';
import { temporaryFolder } from '../../db/testing/temporary-store.ts';
import { profilePaths } from '../../files/profile/profile.ts';
import { backupCases } from '../backup-cases.ts';

export interface BackupScene {
  readonly home: string;
  readonly database: string;
  readonly store: Store;
  readonly project: ProjectId;
  readonly backups: ReturnType<typeof backupCases>;
  time: number;
}

export function backupScene(photos = 8): BackupScene {
  const home = join(temporaryFolder(), 'home');
  const paths = profilePaths(home);
  for (const folder of [home, paths.runs, paths.cache]) mkdirSync(folder);
  const store = openStore(paths.database, { now: Date.now });
  onTestFinished(() => store.close());
  const { project } = labelledProject(store, photos);
  const own: BackupScene = {
    home,
    database: paths.database,
    store,
    project,
    backups: backupCases(store, paths, () => own.time),
    time: Date.UTC(2026, 0, 1, 12),
  };
  return own;
}

/** Photos in a database that nobody writes. */
export function photosIn(database: string, project: ProjectId): number {
  const now = openStore(database, { now: Date.now });
  try {
    return now.photos.count(project);
  } finally {
    now.close();
  }
}

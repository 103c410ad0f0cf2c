/** The store: everything a profile keeps besides photos and weights, in one SQLite file. */
import type { Store } from '#app/ports/repositories.ts';
import { projectArchives } from './archive/archives.ts';
import { backboneRepository } from './backbones.ts';
import { classRepository } from './classes.ts';
import { databaseCopies } from './copies.ts';
import { editRepository } from './edits.ts';
import { labelRepository } from './labels.ts';
import { libraryRepository } from './library.ts';
import { openDatabase } from './open.ts';
import type { OpenOptions } from './open.ts';
import { packRepository } from './packs.ts';
import { photoRepository } from './photos.ts';
import { projectRepository } from './projects.ts';
import { runRepository } from './runs.ts';
import { settingsRepository } from './settings.ts';
import { splitRepository } from './splits.ts';

export interface StoreOptions extends OpenOptions {
  /** Epoch milliseconds; the time that goes into rows. */
  readonly now: () => number;
}

/**
 * Opens the database file `path`, creating or updating it unless `readOnly`. Its folder has to exist.
 * Throws what `openDatabase` throws; whatever was in the file is then unchanged.
 */
export function openStore(path: string, options: StoreOptions): Store {
  const db = openDatabase(path, options);
  const now = (): number => Math.round(options.now());
  return {
    projects: projectRepository(db, now),
    photos: photoRepository(db, now),
    classes: classRepository(db, now),
    labels: labelRepository(db, now),
    edits: editRepository(db, now),
    library: libraryRepository(db),
    splits: splitRepository(db, now),
    backbones: backboneRepository(db, now),
    runs: runRepository(db, now),
    packs: packRepository(db, now),
    settings: settingsRepository(db),
    archives: projectArchives(db, now),
    copies: databaseCopies(db),
    transaction: (work) => db.transaction(work),
    close: () => db.close(),
  };
}

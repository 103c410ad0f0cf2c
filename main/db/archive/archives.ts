import { randomBytes } from 'node:crypto';
import type { ProjectArchives } from '#app/ports/archive.ts';
import type { Connection } from '../connection.ts';
import { openDatabase } from '../open.ts';
import { readSnapshot } from './snapshot.ts';
import { stageProject } from './staging.ts';

export function projectArchives(db: Connection, now: () => number): ProjectArchives {
  return {
    snapshot: (project) => readSnapshot(openDatabase(db.file, { readOnly: true }), project),
    stage: (head) => stageProject(db, `${db.file}.${randomBytes(6).toString('hex')}.opening`, head, now),
  };
}

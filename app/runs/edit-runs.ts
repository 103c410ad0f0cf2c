/** What people do with runs they have: name, sort, and take them away. */
import type { RunRow } from '../contract/runs.ts';
import { AppError } from '../domain/errors.ts';
import type { RunId } from '../domain/ids.ts';
import { oneLine } from '../domain/one-line.ts';
import { fitName } from '../domain/run-name.ts';
import type { Run } from '../domain/run.ts';
import type { ProfilePlaces } from '../ports/files.ts';
import type { Store } from '../ports/repositories.ts';
import { runFolder } from './run-folder.ts';
import { runRow } from './run-row.ts';

interface Ports {
  readonly store: Store;
  readonly places: ProfilePlaces;
}

export interface RunChanges {
  readonly name?: string | undefined;
  readonly note?: string | undefined;
  readonly pinned?: boolean | undefined;
  readonly tags?: readonly string[] | undefined;
}

/** Throws `runs.unknown`, `runs.name-invalid`. */
export function editRun({ store }: Pick<Ports, 'store'>, id: RunId, { name, note, pinned, tags }: RunChanges): RunRow {
  store.runs.edit(id, {
    ...(name === undefined ? {} : { name: fitName('runs', name) }),
    ...(note === undefined ? {} : { note }),
    ...(pinned === undefined ? {} : { pinned }),
    ...(tags === undefined ? {} : { tags: [...new Set(tags.map((tag) => oneLine(tag)))].filter((tag) => tag !== '') }),
  });
  return runRow({ store }, id);
}

/** What removing them would free, and how many packs made from them stay. */
export async function runsSize(
  { store, places }: Ports,
  ids: readonly RunId[],
): Promise<{ readonly bytes: number; readonly packs: number }> {
  let bytes = 0;
  for (const id of ids) bytes += (await places.size(runFolder(id))).bytes;
  return { bytes, packs: ids.reduce((sum, id) => sum + store.packs.ofRun(id).length, 0) };
}

/** All or none of the records, then their folders. Throws `runs.at-work`, `runs.unknown`. */
export async function removeRuns(
  { store, places }: Ports,
  ids: readonly RunId[],
): Promise<{ readonly freedBytes: number; readonly removed: readonly Run[] }> {
  const removed = store.transaction(() =>
    [...new Set(ids)].map((id) => {
      const run = store.runs.get(id);
      refuseAtWork(run);
      store.runs.remove(id);
      return run;
    }),
  );
  let freedBytes = 0;
  // The records are gone: a folder that cannot be removed now is only space, and nobody looks for it any more.
  for (const { id } of removed) freedBytes += await places.remove(runFolder(id));
  return { freedBytes, removed };
}

function refuseAtWork({ name, state }: Run): void {
  if (state !== 'running') return;
  throw new AppError('runs.at-work', `${name} is at work. Nothing was removed. Stop it first.`, {
    data: { run: name },
  });
}

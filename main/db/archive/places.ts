/** Where files of runs and packs lie: in an archive by the run's number, in a profile by its id. */
import { packPath } from '#app/domain/pack.ts';
import type { Connection } from '../connection.ts';
import { records } from './records.ts';

export const archiveNames = {
  weights: (run: number) => `runs/${run}/weights.safetensors`,
  checkpoint: (run: number) => `runs/${run}/checkpoint.safetensors`,
  pack: (sha256: string) => `packs/${sha256}.safetensors`,
};

export const filePlaces = {
  weights: (run: number) => `runs/${run}/weights.safetensors`,
  checkpoint: (run: number) => `runs/${run}/checkpoint.safetensors`,
  pack: (sha256: string, run: number | null) => packPath(sha256, run),
};

/**
 * Takes as many ids for runs as are staged, for good: whatever happens then, no other run gets them and finds files of this one in
 * its folder. Gives the last id before them.
 */
export function reserveRuns(db: Connection, amount: number): number {
  return db.transaction(() => {
    const last = db.prepare<[], { seq: number }>(`SELECT seq FROM sqlite_sequence WHERE name = 'runs'`).get()?.seq;
    if (last === undefined)
      db.prepare<[number]>(`INSERT INTO sqlite_sequence (name, seq) VALUES ('runs', ?)`).run(amount);
    else db.prepare<[number]>(`UPDATE sqlite_sequence SET seq = seq + ? WHERE name = 'runs'`).run(amount);
    return last ?? 0;
  });
}

/** Files of staged runs and packs that are in the archive, with their places in the profile. */
export function filesToPlace(
  staged: Connection,
  runsBefore: number,
  hasFile: (name: string) => boolean,
): readonly { readonly name: string; readonly stored: string }[] {
  const numbers = staged.prepare<[], { number: number }>('SELECT number FROM runs ORDER BY number').all();
  const idOf = new Map(numbers.map(({ number }, at) => [number, runsBefore + at + 1]));
  const ofRuns = [...idOf].flatMap(([number, id]) => [
    { name: archiveNames.weights(number), stored: filePlaces.weights(id) },
    { name: archiveNames.checkpoint(number), stored: filePlaces.checkpoint(id) },
  ]);
  const ofPacks = staged
    .prepare<[], { row: string }>('SELECT row FROM packs ORDER BY place')
    .all()
    .map(({ row }) => {
      const { sha256, run } = records.packs.parse(JSON.parse(row));
      const id = run === null ? null : (idOf.get(run) ?? null);
      return { name: archiveNames.pack(sha256), stored: filePlaces.pack(sha256, id) };
    });
  return [...ofRuns, ...ofPacks].filter(({ name }) => hasFile(name));
}

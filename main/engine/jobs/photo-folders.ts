/** Tells a photo that somebody removed from a drive that was unplugged while a job was at work on it. */
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { EngineError } from '#native-models/errors.ts';

export interface PhotoFolders {
  /** Throws EngineError `photos.unplugged` where the photo's folder was there when the job began and is not any more. */
  check(path: string): Promise<void>;
}

export async function photoFolders(paths: readonly string[]): Promise<PhotoFolders> {
  const folders = [...new Set(paths.map((path) => dirname(path)))];
  const known = new Map(await Promise.all(folders.map(async (folder) => [folder, await identityOf(folder)] as const)));
  return {
    check: async (path) => {
      const folder = dirname(path);
      const before = known.get(folder) ?? null;
      if (before === null || before === (await identityOf(folder))) return;
      throw new EngineError(
        'photos.unplugged',
        `The folder "${folder}" is not there any more. Everything stored is kept: connect its drive or put the folder back, ` +
          'and go on from the last checkpoint.',
        { data: { path: folder } },
      );
    },
  };
}

/** Which folder it is: where a drive was mounted, an empty one of the same name may be left. */
async function identityOf(folder: string): Promise<string | null> {
  return stat(folder).then(
    ({ dev, ino }) => `${dev}:${ino}`,
    () => null,
  );
}

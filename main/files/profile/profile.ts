/** The one folder that holds all that the program keeps: database, backbones, runs, packs, caches, and the lock. */
import { statSync } from 'node:fs';
import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import { AppError } from '#app/domain/errors.ts';
import { makeFolder } from '#native-models/formats/write-atomic.ts';
import type { Profile, ProfileOwner, ProfilePaths } from '#app/ports/files.ts';
import { errnoOf, fileProblem } from '../problems.ts';
import { removeLeftovers } from './leftovers.ts';
import type { Lock } from './lock.ts';
import { liveOwner, takeLock } from './lock.ts';
import { networkFileSystem } from './network.ts';

/** Where things lie in the profile at `home`, whether or not it exists. */
export function profilePaths(home: string): ProfilePaths {
  return {
    home,
    database: join(home, 'dtl-studio.sqlite'),
    lock: join(home, 'profile.lock'),
    backbones: join(home, 'backbones'),
    runs: join(home, 'runs'),
    packs: join(home, 'packs'),
    cache: join(home, 'cache'),
    backups: join(home, 'backups'),
  };
}

/** Whether something was ever kept at `home`; reading does not create a profile. */
export function profileExists(home: string): boolean {
  return statSync(profilePaths(home).database, { throwIfNoEntry: false }) !== undefined;
}

/** Who has the profile open for writing, null when nobody has. */
export function profileOwner(home: string): ProfileOwner | null {
  const path = profilePaths(home).lock;
  let owner;
  try {
    owner = liveOwner(path);
  } catch (error) {
    throw fileProblem(error, 'read', path);
  }
  return owner && { pid: owner.pid, host: owner.host, what: owner.what, since: owner.since };
}

/**
 * Creates the folders that are missing and takes the lock; `what` tells others who has it (`dtl train`). Throws
 * AppError `profile.locked` naming the owner, `profile.not-a-folder`, `profile.not-writable`, or `files.*`.
 */
export async function openProfile(home: string, what: string): Promise<Profile> {
  const paths = profilePaths(home);
  const lock = await createAndLock(paths, what).catch((error: unknown) => {
    throw cannotKeep(error, home);
  });
  const network = networkFileSystem(home);
  return {
    ...placesOf(home),
    notes:
      network === null
        ? []
        : [
            `The profile "${home}" lies on a network drive (${network}). Databases on such drives can be damaged: ` +
              'keep the profile on a local disk (--home DIR or DTL_STUDIO_HOME).',
          ],
    close: () => lock.release(),
  };
}

/** A profile for reading only: nothing is created and no lock is taken, so it can be somebody else's at the same time. */
export function readProfile(home: string): Profile {
  return { ...placesOf(home), notes: [], close: () => undefined };
}

async function createAndLock(paths: ProfilePaths, what: string): Promise<Lock> {
  for (const folder of [paths.home, paths.backbones, paths.runs, paths.packs, paths.cache]) {
    await makeFolder(folder);
  }
  const lock = await takeLock(paths.lock, what);
  await removeLeftovers(paths);
  return lock;
}

function placesOf(home: string): Pick<Profile, 'paths' | 'locate' | 'relative'> {
  return {
    paths: profilePaths(home),
    locate: (stored) => locate(home, stored),
    relative: (path) => toStored(home, path),
  };
}

function cannotKeep(error: unknown, home: string): unknown {
  const errno = errnoOf(error) ?? '';
  if (errno === 'ENOTDIR' || errno === 'EEXIST') {
    return new AppError('profile.not-a-folder', `The profile "${home}" cannot be used: there is a file in its way.`, {
      data: { path: home },
      cause: error,
    });
  }
  if (['EACCES', 'EPERM', 'EROFS'].includes(errno)) {
    const readOnly = errno === 'EROFS';
    const why = readOnly ? 'the disk is read-only' : 'this user may not write there';
    const first = readOnly ? 'Make it writable' : 'Change the permissions';
    const remedy = `${first}, or choose another folder with --home DIR or DTL_STUDIO_HOME.`;
    return new AppError('profile.not-writable', `The profile "${home}" cannot be used: ${why}. ${remedy}`, {
      data: { path: home, errno },
      cause: error,
    });
  }
  return fileProblem(error, 'created', home);
}

/** Stored paths come from a database that may have been edited, so they are not let out of the profile. */
function locate(home: string, stored: string): string {
  const path = resolve(home, stored);
  if (!isAbsolute(stored) && isInside(home, path)) return path;
  throw new AppError('profile.path-outside', `"${stored}" does not name a file inside the profile.`, {
    kind: 'bug',
    data: { path: stored },
  });
}

function toStored(home: string, path: string): string {
  if (isInside(home, resolve(path))) return relative(home, path).split(sep).join('/');
  throw new AppError('profile.path-outside', `"${path}" does not lie inside the profile "${home}".`, {
    kind: 'bug',
    data: { path },
  });
}

function isInside(home: string, path: string): boolean {
  const way = relative(home, path);
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

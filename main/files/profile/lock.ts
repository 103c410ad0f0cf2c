/**
 * One owner a profile. The lock is a file that names its owner; it is put there complete, by linking a finished file
 * to the name, so nobody reads half of it (where the file system has links). The lock of a process that is gone is taken over. Only who holds
 * `<lock>.takeover` may remove another's lock, so two that start at once cannot both take over.
 */
import { randomUUID } from 'node:crypto';
import { linkSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { AppError } from '#app/domain/errors.ts';
import { errnoOf } from '../problems.ts';
import { isAlive, processStart } from './owner.ts';

const lockFile = z.object({
  /** Tells this lock from any other, also from one of the same process. */
  token: z.string(),
  pid: z.int().positive(),
  host: z.string(),
  processStart: z.string().nullable(),
  /** What the owner is, in words for the person who is kept waiting: `dtl train`. */
  what: z.string(),
  since: z.string(),
});

export type LockOwner = z.infer<typeof lockFile>;

export interface Lock {
  readonly owner: LockOwner;
  /** Removes the lock unless somebody else owns it by now. May be called twice. */
  release(): void;
}

/** File systems without hard links (exFAT, some network drives) say so in one of these ways. */
const noLinks = ['EPERM', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP', 'EINVAL', 'EMLINK'];
const patience = 20;
/** An unreadable lock of that age is one that a crash of the machine cut off. */
const writingMs = 2000;

/**
 * Takes the lock at `path`. Throws AppError `profile.locked` (data: pid, host, what, since, path) while its owner is
 * alive, or may be alive on another machine; errors of the system as they are.
 */
export async function takeLock(path: string, what: string): Promise<Lock> {
  const owner: LockOwner = {
    token: randomUUID(),
    pid: process.pid,
    host: hostname(),
    processStart: processStart(process.pid),
    what,
    since: new Date().toISOString(),
  };
  const takeover = `${path}.takeover`;
  for (let attempt = 0; attempt < patience; attempt++) {
    if (place(path, owner)) return { owner, release: () => release(path, owner) };
    const present = liveOwner(path);
    if (present !== null) throw locked(path, present);
    if (isBeingWritten(path)) {
      await delay(25);
    } else if (place(takeover, owner)) {
      try {
        // Only now nobody else can put a new lock in the stale one's place.
        if (liveOwner(path) === null && !isBeingWritten(path)) rmSync(path, { force: true });
      } finally {
        release(takeover, owner);
      }
    } else if (liveOwner(takeover) === null && !isBeingWritten(takeover)) {
      // Its owner died between two system calls.
      rmSync(takeover, { force: true });
    } else {
      await delay(25);
    }
  }
  throw new AppError('profile.locked', `Another program is just opening this profile. Try again. (Lock: "${path}")`, {
    data: { path },
  });
}

/** The owner of the lock at `path` if there is one that is alive, or on another machine where that cannot be told. */
export function liveOwner(path: string): LockOwner | null {
  const owner = readLock(path);
  if (owner === null) return null;
  return owner.host !== hostname() || isAlive(owner.pid, owner.processStart) ? owner : null;
}

function readLock(path: string): LockOwner | null {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null;
    throw error;
  }
  try {
    return lockFile.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

/** Only where there are no hard links can a lock be seen before it is complete. */
function isBeingWritten(path: string): boolean {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats !== undefined && readLock(path) === null && Math.abs(Date.now() - stats.mtimeMs) < writingMs;
}

/** Whether `path` was free and now names `owner`. */
function place(path: string, owner: LockOwner): boolean {
  const own = `${path}.${owner.token}`;
  try {
    writeFileSync(own, `${JSON.stringify(owner)}\n`, { flag: 'wx' });
    try {
      linkSync(own, path);
    } catch (error) {
      if (!noLinks.includes(errnoOf(error) ?? '')) throw error;
      writeFileSync(path, `${JSON.stringify(owner)}\n`, { flag: 'wx' });
    }
    return true;
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(own, { force: true });
  }
}

function release(path: string, owner: LockOwner): void {
  if (readLock(path)?.token === owner.token) rmSync(path, { force: true });
}

function locked(path: string, owner: LockOwner): AppError {
  const elsewhere = owner.host !== hostname();
  const remedy = elsewhere
    ? `Close it there. If that machine is gone or was renamed, remove "${path}" and try again.`
    : 'Close it, or wait until it has ended.';
  const where = elsewhere ? ` on the machine "${owner.host}"` : '';
  return new AppError(
    'profile.locked',
    `This profile is in use by ${owner.what} (process ${owner.pid}${where}, since ${owner.since}). Nothing was changed. ${remedy}`,
    { data: { path, pid: owner.pid, host: owner.host, what: owner.what, since: owner.since } },
  );
}

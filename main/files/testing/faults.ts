/** Faults that are hard to come by: errors of the system, full and read-only disks, the eyes of a user who is not root. */
import { execFileSync } from 'node:child_process';

export const isRoot = process.getuid?.() === 0;

/** An error as Node throws it for a failed system call. */
export function systemError(code: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: system error, write`), { code, errno: -1, syscall: 'write' });
}

/** Runs `work` with the rights of the user "nobody"; only root can become another user. */
export async function asNobody<T>(work: () => Promise<T>): Promise<T> {
  process.seteuid?.(65534);
  try {
    return await work();
  } finally {
    process.seteuid?.(0);
  }
}

/** A disk of its own at `folder`, e.g. with the options `ro` or `size=64k`; its `release`, or null where this user may not mount. */
export function mountDisk(folder: string, options: string): (() => void) | null {
  if (!isRoot || process.platform !== 'linux') return null;
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder], { stdio: 'ignore' });
  } catch {
    return null;
  }
  return () => void execFileSync('umount', [folder]);
}

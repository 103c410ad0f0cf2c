/** Faults that are hard to come by: errors of the system, and the eyes of a user who is not root. */
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

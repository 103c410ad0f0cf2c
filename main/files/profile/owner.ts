/** Who a process is, in a form that another process can check: a number alone may have been given to somebody else. */
import { readFileSync } from 'node:fs';
import { errnoOf } from '../problems.ts';

/**
 * When the process started, as its system tells it (on Linux: the boot it belongs to and the clock ticks since then);
 * null where the system does not say, or there is no such process.
 */
export function processStart(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The second field is the program's name in brackets, which may hold anything; the 22nd is the start.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
    const ticks = fields[19];
    return ticks === undefined ? null : `${boot}/${ticks}`;
  } catch {
    return null;
  }
}

/** Whether that very process is still there. Without a start to compare, any process of that number counts. */
export function isAlive(pid: number, start: string | null): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it is there and belongs to somebody else.
    if (errnoOf(error) !== 'EPERM') return false;
  }
  const now = processStart(pid);
  return start === null || now === null || start === now;
}

/** Processes below another one, as Linux tells them. */
import { readdirSync, readFileSync } from 'node:fs';

export interface Running {
  readonly pid: number;
  readonly command: string;
}

/** All living descendants of a process. */
export function descendants(pid: number): readonly Running[] {
  const children = new Map<number, Running[]>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const status = readFileSync(`/proc/${name}/stat`, 'utf8');
      const [state, parent] = status.slice(status.lastIndexOf(')') + 2).split(' ');
      if (state === 'Z') continue;
      const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
      const siblings = children.get(Number(parent)) ?? [];
      siblings.push({ pid: Number(name), command });
      children.set(Number(parent), siblings);
    } catch {
      // It ended while we looked.
    }
  }
  const below = (one: number): Running[] => (children.get(one) ?? []).flatMap((child) => [child, ...below(child.pid)]);
  return below(pid);
}

/** The engine processes below a server. */
export function enginesOf(pid: number): readonly Running[] {
  return descendants(pid).filter(({ command }) => command.includes('main/engine/process'));
}

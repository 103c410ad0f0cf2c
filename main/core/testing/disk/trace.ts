/** What a process and all that it started did to files, as the kernel saw it: strace's record, read into events. */
import { readFileSync } from 'node:fs';

export type DiskEvent =
  | { readonly kind: 'create'; readonly path: string; readonly empties: boolean }
  | { readonly kind: 'write'; readonly path: string; readonly at: number; readonly bytes: Buffer }
  | { readonly kind: 'resize'; readonly path: string; readonly size: number }
  /** What was written before event number `begun` is on the disk from here on. */
  | { readonly kind: 'sync'; readonly path: string; readonly begun: number }
  | { readonly kind: 'folder'; readonly path: string }
  | { readonly kind: 'rename'; readonly from: string; readonly path: string }
  | { readonly kind: 'link'; readonly from: string; readonly path: string }
  | { readonly kind: 'remove'; readonly path: string };

const CALLS = [
  'openat,write,pwrite64,writev,pwritev,ftruncate,truncate,fallocate,fsync,fdatasync,rename,renameat,renameat2',
  'link,linkat,unlink,unlinkat,mkdir,mkdirat,rmdir,copy_file_range,sendfile,ioctl',
].join(',');

/** Put before a command, this records into `file`. Every string is in hex, so that the record can be read without doubt. */
export function recorded(file: string): readonly string[] {
  const text = ['-f', '-qq', '-y', '-xx', '-s', '100000000', '-e', 'signal=none', '-e', `trace=${CALLS}`, '-o', file];
  return ['strace', ...text];
}

/** Only what lies at or below `root`. Throws for a call that changes files in a way that this does not understand. */
export function readTrace(file: string, root: string): readonly DiskEvent[] {
  const events: DiskEvent[] = [];
  /** Calls that other threads interrupted in the record, by thread: their first half, and where they began. */
  const halves = new Map<string, { readonly text: string; readonly begun: number }>();
  const places = new Map<string, number>();
  for (const line of readFileSync(file, 'latin1').split('\n')) {
    const [, thread = '', rest = ''] = /^(\d+) +(.*)$/.exec(line) ?? [];
    const cut = rest.indexOf(' <unfinished ...>');
    if (cut >= 0) {
      halves.set(thread, { text: rest.slice(0, cut), begun: events.length });
      continue;
    }
    const resumed = /^<\.\.\. \w+ resumed>(.*)$/.exec(rest);
    const half = resumed === null ? undefined : halves.get(thread);
    const call = resumed === null ? rest : `${half?.text ?? ''}${resumed[1] ?? ''}`;
    for (const event of eventsOf(call, half?.begun ?? events.length, places)) {
      if (lies(event.path, root) || ('from' in event && lies(event.from, root))) events.push(event);
    }
  }
  return events;
}

function lies(path: string, root: string): boolean {
  return path === root || path.startsWith(`${root}/`);
}

/** `places`: where the next plain write of an open file goes. */
function eventsOf(call: string, begun: number, places: Map<string, number>): readonly DiskEvent[] {
  const [, name = '', inside = '', result = ''] = /^(\w+)\((.*)\) += (-?\d+)/.exec(call) ?? [];
  const count = Number(result);
  if (name === '' || count < 0) return [];
  const args = inside.split(', ');
  const text = (at: number): string => textIn(args[at] ?? '');
  const open = (at: number): string => /^\d+<(.*)>$/.exec(args[at] ?? '')?.[1] ?? '';
  const fileAt = (at: number): string => decoded(open(at));
  const number = (at: number): number => Number(args[at]);
  switch (name) {
    case 'openat': {
      const opened = /= (\d+)<(.*)>/.exec(call.slice(call.lastIndexOf(') ')));
      places.set(`${opened?.[1] ?? ''} ${opened?.[2] ?? ''}`, 0);
      const flags = args[2] ?? '';
      if (!flags.includes('O_CREAT'))
        return flags.includes('O_TRUNC') ? [{ kind: 'resize', path: text(1), size: 0 }] : [];
      return [{ kind: 'create', path: text(1), empties: flags.includes('O_TRUNC') }];
    }
    case 'write': {
      const place = places.get(`${args[0]?.replace(/<.*/, '') ?? ''} ${open(0)}`) ?? 0;
      places.set(`${args[0]?.replace(/<.*/, '') ?? ''} ${open(0)}`, place + count);
      return [{ kind: 'write', path: fileAt(0), at: place, bytes: bytesIn(args[1] ?? '').subarray(0, count) }];
    }
    case 'pwrite64':
      return [{ kind: 'write', path: fileAt(0), at: number(3), bytes: bytesIn(args[1] ?? '').subarray(0, count) }];
    case 'copy_file_range':
    case 'sendfile': {
      const [from, to] = name === 'sendfile' ? [fileAt(1), fileAt(0)] : [fileAt(0), fileAt(2)];
      const given = /^\[(\d+)\]$/.exec(args[name === 'sendfile' ? 2 : 1] ?? '')?.[1];
      const at = given === undefined ? 0 : Number(given);
      return count === 0 ? [] : [{ kind: 'write', path: to, at, bytes: readFileSync(from).subarray(at, at + count) }];
    }
    case 'ftruncate':
      return [{ kind: 'resize', path: fileAt(0), size: number(1) }];
    case 'truncate':
      return [{ kind: 'resize', path: text(0), size: number(1) }];
    case 'fsync':
    case 'fdatasync':
      return [{ kind: 'sync', path: fileAt(0), begun }];
    case 'mkdir':
      return [{ kind: 'folder', path: text(0) }];
    case 'rename':
      return [{ kind: 'rename', from: text(0), path: text(1) }];
    case 'link':
      return [{ kind: 'link', from: text(0), path: text(1) }];
    case 'unlink':
    case 'rmdir':
      return [{ kind: 'remove', path: text(0) }];
    case 'unlinkat':
      return [{ kind: 'remove', path: text(1) }];
    case 'ioctl':
      return inside.includes('CLONE')
        ? [{ kind: 'write', path: fileAt(0), at: 0, bytes: readFileSync(fileAt(2)) }]
        : [];
    default:
      // Reserving room, and writes in several pieces, would have to be understood before they may be passed over.
      return [{ kind: 'resize', path: `not understood: ${name}`, size: 0 }];
  }
}

function bytesIn(quoted: string): Buffer {
  return Buffer.from(quoted.replaceAll(/[^0-9a-f]/g, ''), 'hex');
}

function textIn(quoted: string): string {
  return bytesIn(quoted).toString('utf8');
}

/** A path behind a number of an open file; of pipes and sockets the words in the record. */
function decoded(hex: string): string {
  return hex.startsWith('\\x') ? textIn(hex) : hex;
}

/** What a process and all it starts ask of the network, as the kernel sees it. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Null where strace can be used here, else the reason. */
export function whyNoTrace(): string | null {
  const { error, status, stderr } = spawnSync('strace', ['-f', '-e', 'trace=connect', 'true'], { encoding: 'utf8' });
  if (error !== undefined) return 'strace is not installed';
  return status === 0 ? null : `strace cannot be used here: ${stderr.trim().split('\n')[0] ?? ''}`;
}

/** Put before a command, this records every connect and every datagram (look-ups among them) into `file`. */
export function traced(file: string): readonly string[] {
  return [
    'strace',
    '-f',
    '--seccomp-bpf',
    '-qq',
    '-e',
    'trace=connect,sendto,sendmsg,sendmmsg',
    '-e',
    'signal=none',
    '-o',
    file,
  ];
}

/** Addresses outside of this machine in a trace; sockets of the file system and loopback are inside. */
export function outsideAddresses(file: string): readonly string[] {
  const addresses = [...readFileSync(file, 'utf8').matchAll(/inet_addr\("([^"]+)"\)|inet_pton\(AF_INET6, "([^"]+)"/g)];
  return addresses.map(([, four, six]) => four ?? six ?? '').filter((one) => !isLoopback(one));
}

/** How many connects a trace saw: a trace that saw nothing proves nothing. */
export function connects(file: string): number {
  return [...readFileSync(file, 'utf8').matchAll(/\bconnect\(/g)].length;
}

function isLoopback(address: string): boolean {
  return (
    address.startsWith('127.') ||
    address === '::1' ||
    address === '::ffff:127.0.0.1' ||
    address.startsWith('::ffff:127.')
  );
}

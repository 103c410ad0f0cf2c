/** Whether a folder lies on another machine, where locks and SQLite's shared memory do not work as they should. */
import { readFileSync, realpathSync } from 'node:fs';

const networkTypes =
  /^(nfs\d?|cifs|smb\d?|smbfs|afs|9p|ceph|glusterfs|lustre|beegfs|davfs|ncpfs|fuse\.(sshfs|rclone|glusterfs|davfs2?|s3fs|gvfsd-fuse))$/;

/**
 * The kind of network file system (`nfs4`, `cifs`...) that holds an existing `folder`, null where it is local or the
 * system does not tell. Linux says it in its table of mounts; on Windows a path of the form \\server\share is one.
 */
export function networkFileSystem(folder: string, mounts: string = readMounts()): string | null {
  const real = realpathSync(folder);
  if (real.startsWith('\\\\')) return 'network share';
  let best: { readonly at: string; readonly type: string } | null = null;
  for (const line of mounts.split('\n')) {
    // 36 35 98:0 /root /mount/point options - type source
    const [front = '', back = ''] = line.split(' - ');
    const at = unescape(front.split(' ')[4] ?? '');
    const type = back.split(' ')[0] ?? '';
    const holds = at === '/' || real === at || real.startsWith(`${at}/`);
    // Of two mounts on one point the later one is seen.
    if (at !== '' && holds && at.length >= (best?.at.length ?? 0)) best = { at, type };
  }
  return best !== null && networkTypes.test(best.type) ? best.type : null;
}

function readMounts(): string {
  if (process.platform !== 'linux') return '';
  try {
    return readFileSync('/proc/self/mountinfo', 'utf8');
  } catch {
    return '';
  }
}

/** Spaces and the like are written as octal numbers: \040. */
function unescape(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}

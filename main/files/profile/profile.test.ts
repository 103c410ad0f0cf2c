import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '#app/domain/errors.ts';
import { asNobody, isRoot, mountDisk } from '../testing/faults.ts';
import { networkFileSystem } from './network.ts';
import { processStart } from './owner.ts';
import { openProfile, profileExists, profileOwner, profilePaths } from './profile.ts';

let folder = '';
let home = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'profile-'));
  home = join(folder, 'deep', 'home');
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function refusal(work: Promise<unknown>): Promise<AppError> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof AppError)) return expect.fail(`no AppError but ${String(error)}`);
  return error;
}

/** Puts a lock there as some process left it. */
async function leaveLock(fields: Record<string, unknown>): Promise<string> {
  const profile = await openProfile(home, 'earlier');
  profile.close();
  const lock = {
    token: 't',
    pid: 1,
    host: hostname(),
    processStart: null,
    what: 'dtl train',
    since: 'then',
    ...fields,
  };
  await writeFile(profile.paths.lock, JSON.stringify(lock));
  return profile.paths.lock;
}

/** A number that no process has. */
async function deadPid(): Promise<number> {
  const child = spawn(process.execPath, ['-e', '']);
  const pid = child.pid ?? expect.fail('no process');
  await once(child, 'exit');
  return pid;
}

describe('a profile', () => {
  it('clears away what killed processes left half-written, and nothing that is being written', async () => {
    const earlier = await openProfile(home, 'earlier');
    earlier.close();
    const { paths } = earlier;
    await mkdir(join(paths.runs, '7'));
    const [dead, alive] = [await deadPid(), process.pid];
    const partial = (name: string, pid: number): string => `.${name}.${pid}-0123456789ab.partial`;
    const gone = [
      join(paths.backbones, partial('b.safetensors', dead)),
      join(paths.packs, partial('run-7.safetensors', dead)),
      join(paths.runs, '7', partial('checkpoint.safetensors', dead)),
      join(home, 'profile.lock.123e4567-e89b-42d3-a456-426614174000'),
      join(home, 'dtl-studio.sqlite.v3.backup-unfinished'),
    ];
    const stay = [
      join(paths.packs, partial('run-8.safetensors', alive)),
      join(paths.packs, 'run-7.safetensors'),
      join(paths.runs, '7', 'checkpoint.safetensors'),
      join(home, 'dtl-studio.sqlite.v3.backup'),
    ];
    for (const path of [...gone, ...stay]) await writeFile(path, 'x');
    (await openProfile(home, 'dtl train')).close();
    expect(gone.filter((path) => existsSync(path))).toEqual([]);
    expect(stay.filter((path) => !existsSync(path))).toEqual([]);
  });

  it('gets its folders and a lock, and gives the lock back', async () => {
    expect(profileExists(home)).toBe(false);
    const profile = await openProfile(home, 'dtl import');
    expect((await readdir(home)).sort()).toEqual(['backbones', 'cache', 'packs', 'profile.lock', 'runs']);
    expect(profile.paths.database).toBe(join(home, 'dtl-studio.sqlite'));
    expect(profileOwner(home)).toMatchObject({ pid: process.pid, host: hostname(), what: 'dtl import' });
    profile.close();
    profile.close();
    expect(profileOwner(home)).toBeNull();
    expect((await readdir(home)).sort()).toEqual(['backbones', 'cache', 'packs', 'runs']);
    await writeFile(profile.paths.database, '');
    expect(profileExists(home)).toBe(true);
  });

  it('keeps relative paths of things inside it and no others', async () => {
    const profile = await openProfile(home, 'test');
    expect(profile.relative(join(home, 'runs', '7', 'w.safetensors'))).toBe('runs/7/w.safetensors');
    expect(profile.locate('runs/7/w.safetensors')).toBe(join(home, 'runs', '7', 'w.safetensors'));
    for (const path of ['../x', 'runs/../../x', '/etc/passwd', '', '.']) {
      expect(() => profile.locate(path)).toThrow(expect.objectContaining({ code: 'profile.path-outside' }));
    }
    expect(() => profile.relative('/etc/passwd')).toThrow(expect.objectContaining({ code: 'profile.path-outside' }));
    profile.close();
  });

  it('is refused while another process has it, naming that process', async () => {
    const script = `
      import { openProfile } from ${JSON.stringify(new URL('./profile.ts', import.meta.url).href)};
      await openProfile(process.argv[1], 'dtl train');
      process.stdout.write('open');
      setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script, home], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    const error = await refusal(openProfile(home, 'dtl import'));
    expect(error).toMatchObject({
      code: 'profile.locked',
      kind: 'expected',
      data: { pid: child.pid, what: 'dtl train' },
    });
    expect(error.message).toMatch(new RegExp(`dtl train \\(process ${child.pid},.*Nothing was changed`));
    child.kill('SIGKILL');
    await once(child, 'exit');
    // The killed process could not remove its lock; it is taken over.
    expect(existsSync(profilePaths(home).lock)).toBe(true);
    expect(profileOwner(home)).toBeNull();
    const profile = await openProfile(home, 'dtl import');
    expect(profileOwner(home)?.pid).toBe(process.pid);
    profile.close();
  });

  it('is refused a second time in the same process', async () => {
    const profile = await openProfile(home, 'first');
    expect((await refusal(openProfile(home, 'second'))).code).toBe('profile.locked');
    profile.close();
  });

  it('is taken over when the process is gone', async () => {
    await leaveLock({ pid: await deadPid() });
    (await openProfile(home, 'next')).close();
  });

  it.skipIf(process.platform !== 'linux')('is taken over when the number belongs to a later process', async () => {
    await leaveLock({ pid: process.pid, processStart: 'an-earlier-boot/123' });
    (await openProfile(home, 'next')).close();
    await leaveLock({ pid: process.pid, processStart: processStart(process.pid) });
    expect((await refusal(openProfile(home, 'next'))).code).toBe('profile.locked');
  });

  it('is not taken over from another machine, whose processes cannot be seen', async () => {
    const lock = await leaveLock({ pid: await deadPid(), host: 'elsewhere' });
    const error = await refusal(openProfile(home, 'next'));
    expect(error.message).toContain('on the machine "elsewhere"');
    expect(error.message).toContain(`remove "${lock}"`);
    expect(existsSync(lock)).toBe(true);
  });

  it('is taken over from a lock that a power cut left empty, but not while it may be being written', async () => {
    const lock = await leaveLock({});
    await writeFile(lock, '');
    expect((await refusal(openProfile(home, 'next'))).code).toBe('profile.locked');
    await utimes(lock, 1, 1);
    (await openProfile(home, 'next')).close();
  });

  it('is taken over by exactly one of many that start at once', async () => {
    await leaveLock({ pid: await deadPid() });
    await writeFile(`${profilePaths(home).lock}.takeover`, readFileSync(profilePaths(home).lock));
    const script = `
      import { openProfile } from ${JSON.stringify(new URL('./profile.ts', import.meta.url).href)};
      const answer = await openProfile(process.argv[1], 'racer').then(() => 'open', (error) => error.code);
      process.stdout.write(answer);
      process.stdin.on('end', () => process.exit()).resume();`;
    const racers = Array.from({ length: 4 }, () =>
      spawn(process.execPath, ['--input-type=module', '-e', script, home], { stdio: ['pipe', 'pipe', 'inherit'] }),
    );
    const answers = await Promise.all(racers.map(async (racer) => String((await once(racer.stdout, 'data'))[0])));
    for (const racer of racers) racer.stdin.end();
    expect(answers.filter((answer) => answer === 'open')).toHaveLength(1);
    expect(answers.filter((answer) => answer === 'profile.locked')).toHaveLength(3);
  });

  it('does not remove a lock that somebody else owns by now', async () => {
    const profile = await openProfile(home, 'first');
    const other = { token: 'other', pid: process.pid, host: hostname(), processStart: null, what: 'x', since: 'now' };
    await writeFile(profile.paths.lock, JSON.stringify(other));
    profile.close();
    expect(existsSync(profile.paths.lock)).toBe(true);
  });

  it.skipIf(process.platform !== 'linux')(
    'is refused where folders cannot be made, without trying for ever',
    async () => {
      await expect(openProfile('/proc/no-such-folder/home', 'test')).rejects.toMatchObject({ kind: 'expected' });
    },
  );

  it('says when there is a file in its way', async () => {
    await writeFile(join(folder, 'deep'), '');
    expect(await refusal(openProfile(home, 'x'))).toMatchObject({ code: 'profile.not-a-folder' });
    await rm(join(folder, 'deep'));
    await writeFile(join(folder, 'file'), '');
    expect(await refusal(openProfile(join(folder, 'file'), 'x'))).toMatchObject({ code: 'profile.not-a-folder' });
  });

  it.skipIf(!isRoot)('says when it may not be written (as another user than root)', async () => {
    (await openProfile(home, 'root')).close();
    await chmod(folder, 0o755);
    const error = await asNobody(() => refusal(openProfile(home, 'nobody')));
    expect(error).toMatchObject({ code: 'profile.not-writable', data: { path: home } });
    expect(error.message).toContain('--home DIR');
    const beside = join(dirname(home), 'other');
    expect(await asNobody(() => refusal(openProfile(beside, 'nobody')))).toMatchObject({
      code: 'profile.not-writable',
    });
  });
});

describe('a profile on a disk that is', () => {
  it('read-only is refused in these words, whether or not its folder is there', async (context) => {
    const release = mountDisk(folder, 'ro') ?? context.skip('this user may not mount disks');
    try {
      for (const path of [folder, home]) {
        const error = await refusal(openProfile(path, 'x'));
        expect(error).toMatchObject({ code: 'profile.not-writable', data: { path, errno: 'EROFS' } });
        expect(error.message).toContain('the disk is read-only');
      }
    } finally {
      release();
    }
  });

  it('full is refused in these words', async (context) => {
    const release = mountDisk(folder, 'size=4k,nr_inodes=3') ?? context.skip('this user may not mount disks');
    try {
      expect(await refusal(openProfile(home, 'x'))).toMatchObject({ code: 'files.disk-full' });
    } finally {
      release();
    }
  });
});

describe('networkFileSystem', () => {
  const mounts = [
    '21 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw',
    '30 21 0:40 / /mnt/lab\\040data rw - nfs4 server:/lab rw',
    '31 21 0:41 / /tmp rw - tmpfs tmpfs rw',
  ].join('\n');

  it('finds the mount that holds the folder', async () => {
    expect(networkFileSystem(folder, mounts)).toBeNull();
    expect(
      networkFileSystem(folder, `${mounts}\n40 31 0:50 / ${folder.replaceAll(' ', '\\040')} rw - cifs //s/x rw`),
    ).toBe('cifs');
    expect(networkFileSystem('/', '21 1 0:3 / / rw - nfs4 server:/root rw')).toBe('nfs4');
  });

  it('takes an unknown table for a local disk', () => {
    expect(networkFileSystem(folder, '')).toBeNull();
    expect(networkFileSystem(folder)).toBeNull();
  });
});

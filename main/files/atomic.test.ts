import { mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { copyFileAtomic, writeChunksAtomic, writeFileAtomic } from './atomic.ts';
import { asNobody, isRoot, mountDisk, systemError } from './testing/faults.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'atomic-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const text = (path: string): Promise<string> => readFile(path, 'utf8');

describe('writing a file atomically', () => {
  it('puts the bytes in place of what was there, and leaves nothing beside them', async () => {
    const path = join(folder, 'a.bin');
    await writeFileAtomic(path, Buffer.from('old'));
    await writeFileAtomic(path, Buffer.from('new'));
    expect(await text(path)).toBe('new');
    expect(await readdir(folder)).toEqual(['a.bin']);
  });

  it('writes chunks one after another and counts them', async () => {
    const path = join(folder, 'a.bin');
    expect(await writeChunksAtomic(path, [Buffer.from('ab'), Buffer.alloc(0), Buffer.from('c')])).toBe(3);
    expect(await text(path)).toBe('abc');
  });

  it('gives the finished file the permissions asked for', async () => {
    const path = join(folder, 'a.bin');
    await writeFileAtomic(path, Buffer.from('x'), { mode: 0o444 });
    expect((await stat(path)).mode & 0o777).toBe(0o444);
    await writeFileAtomic(path, Buffer.from('y'));
    expect(await text(path)).toBe('y');
  });

  it('keeps the old file and says so when the disk is full half-way', async () => {
    const path = join(folder, 'a.bin');
    await writeFile(path, 'old');
    async function* chunks(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('half');
      await Promise.resolve();
      throw systemError('ENOSPC');
    }
    await expect(writeChunksAtomic(path, chunks())).rejects.toMatchObject({
      code: 'files.disk-full',
      kind: 'expected',
      message: `"${path}" could not be written: the disk is full. The file that was there before is unchanged. Free some space and try again.`,
      data: { path, errno: 'ENOSPC' },
    });
    expect(await text(path)).toBe('old');
    expect(await readdir(folder)).toEqual(['a.bin']);
  });

  it('keeps the old file on a disk that is really full', async (context) => {
    const release = mountDisk(folder, 'size=64k') ?? context.skip('this user may not mount disks');
    try {
      const path = join(folder, 'a.bin');
      await writeFileAtomic(path, Buffer.from('old'));
      await expect(writeFileAtomic(path, Buffer.alloc(100_000))).rejects.toMatchObject({ code: 'files.disk-full' });
      expect(await text(path)).toBe('old');
      expect(await readdir(folder)).toEqual(['a.bin']);
      const large = join(tmpdir(), `large-${process.pid}`);
      await writeFile(large, Buffer.alloc(100_000));
      await expect(copyFileAtomic(large, folder, async () => path)).rejects.toMatchObject({ code: 'files.disk-full' });
      await rm(large);
      expect(await readdir(folder)).toEqual(['a.bin']);
    } finally {
      release();
    }
  });

  it('passes on what its source throws, with nothing left behind', async () => {
    function* chunks(): Generator<Uint8Array> {
      yield Buffer.from('half');
      throw new RangeError('no more');
    }
    await expect(writeChunksAtomic(join(folder, 'a.bin'), chunks())).rejects.toThrow(RangeError);
    expect(await readdir(folder)).toEqual([]);
  });

  it('names a missing folder and a folder in the way', async () => {
    const missing = join(folder, 'none', 'a.bin');
    await expect(writeFileAtomic(missing, Buffer.from('x'))).rejects.toMatchObject({ code: 'files.missing' });
    await mkdir(join(folder, 'dir', 'inner'), { recursive: true });
    await expect(writeFileAtomic(join(folder, 'dir'), Buffer.from('x'))).rejects.toMatchObject({
      data: { path: join(folder, 'dir') },
    });
    expect(await readdir(folder)).toEqual(['dir']);
  });

  it.skipIf(!isRoot)('says when permission is missing (as another user than root)', async () => {
    const path = join(folder, 'a.bin');
    await expect(asNobody(() => writeFileAtomic(path, Buffer.from('x')))).rejects.toMatchObject({
      code: 'files.no-permission',
    });
  });
});

describe('copying a file atomically', () => {
  it('shows the copy to the check, then puts it where the check says', async () => {
    const source = join(folder, 'source.bin');
    const store = join(folder, 'store');
    await mkdir(store);
    await writeFile(source, 'weights', { mode: 0o444 });
    const seen: string[] = [];
    const check = async (copy: string): Promise<string> => {
      seen.push(await text(copy));
      return join(store, 'named.bin');
    };
    await copyFileAtomic(source, store, check, { mode: 0o444 });
    expect(seen).toEqual(['weights']);
    expect(await readdir(store)).toEqual(['named.bin']);
    expect((await stat(join(store, 'named.bin'))).mode & 0o777).toBe(0o444);
    expect(await text(source)).toBe('weights');
  });

  it('leaves nothing when the check says no or throws, or when there is no source', async () => {
    const source = join(folder, 'source.bin');
    const store = join(folder, 'store');
    await mkdir(store);
    await writeFile(source, 'weights');
    await copyFileAtomic(source, store, async () => null);
    await expect(
      copyFileAtomic(source, store, async () => {
        throw new RangeError('no');
      }),
    ).rejects.toThrow(RangeError);
    await expect(copyFileAtomic(join(folder, 'none'), store, async () => null)).rejects.toMatchObject({
      code: 'files.missing',
      message: expect.stringContaining(join(folder, 'none')) as string,
    });
    expect(await readdir(store)).toEqual([]);
  });
});

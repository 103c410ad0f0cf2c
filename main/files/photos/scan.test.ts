import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, realpath, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { asNobody, isRoot } from '../testing/faults.ts';
import { scanPhotos } from './scan.ts';

let folder = '';
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'scan-')));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function put(...paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), path);
  }
}

const names = async (): Promise<string[]> => (await scanPhotos(folder)).photos.map((photo) => photo.relativePath);

describe('scanning a folder of photos', () => {
  it('lists photos of all folders below by path, the same on every machine', async () => {
    await put('b/2.JPG', 'a.png', 'b/10.jpeg', 'ä/x.tif', 'B/1.webp', 'b/deep/er/y.AVIF');
    expect(await names()).toEqual(['B/1.webp', 'a.png', 'b/10.jpeg', 'b/2.JPG', 'b/deep/er/y.AVIF', 'ä/x.tif']);
  });

  it('tells size, time and the folder that directly holds a photo', async () => {
    await put('train/cats/1.jpg', '2.jpg');
    await utimes(join(folder, '2.jpg'), 1_700_000_000.25, 1_700_000_000.25);
    const { photos } = await scanPhotos(folder);
    expect(photos).toEqual([
      {
        path: join(folder, '2.jpg'),
        relativePath: '2.jpg',
        bytes: 5,
        modifiedAt: 1_700_000_000_250,
        offeredClass: null,
      },
      expect.objectContaining({ relativePath: 'train/cats/1.jpg', bytes: 16, offeredClass: 'cats' }),
    ]);
  });

  it('passes over hidden and other files and counts them, and keeps pictures that cannot be decoded', async () => {
    await put('1.heic', '2.CR2', '3.bmp', 'notes.txt', 'jpg', '.jpg', '.hidden/4.jpg', 'Thumbs.db', '__MACOSX/5.jpg');
    const scan = await scanPhotos(folder);
    expect(scan.photos.map((photo) => photo.relativePath)).toEqual(['1.heic', '2.CR2', '3.bmp']);
    expect(scan).toMatchObject({ hidden: 4, others: 2, links: 0, unreadable: [] });
  });

  it.skipIf(process.platform === 'win32')('follows no links: not out of the folder, not in a circle', async () => {
    await put('in/1.jpg');
    await symlink('/', join(folder, 'in', 'out'));
    await symlink('..', join(folder, 'in', 'loop'));
    await symlink(join(folder, 'in', '1.jpg'), join(folder, 'again.jpg'));
    await symlink('nowhere', join(folder, 'dangling.jpg'));
    const scan = await scanPhotos(folder);
    expect(scan.photos.map((photo) => photo.relativePath)).toEqual(['in/1.jpg']);
    expect(scan.links).toBe(4);
  });

  it.skipIf(process.platform === 'win32')('resolves a link that names the folder itself', async () => {
    await put('in/1.jpg');
    await symlink('in', join(folder, 'link'));
    const scan = await scanPhotos(join(folder, 'link'));
    expect(scan.folder).toBe(join(folder, 'in'));
    expect(scan.photos[0]?.path).toBe(join(folder, 'in', '1.jpg'));
  });

  it.skipIf(process.platform !== 'linux')('does not wait for pipes, and names what is not UTF-8', async () => {
    execFileSync('mkfifo', [join(folder, 'pipe.jpg')]);
    await writeFile(Buffer.concat([Buffer.from(join(folder, 'caf')), Buffer.from([0xe9]), Buffer.from('.jpg')]), 'x');
    const scan = await scanPhotos(folder);
    expect(scan.photos).toEqual([]);
    expect(scan.others).toBe(1);
    expect(scan.unreadable).toEqual([
      { path: join(folder, 'caf\ufffd.jpg'), reason: expect.stringContaining('not valid UTF-8') as string },
    ]);
  });

  it.skipIf(!isRoot)('lists folders that may not be read, with the reason (as another user than root)', async () => {
    await put('open/1.jpg', 'shut/2.jpg');
    await chmod(folder, 0o755);
    await chmod(join(folder, 'shut'), 0o700);
    const scan = await asNobody(() => scanPhotos(folder));
    expect(scan.photos.map((photo) => photo.relativePath)).toEqual(['open/1.jpg']);
    expect(scan.unreadable).toEqual([{ path: join(folder, 'shut'), reason: 'permission is denied' }]);
    await expect(asNobody(() => scanPhotos(join(folder, 'shut')))).rejects.toMatchObject({
      code: 'photos.folder-unreadable',
    });
  });

  it('says when the folder is not there or is a file', async () => {
    await put('1.jpg');
    await expect(scanPhotos(join(folder, 'none'))).rejects.toMatchObject({ code: 'photos.folder-missing' });
    await expect(scanPhotos(join(folder, '1.jpg', 'x'))).rejects.toMatchObject({ code: 'photos.folder-missing' });
    await expect(scanPhotos(join(folder, '1.jpg'))).rejects.toMatchObject({ code: 'photos.not-a-folder' });
  });

  it('notices that the folder vanished or was exchanged while it was being scanned', async () => {
    await put('photos/a/1.jpg', 'photos/b/2.jpg');
    const root = join(folder, 'photos');
    let moved: Promise<void> | undefined;
    const move = (): void => void (moved ??= rename(root, join(folder, 'moved')).then(() => mkdir(root).then()));
    const scan = scanPhotos(root, { onProgress: move });
    await expect(scan).rejects.toMatchObject({ code: 'photos.folder-missing', data: { path: root } });
    await moved;
  });

  it('gives an empty list for an empty folder', async () => {
    expect(await scanPhotos(folder)).toMatchObject({ folder, photos: [], hidden: 0, others: 0 });
  });

  it('stops when it is told to', async () => {
    await put('1.jpg');
    await expect(scanPhotos(folder, { signal: AbortSignal.abort() })).rejects.toMatchObject({ kind: 'cancelled' });
  });

  it('reports how far it is', async () => {
    await put('a/1.jpg', 'b/2.jpg');
    const seen: unknown[] = [];
    await scanPhotos(folder, { onProgress: (progress) => seen.push(progress) });
    expect(seen.at(-1)).toEqual({ folders: 3, photos: 2 });
  });
});

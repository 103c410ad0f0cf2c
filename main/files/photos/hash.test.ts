import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hashFiles } from './hash.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hash-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe('hashing files', () => {
  it('gives the SHA-256 of every byte, also beyond one read', async () => {
    const bytes = Buffer.from(Uint8Array.from({ length: 2_500_000 }, (_, i) => i * 7));
    await writeFile(join(folder, 'a'), bytes);
    const [hashed] = await hashFiles([join(folder, 'a')]);
    expect(hashed?.hash).toBe(createHash('sha256').update(bytes).digest('hex'));
  });

  it('keeps the order, and goes on after a file that cannot be read', async () => {
    const paths = Array.from({ length: 20 }, (_, i) => join(folder, `${i}`));
    for (const [i, path] of paths.entries()) if (i !== 7) await writeFile(path, `file ${i}`.repeat(i));
    const seen: { files: number; bytes: number }[] = [];
    const hashed = await hashFiles([...paths, folder], { onProgress: (progress) => seen.push(progress) });
    expect(hashed.map((file) => file.path)).toEqual([...paths, folder]);
    for (const [i, file] of hashed.slice(0, 20).entries()) {
      const expected = createHash('sha256').update(`file ${i}`.repeat(i)).digest('hex');
      expect(file).toMatchObject(
        i === 7 ? { hash: null, reason: 'it or its folder does not exist' } : { hash: expected, reason: null },
      );
    }
    expect(hashed[20]).toMatchObject({ hash: null, reason: 'it is not a regular file' });
    const bytes = paths.reduce((sum, _, i) => sum + (i === 7 ? 0 : `file ${i}`.length * i), 0);
    expect(seen.at(-1)).toEqual({ files: 21, bytes });
  });

  it('stops when it is told to', async () => {
    await writeFile(join(folder, 'a'), 'x');
    const signal = AbortSignal.abort();
    await expect(hashFiles([join(folder, 'a')], { signal })).rejects.toMatchObject({ kind: 'cancelled' });
  });
});

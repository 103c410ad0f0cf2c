import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Turns } from './turns.ts';
import { WholeFiles } from './whole-files.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'dtl-whole-files-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function saved(bytes: number, value: number): string {
  const path = join(folder, `${bytes}-${value}`);
  writeFileSync(path, Buffer.alloc(bytes, value));
  return path;
}

const copied = (file: Buffer): Promise<Buffer> => Promise.resolve(Buffer.from(file));

describe('whole files', () => {
  it('hold every byte and no more, of small, large, empty and huge ones in any order', async () => {
    const files = new WholeFiles(new Turns(2));
    for (const [bytes, value] of [
      [10, 1],
      [100_000, 2],
      [3, 3],
      [0, 4],
      [9_000_000, 5],
      [65_536, 6],
      [65_537, 7],
      [8_388_608, 8],
    ] as const) {
      const file = await files.use(saved(bytes, value), copied);
      expect(file.equals(Buffer.alloc(bytes, value)), `${bytes} bytes`).toBe(true);
    }
  });

  it('use a buffer again, but never one that is still in use', async () => {
    const files = new WholeFiles(new Turns(2));
    const [one, two] = [saved(1000, 1), saved(1000, 2)];
    const memory = (path: string): Promise<ArrayBufferLike> => files.use(path, (file) => Promise.resolve(file.buffer));
    const first = await memory(one);
    expect(await memory(two)).toBe(first);
    await files.use(one, async (outer) => {
      await files.use(two, (inner) => {
        expect(inner.buffer).not.toBe(outer.buffer);
        return Promise.resolve();
      });
      expect(outer.equals(Buffer.alloc(1000, 1))).toBe(true);
    });
  });

  it.skipIf(process.platform === 'win32')('are read to their end where nothing tells how long they are', async () => {
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const reading = new WholeFiles(new Turns(2)).use(pipe, copied);
    const writer = await open(pipe, 'w');
    for (const value of [1, 2]) await writer.write(Buffer.alloc(100_000, value));
    await writer.close();
    expect((await reading).equals(Buffer.concat([Buffer.alloc(100_000, 1), Buffer.alloc(100_000, 2)]))).toBe(true);
  });

  it('give a buffer back where the work fails', async () => {
    const files = new WholeFiles(new Turns(2));
    const path = saved(1000, 1);
    let memory: ArrayBufferLike | undefined;
    const failing = files.use(path, (file) => {
      memory = file.buffer;
      return Promise.reject(new Error('the work'));
    });
    await expect(failing).rejects.toThrow('the work');
    expect(await files.use(path, (file) => Promise.resolve(file.buffer))).toBe(memory);
  });

  it('are in memory one at a time where they are large, while small ones pass', async () => {
    const files = new WholeFiles(new Turns(1));
    const large = saved(9_000_000, 1);
    const order: string[] = [];
    const first = Promise.withResolvers<undefined>();
    const isIn = Promise.withResolvers<undefined>();
    const one = files.use(large, async () => {
      order.push('first large one');
      isIn.resolve(undefined);
      await first.promise;
    });
    await isIn.promise;
    const two = files.use(large, () => Promise.resolve(order.push('second large one')));
    await files.use(saved(1000, 1), () => Promise.resolve(order.push('small one')));
    first.resolve(undefined);
    await Promise.all([one, two]);
    expect(order).toEqual(['first large one', 'small one', 'second large one']);
  });
});

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { photoHash, photoValues, STORED } from '../testing/stored-features.ts';
import { FeatureStore, readFeatureRow } from './feature-store.ts';
import type { StoredTensor } from './segment.ts';
import { Segment } from './segment.ts';

const MEGABYTE = 2 ** 20;
let folder: string;
const opened: FeatureStore[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dtl-features-'));
});
afterEach(async () => {
  for (const store of opened.splice(0)) store.close();
  await rm(folder, { recursive: true, force: true });
});

function open(limitBytes = 64 * MEGABYTE, tensors: readonly StoredTensor[] = STORED): FeatureStore {
  const store = new FeatureStore({ folder, limitBytes, tensors });
  opened.push(store);
  return store;
}

function fill(store: FeatureStore, from: number, to: number): boolean {
  for (let photo = from; photo < to; photo++) {
    if (!store.keep(photoHash(photo), photoValues(photo), to - photo)) return false;
  }
  return true;
}

async function read(store: FeatureStore, photo: number, count = STORED.length): Promise<Uint8Array[] | null> {
  const row = store.row(photoHash(photo), count);
  if (row === null) return null;
  const views = STORED.slice(0, count).map(({ bytes }) => new Uint8Array(bytes));
  await readFeatureRow(row, views);
  return views;
}

async function files(): Promise<{ path: string; bytes: number }[]> {
  const names = (await readdir(folder)).sort();
  return Promise.all(
    names.map(async (name) => ({ path: join(folder, name), bytes: (await stat(join(folder, name))).size })),
  );
}

async function usedBytes(): Promise<number> {
  return (await files()).reduce((sum, { bytes }) => sum + bytes, 0);
}

describe('the feature cache', () => {
  it('gives back what was kept, to its own process and to the next', async () => {
    const writer = open();
    expect(writer.has(photoHash(1))).toBe(false);
    expect(fill(writer, 0, 20)).toBe(true);
    for (const store of [writer, open()]) {
      for (const photo of [0, 7, 19]) {
        expect(store.has(photoHash(photo))).toBe(true);
        expect(await read(store, photo)).toEqual(photoValues(photo));
        expect(await read(store, photo, 2)).toEqual(photoValues(photo).slice(0, 2));
      }
      expect(store.row(photoHash(20), 1)).toBeNull();
    }
  });

  it('reads what another process is just adding, and both add at once', async () => {
    const [one, other] = [open(), open()];
    fill(one, 0, 10);
    fill(other, 5, 15);
    const reader = open();
    for (let photo = 0; photo < 15; photo++) {
      expect(reader.has(photoHash(photo))).toBe(true);
      expect(await read(reader, photo)).toEqual(photoValues(photo));
    }
  });

  it('keeps only the tensors that are missing, and puts a photo together from several files', async () => {
    const [first, second, third] = STORED;
    const part = open(64 * MEGABYTE, [second!]);
    for (let photo = 0; photo < 4; photo++) part.keep(photoHash(photo), [photoValues(photo)[1]!], 4);
    part.close();
    const before = await usedBytes();
    const whole = open();
    expect(whole.has(photoHash(0))).toBe(false);
    fill(whole, 0, 4);
    whole.close();
    expect((await usedBytes()) - before).toBeLessThan(4 * (first!.bytes + third!.bytes + 256) + 1024);
    const reader = open();
    for (let photo = 0; photo < 4; photo++) expect(await read(reader, photo)).toEqual(photoValues(photo));
  });

  it('stays within its bound and gives up first what was not used for longest', async () => {
    const limit = 5.7e6;
    for (let run = 0; run < 3; run++) {
      const store = open(limit);
      fill(store, 1000 * run, 1000 * run + 300);
      store.close();
      await utimes((await files()).at(-1)!.path, 1000 + run, 1000 + run);
    }
    // The oldest was used again meanwhile.
    const user = open(limit);
    user.touch([photoHash(5)]);
    user.close();
    const store = open(limit);
    expect(fill(store, 3000, 3300)).toBe(true);
    expect(await usedBytes()).toBeLessThanOrEqual(limit);
    store.close();
    const kept = open(limit);
    const has = [5, 1005, 2005, 3005].map((photo) => kept.has(photoHash(photo)));
    expect(has).toEqual([true, false, true, true]);
  });

  it('never gives up what its own process needs: without room it keeps nothing more and says so', async () => {
    const store = open(MEGABYTE);
    expect(fill(store, 0, 250)).toBe(false);
    expect(await usedBytes()).toBeLessThanOrEqual(MEGABYTE);
    const kept = Array.from({ length: 250 }, (_, photo) => photo).filter((photo) => store.has(photoHash(photo)));
    expect(kept.length).toBeGreaterThan(150);
    expect(await read(store, kept.at(-1)!)).toEqual(photoValues(kept.at(-1)!));
    expect(open(0).keep(photoHash(5000), photoValues(5000), 1)).toBe(false);
  });

  it('goes on reading files that another process gave up, or that a person cleared', async () => {
    const reader = open();
    fill(reader, 0, 10);
    for (const { path } of await files()) await rm(path);
    expect(await read(reader, 3)).toEqual(photoValues(3));
    expect(open().has(photoHash(3))).toBe(false);
  });

  it('passes over files of another kind', async () => {
    await writeFile(join(folder, 'x.features'), 'something else');
    await writeFile(join(folder, 'empty.features'), '');
    await mkdir(join(folder, 'folder.features'));
    const store = open();
    fill(store, 0, 3);
    expect(await read(open(), 2)).toEqual(photoValues(2));
  });

  it('computes a damaged entry again and keeps the others', async () => {
    const writer = open();
    fill(writer, 0, 3);
    writer.close();
    const path = (await files())[0]!.path;
    const bytes = await readFile(path);
    const at = bytes.indexOf(photoValues(1)[1]!.subarray(100, 200));
    bytes[at]! ^= 1;
    await writeFile(path, bytes);
    const store = open();
    expect([0, 1, 2].map((photo) => store.has(photoHash(photo)))).toEqual([true, false, true]);
    store.keep(photoHash(1), photoValues(1), 1);
    expect(store.has(photoHash(1))).toBe(true);
    expect(await read(store, 1)).toEqual(photoValues(1));
  });

  it('takes the copy that was computed again, and the older one where that is damaged in turn', async () => {
    const damage = async (path: string): Promise<void> => {
      const bytes = await readFile(path);
      bytes[bytes.indexOf(photoValues(1)[1]!.subarray(100, 200))]! ^= 1;
      await writeFile(path, bytes);
    };
    const compute = (): boolean => {
      const store = open();
      const had = store.has(photoHash(1));
      if (!had) fill(store, 1, 2);
      store.close();
      return had;
    };
    expect(compute()).toBe(false);
    const [first] = await files();
    const sound = await readFile(first!.path);
    await damage(first!.path);
    expect([compute(), compute(), compute()]).toEqual([false, true, true]);
    expect(await files()).toHaveLength(2);
    await writeFile(first!.path, sound);
    await damage((await files()).find(({ path }) => path !== first!.path)!.path);
    const store = open();
    expect(store.has(photoHash(1))).toBe(true);
    expect(await read(store, 1)).toEqual(photoValues(1));
  });

  it('leaves a run that goes on after a kill the room that the bound has', async () => {
    const limit = Segment.size(STORED, 120) + 16 * 1024;
    const killed = open(limit);
    for (let photo = 0; photo < 20; photo++) killed.keep(photoHash(photo), photoValues(photo), 120 - photo);
    // What was not closed is what a kill leaves.
    const next = open(limit);
    for (let photo = 0; photo < 120; photo++) {
      expect(next.has(photoHash(photo))).toBe(photo < 20);
      expect(next.keep(photoHash(photo), photoValues(photo), 120 - photo)).toBe(true);
    }
    expect(await usedBytes()).toBeLessThanOrEqual(limit);
  });

  it('gives up files that serve nobody here before those that hold a part of what is asked for', async () => {
    const limit = Segment.size(STORED, 200);
    const part = open(limit, STORED.slice(0, 1));
    for (let photo = 0; photo < 50; photo++) part.keep(photoHash(photo), photoValues(photo).slice(0, 1), 50 - photo);
    part.close();
    const [shared] = await files();
    await utimes(shared!.path, 1000, 1000);
    const other = open(limit);
    fill(other, 1000, 1120);
    other.close();
    const store = open(limit);
    for (let photo = 0; photo < 50; photo++) expect(store.has(photoHash(photo))).toBe(false);
    expect(fill(store, 0, 140)).toBe(true);
    expect((await files()).map(({ path }) => path)).toContain(shared!.path);
    expect(open(limit).has(photoHash(1000))).toBe(false);
  });

  it('never takes damaged bytes for features, wherever a file is changed or cut off', async () => {
    const writer = open();
    fill(writer, 0, 3);
    writer.close();
    const { path, bytes: size } = (await files())[0]!;
    const sound = await readFile(path);
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          flips: fc.array(fc.tuple(fc.nat(size - 1), fc.integer({ min: 1, max: 255 })), { maxLength: 4 }),
          length: fc.option(fc.nat(size), { nil: size }),
        }),
        async ({ flips, length }) => {
          const bytes = Buffer.from(sound);
          for (const [at, change] of flips) bytes[at]! ^= change;
          await writeFile(path, bytes);
          await truncate(path, length);
          const store = new FeatureStore({ folder, limitBytes: MEGABYTE, tensors: STORED });
          try {
            for (const photo of [0, 1, 2]) {
              if (store.has(photoHash(photo))) expect(await read(store, photo)).toEqual(photoValues(photo));
            }
          } finally {
            store.close();
          }
        },
      ),
      { numRuns: 100 },
    );
  });

  it('has everything that was kept before its process was killed at any moment, also two at once', async () => {
    const script = fileURLToPath(new URL('../testing/fill-features.ts', import.meta.url));
    for (const delay of [0, 10]) {
      const kept = new Set<number>();
      const children = [0, 100_000].map((first) =>
        spawn(process.execPath, [script, folder, String(64 * MEGABYTE), String(first)], {
          stdio: ['ignore', 'pipe', 'inherit'],
        }),
      );
      const ends = children.map((child) => once(child, 'close'));
      for (const child of children) {
        const lines = createInterface({ input: child.stdout });
        lines.on('line', (line) => kept.add(Number(line)));
      }
      await Promise.all(children.map((child) => once(child.stdout, 'data')));
      await new Promise((resolve) => setTimeout(resolve, delay));
      for (const child of children) child.kill('SIGKILL');
      await Promise.all(ends);
      const store = open();
      // The last line of each may be cut off.
      kept.delete(Math.max(...kept));
      kept.delete(Math.max(...[...kept].filter((photo) => photo < 100_000)));
      expect(kept.size).toBeGreaterThan(0);
      for (const photo of kept) {
        expect(store.has(photoHash(photo))).toBe(true);
        expect(await read(store, photo)).toEqual(photoValues(photo));
      }
      store.keep(photoHash(3), photoValues(3), 1);
      expect(await read(store, 3)).toEqual(photoValues(3));
      store.close();
      await rm(folder, { recursive: true, force: true });
      await mkdir(folder);
    }
  });
});

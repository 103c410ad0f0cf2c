import { expect, it } from 'vitest';
import { SliceCache } from './slice-cache.ts';

function numbers(reads: [number, number][] = []) {
  return new SliceCache<number>(10, (from, to) => {
    reads.push([from, to]);
    return Promise.resolve(Array.from({ length: to - from }, (_, i) => from + i));
  });
}

it('reads the slices that a range touches, each once', async () => {
  const reads: [number, number][] = [];
  const cache = numbers(reads);
  expect(cache.at(12)).toBeNull();
  expect(await cache.load(8, 21)).toBe(true);
  expect(reads).toEqual([
    [0, 10],
    [10, 20],
    [20, 30],
  ]);
  expect([cache.at(0), cache.at(12), cache.at(29), cache.at(30)]).toEqual([0, 12, 29, null]);
  expect(await cache.load(0, 30)).toBe(false);
  expect(reads).toHaveLength(3);
});

it('begins with rows that came by another way, however many slices they fill', async () => {
  const reads: [number, number][] = [];
  const cache = numbers(reads);
  cache.begin(Array.from({ length: 20 }, (_, i) => 100 + i));
  expect([cache.at(0), cache.at(19), cache.at(20)]).toEqual([100, 119, null]);
  expect(await cache.load(0, 30)).toBe(true);
  expect(reads).toEqual([[20, 30]]);
});

it('drops what was asked for before it was cleared', async () => {
  const cache = numbers();
  const old = cache.load(0, 10);
  cache.clear();
  expect(await old).toBe(false);
  expect(cache.at(0)).toBeNull();
});

it('asks again for what could not be read', async () => {
  let broken = true;
  const cache = new SliceCache<string>(5, () => (broken ? Promise.reject(new Error('gone')) : Promise.resolve(['a'])));
  await expect(cache.load(0, 5)).rejects.toThrow('gone');
  broken = false;
  await cache.load(0, 5);
  expect(cache.at(0)).toBe('a');
});

it('reads again what is in sight, keeps it meanwhile, and lets go of the rest', async () => {
  let generation = 1;
  const reads: number[] = [];
  const cache = new SliceCache<string>(2, (from) => {
    reads.push(from);
    return Promise.resolve([`${generation}:${from}`, `${generation}:${from + 1}`]);
  });
  await cache.load(0, 6);
  generation = 2;
  const again = cache.refresh(2, 4);
  expect(cache.at(3)).toBe('1:3');
  expect(await again).toBe(true);
  expect(cache.at(3)).toBe('2:3');
  expect(cache.at(0)).toBeNull();
  expect(reads).toEqual([0, 2, 4, 2]);
});

it('keeps what was looked at last, however far the list is read', async () => {
  const reads: [number, number][] = [];
  const cache = numbers(reads);
  await cache.load(0, 10);
  for (let slice = 1; slice < 300; slice++) {
    await cache.load(10 * slice, 10 * slice + 10);
    await cache.load(0, 10);
  }
  expect([cache.at(0), cache.at(15), cache.at(2995)]).toEqual([0, null, 2995]);
  expect([...cache.known()]).toHaveLength(2000);
  expect(reads).toHaveLength(300);
});

it('shows changed rows until they are read again', async () => {
  const cache = numbers();
  await cache.load(0, 10);
  cache.change((one) => (one === 3 ? 333 : one));
  expect([cache.at(3), cache.at(4)]).toEqual([333, 4]);
  await cache.refresh(0, 10);
  expect(cache.at(3)).toBe(3);
});

it('does not read the first slice that it was given', async () => {
  const reads: [number, number][] = [];
  const cache = numbers(reads);
  cache.begin([100, 101]);
  expect(await cache.load(0, 10)).toBe(false);
  expect(cache.at(1)).toBe(101);
  expect(reads).toEqual([]);
});

import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { PlacedPhoto } from './torn-sets.ts';
import { tornSets } from './torn-sets.ts';

const photo = (subset: PlacedPhoto['subset'], cluster: number, group: string | null = null): PlacedPhoto => ({
  subset,
  cluster,
  group,
});

it('counts sets that lie in several subsets, and one that hangs together by clusters and groups once', () => {
  expect(tornSets([])).toBe(0);
  expect(tornSets([photo('train', 0), photo('test', 1), photo('train', 0, 'a'), photo('train', 2, 'a')])).toBe(0);
  expect(tornSets([photo('train', 0), photo('test', 0)])).toBe(1);
  expect(tornSets([photo('train', 0, 'a'), photo('test', 1, 'a'), photo('validation', 2, 'a')])).toBe(1);
  expect(tornSets([photo('train', 0, 'a'), photo('test', 1, 'a'), photo('test', 1), photo('train', 2, 'b')])).toBe(1);
  expect(tornSets([photo('train', 0, 'a'), photo('test', 1, 'a'), photo('test', 2, 'b'), photo('train', 3, 'b')])).toBe(
    2,
  );
  // A group that is called as a cluster is numbered is another set.
  expect(tornSets([photo('train', 1), photo('test', 2, '1'), photo('test', 3, '4'), photo('train', 4)])).toBe(0);
});

it('counts what a search along all ties counts', () => {
  const placed = fc.record({
    subset: fc.constantFrom<PlacedPhoto['subset']>('train', 'validation', 'test'),
    cluster: fc.nat(8),
    group: fc.option(fc.constantFrom('a', 'b', 'c', 'd')),
  });
  fc.assert(
    fc.property(fc.array(placed, { maxLength: 14 }), (photos) => {
      const left = new Set(photos);
      let torn = 0;
      for (const start of photos) {
        if (!left.delete(start)) continue;
        const set = [start];
        for (const one of set) {
          for (const other of left) {
            const tied = other.cluster === one.cluster || (other.group !== null && other.group === one.group);
            if (tied && left.delete(other)) set.push(other);
          }
        }
        if (new Set(set.map(({ subset }) => subset)).size > 1) torn++;
      }
      expect(tornSets(photos)).toBe(torn);
    }),
  );
});

/** The short form of fuzzing: every seed and every finding, and small changes of them that are the same each time. */
import { readFileSync, readdirSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TargetName } from './targets.ts';
import { targets } from './targets.ts';

const names = Object.keys(targets) as readonly TargetName[];

function filesOf(folder: 'corpus' | 'findings', name: string): readonly (readonly [string, Buffer])[] {
  const place = new URL(`${folder}/${name}/`, import.meta.url);
  try {
    return readdirSync(place).map((file) => [file, readFileSync(new URL(file, place))]);
  } catch (error) {
    if (folder === 'findings' && error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}

const LARGEST = 1 << 14;

type Mutation = (bytes: Buffer) => Buffer;

const place = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const at = (bytes: Buffer, share: number): number => Math.floor(share * (bytes.length + 1));
const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.tuple(place, fc.nat(255)).map(([where, value]): Mutation => (bytes) => {
    const changed = Buffer.from(bytes);
    if (changed.length > 0) changed[Math.min(at(bytes, where), changed.length - 1)] = value;
    return changed;
  }),
  place.map(
    (where): Mutation =>
      (bytes) =>
        bytes.subarray(0, at(bytes, where)),
  ),
  fc.tuple(place, place).map(
    ([from, to]): Mutation =>
      (bytes) =>
        Buffer.concat([
          bytes.subarray(0, at(bytes, Math.min(from, to))),
          bytes.subarray(at(bytes, Math.max(from, to))),
        ]),
  ),
  fc
    .tuple(
      place,
      fc.constantFrom(
        '9'.repeat(20),
        '-1',
        '1e999',
        'null',
        '"__proto__"',
        '[',
        '{',
        '"',
        '\\',
        ',',
        '\0\0\0\0',
        '\xff\xff\xff\xff',
      ),
    )
    .map(
      ([where, text]): Mutation =>
        (bytes) =>
          Buffer.concat([
            bytes.subarray(0, at(bytes, where)),
            Buffer.from(text, 'latin1'),
            bytes.subarray(at(bytes, where)),
          ]),
    ),
  fc.tuple(place, fc.integer({ min: 2, max: 64 })).map(
    ([where, times]): Mutation =>
      (bytes) =>
        Buffer.concat([bytes, ...Array.from({ length: times }, () => bytes.subarray(at(bytes, where)))]),
  ),
);

describe.each(names)('the reader of %s', (name) => {
  const target = targets[name];
  const seeds = filesOf('corpus', name);

  it('takes or refuses every file that ever broke it', async () => {
    for (const [file, bytes] of [...seeds, ...filesOf('findings', name)]) {
      await expect(Promise.resolve(bytes).then(target), file).resolves.toBeUndefined();
    }
  });

  it('takes or refuses what became of good files', async () => {
    expect(seeds.length).toBeGreaterThan(1);
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...seeds),
        fc.array(mutation, { minLength: 1, maxLength: 6 }),
        async ([, bytes], mutations) => {
          await target(mutations.reduce((changed, change) => change(changed).subarray(0, LARGEST), bytes));
        },
      ),
      { numRuns: 300, seed: 6 },
    );
  });
});

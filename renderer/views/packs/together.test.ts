import { describe, expect, it } from 'vitest';
import type { PackView } from '#app/contract/packs.ts';
import { backboneIdentity, packId } from '#app/domain/id-of.ts';
import { chosenTogether, togetherWords, whyNotJoin } from './together.ts';

function pack(id: number, changes: Partial<PackView> = {}): PackView {
  return {
    id: packId(id),
    name: `pack ${id}`,
    bytes: 1,
    sha256: 'ab'.repeat(32),
    state: 'verified',
    backbone: backboneIdentity('ab'.repeat(32)),
    backboneName: 'ViT-S/16',
    backboneThere: true,
    run: null,
    runName: null,
    projectName: null,
    classNames: ['oak', 'rust'],
    method: 'DTL+',
    createdAt: 0,
    ...changes,
  };
}

const other = pack(3, { backbone: backboneIdentity('cd'.repeat(32)), backboneName: 'Swin-T' });
const waiting = pack(4, { state: 'not-verified', backboneThere: false });
const ids = (...numbers: number[]) => new Set(numbers.map((one) => packId(one)));

describe('packs that are chosen to be applied together', () => {
  it('stay those of the first one’s backbone that can be used', () => {
    const all = [pack(1), pack(2), other, waiting];
    expect(chosenTogether(all, ids(2, 1, 3, 4)).map(({ id }) => id)).toEqual([1, 2]);
    expect(chosenTogether([other, pack(2)], ids(3, 2))).toEqual([other]);
    expect(chosenTogether(all, ids(9))).toEqual([]);
  });

  it('are not joined by one of another backbone, which is named, or one that cannot be used', () => {
    expect(whyNotJoin(pack(2), [pack(1)])).toBeNull();
    expect(whyNotJoin(other, [])).toBeNull();
    expect(whyNotJoin(other, [pack(1)])).toBe('on another backbone: Swin-T');
    expect(whyNotJoin(waiting, [])).toBe('waits for its backbone');
  });

  it('are eight at most, and each can be taken out again', () => {
    const eight = Array.from({ length: 8 }, (_, at) => pack(at + 10));
    expect(whyNotJoin(pack(1), eight)).toBe('8 packs are chosen, and no more go together');
    expect(eight.map((one) => whyNotJoin(one, eight))).toEqual(eight.map(() => null));
  });

  it('are told in words, with what comes next', () => {
    expect(togetherWords([pack(1)])).toBe(
      '"pack 1" is chosen. Choose more packs on ViT-S/16 to see side by side what they say.',
    );
    expect(togetherWords([pack(1), pack(2)])).toBe('2 packs on ViT-S/16. Apply them together to');
    expect(togetherWords([])).toBe('');
  });
});

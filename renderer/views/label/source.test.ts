import { describe, expect, it } from 'vitest';
import type { LocationQuery } from 'vue-router';
import { packId, photoId } from '#app/domain/id-of.ts';
import { photoOf, queryOf, sameSource, sourceOf, viewOf } from './source.ts';

const unlabelled = { from: 'unlabelled', pack: null, photos: [] } as const;

describe('what is labelled through', () => {
  it('is all photos without a label where the address says nothing', () => {
    expect(sourceOf({})).toEqual(unlabelled);
    expect(viewOf(sourceOf({}), null)).toMatchObject({ filter: { classes: [null], excluded: false } });
  });

  it('survives a reload with the photo one was at', () => {
    const selection = { from: 'selection', pack: null, photos: [3, 4, 5, 9].map((n) => photoId(n)) } as const;
    const query = queryOf(selection, photoId(4));
    expect(query).toEqual({ from: 'selection', photos: '3,3,9,1', photo: '4' });
    expect(sourceOf(query)).toEqual(selection);
    expect(photoOf(query)).toBe(4);
  });

  it('takes nonsense in an address for the usual choice', () => {
    const queries: readonly LocationQuery[] = [
      { from: 'somewhere', pack: '-1', photo: '0' },
      { from: 'selection', photos: 'all' },
      { from: 'selection', photos: '1,9999999,5,9999999' },
      { from: 'selection' },
    ];
    for (const query of queries) {
      expect(sourceOf(query)).toEqual(unlabelled);
    }
    expect(photoOf({ photo: '1e3' })).toBeNull();
  });

  it('asks for a pack before it orders photos by what one says', () => {
    expect(viewOf({ from: 'uncertain', pack: null, photos: [] }, null)).toBeNull();
    expect(viewOf({ from: 'uncertain', pack: null, photos: [] }, packId(2))).toEqual({
      filter: { pack: 2, classes: [null], excluded: false },
      sort: 'uncertainty',
    });
  });

  it('is the same wherever one is in it', () => {
    const at = (photo: string) => sourceOf({ from: 'flagged', photo });
    expect(sameSource(at('1'), at('2'))).toBe(true);
    expect(sameSource(at('1'), unlabelled)).toBe(false);
  });
});

import { describe, expect, it } from 'vitest';
import { contentHash, photoId, projectId } from '../domain/id-of.ts';
import type { ContentHash } from '../domain/ids.ts';
import type { Photo } from '../domain/photo.ts';
import type { ChangedFile, HashedFile } from './plan-moves.ts';
import { planMoves } from './plan-moves.ts';

const hash = (letter: string): ContentHash => contentHash(letter.repeat(64));

function known(id: number, path: string, content: string): Photo {
  return {
    id: photoId(id),
    projectId: projectId(1),
    path,
    contentHash: hash(content),
    bytes: 1,
    modifiedAt: 0,
    facts: null,
    reason: 'a test',
    offeredClass: null,
    state: 'ok',
    classId: null,
    group: null,
    addedAt: 0,
    flagged: false,
    excluded: false,
  };
}

function file(own: Photo, content: string): ChangedFile {
  const found = { path: own.path, relativePath: own.path, bytes: 2, modifiedAt: 1, offeredClass: null };
  return { found, hash: hash(content), own };
}

function plan(files: readonly ChangedFile[], lost: readonly Photo[] = [], arrivals: readonly HashedFile[] = []) {
  const present = new Set([...files, ...arrivals].map(({ found }) => found.path));
  const result = planMoves(files, arrivals, present, (wanted) => lost.filter(({ contentHash: own }) => own === wanted));
  return {
    moves: result.moves.map(({ photo, to }) => `${photo.path} -> ${to.found.path}`).sort(),
    displaced: result.displaced.map(({ photo, path }) => `${photo.path} -> ${path}`),
    same: result.same.map(({ found }) => found.path),
    changed: result.changed.map(({ found }) => found.path),
    fresh: result.fresh.map(({ path }) => path),
  };
}

const nothing = { moves: [], displaced: [], same: [], changed: [], fresh: [] };
const [a, b, c] = [known(1, 'a', '1'), known(2, 'b', '2'), known(3, 'c', '3')];

describe('planMoves', () => {
  it('knows a touched file from one that was edited in place', () => {
    expect(plan([file(a, '1'), file(b, 'e')])).toEqual({ ...nothing, same: ['a'], changed: ['b'] });
  });

  it('follows two files that exchanged their names, and three in a ring', () => {
    expect(plan([file(a, '2'), file(b, '1')])).toEqual({ ...nothing, moves: ['a -> b', 'b -> a'] });
    expect(plan([file(a, '2'), file(b, '3'), file(c, '1')]).moves).toEqual(['a -> c', 'b -> a', 'c -> b']);
  });

  it('gives the freed path to a photo whose file was overwritten by another', () => {
    // b was renamed to a; nothing has the content of a any more.
    expect(plan([file(a, '2')], [b])).toEqual({ ...nothing, moves: ['b -> a'], displaced: ['a -> b'] });
  });

  it('takes unknown content at a path that its photo has left for a new photo', () => {
    // a was renamed to new, and a stranger took its name.
    const arrival = { ...file(known(99, 'new', '1'), '1') };
    expect(plan([file(a, 'e')], [], [arrival])).toEqual({ ...nothing, moves: ['a -> new'], fresh: ['a'] });
    // a went over b, b to new, and a stranger took the name of a.
    const next = { ...file(known(99, 'new', '2'), '2') };
    expect(plan([file(a, 'e'), file(b, '1')], [], [next])).toEqual({
      ...nothing,
      moves: ['a -> b', 'b -> new'],
      fresh: ['a'],
    });
  });

  it('keeps photos where they are when a move would leave one without any path', () => {
    // a was copied over b and then edited: the content of b is nowhere, and the name of a is in use.
    expect(plan([file(a, 'e'), file(b, '1')])).toEqual({ ...nothing, changed: ['a', 'b'] });
  });

  it('lets one photo serve one path only, where its file was copied over two others', () => {
    const lost = known(9, 'gone', '9');
    const result = plan([file(a, '9'), file(b, '9')], [lost]);
    expect(result.moves).toEqual(['gone -> a']);
    expect(result.displaced).toEqual(['a -> gone']);
    expect(result.changed).toEqual(['b']);
  });
});

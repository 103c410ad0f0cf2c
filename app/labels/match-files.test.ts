import { describe, expect, it } from 'vitest';
import type { Photo } from '../domain/photo.ts';
import { fileMatcher, relativeName } from './match-files.ts';

const photos = ['/d/photos/cat/1.jpg', '/d/photos/dog/1.jpg', '/d/photos/dog/2.jpg', 'C:\\pics\\über.png'].map(
  (path, at) => ({ id: at, path }) as unknown as Photo,
);
const match = fileMatcher(photos, { own: '/d/tables', imported: ['/d/photos'] });
const found = (name: string): string => {
  const result = match(name);
  return result.kind === 'found' ? result.photo.path : result.kind;
};

describe('fileMatcher', () => {
  it('finds full paths, paths below an imported folder, and unambiguous endings', () => {
    expect(found('/d/photos/cat/1.jpg')).toBe('/d/photos/cat/1.jpg');
    expect(found('cat/1.jpg')).toBe('/d/photos/cat/1.jpg');
    expect(found('./dog/../cat/1.jpg')).toBe('/d/photos/cat/1.jpg');
    expect(found('../photos/dog/2.jpg')).toBe('/d/photos/dog/2.jpg');
    expect(found('2.jpg')).toBe('/d/photos/dog/2.jpg');
    expect(found('photos/dog/2.jpg')).toBe('/d/photos/dog/2.jpg');
  });

  it('reads both kinds of slashes and both spellings of an umlaut', () => {
    expect(found('dog\\2.jpg')).toBe('/d/photos/dog/2.jpg');
    expect(found('u\u0308ber.png')).toBe('C:\\pics\\über.png');
  });

  it('says when a name fits several photos or none', () => {
    expect(found('1.jpg')).toBe('ambiguous');
    expect(found('3.jpg')).toBe('unknown');
    // An ending is whole names, not a piece of one.
    expect(found('og/2.jpg')).toBe('unknown');
    expect(found('')).toBe('unknown');
  });
});

describe('fileMatcher, where several folders have a photo of the name', () => {
  const twins = ['/a/1.jpg', '/b/1.jpg', '/b/a/1.jpg', '/b/n\u00e9.jpg', '/b/ne\u0301.jpg'].map(
    (path, at) => ({ id: at, path }) as unknown as Photo,
  );
  const from = (own: string, imported: readonly string[], name: string): string => {
    const result = fileMatcher(twins, { own, imported })(name);
    return result.kind === 'found' ? result.photo.path : result.kind;
  };

  it('takes none of them, whatever the order of the imported folders', () => {
    expect(from('/tables', ['/a', '/b'], '1.jpg')).toBe('ambiguous');
    expect(from('/tables', ['/b', '/a'], '1.jpg')).toBe('ambiguous');
  });

  it('takes the one beside the table, the only one in an imported folder, and one that is written in full', () => {
    expect(from('/b', ['/a', '/b'], '1.jpg')).toBe('/b/1.jpg');
    expect(from('/tables', ['/a'], '1.jpg')).toBe('/a/1.jpg');
    expect(from('/tables', ['/a', '/a/'], '1.jpg')).toBe('/a/1.jpg');
    expect(from('/tables', ['/a', '/b'], '/b/1.jpg')).toBe('/b/1.jpg');
    // No full path without its slash.
    expect(from('/tables', ['/a', '/b'], 'a/1.jpg')).toBe('/b/a/1.jpg');
  });

  it('tells apart names that differ only in their Unicode form, where they are written as they are', () => {
    expect(from('/tables', ['/a', '/b'], '/b/ne\u0301.jpg')).toBe('/b/ne\u0301.jpg');
    expect(from('/tables', ['/a', '/b'], '/b/n\u00e9.jpg')).toBe('/b/n\u00e9.jpg');
  });
});

describe('relativeName', () => {
  it('is below the innermost imported folder, with forward slashes', () => {
    expect(relativeName('/d/photos/cat/1.jpg', ['/d', '/d/photos'])).toBe('cat/1.jpg');
    expect(relativeName('C:\\pics\\a\\b.png', ['C:\\pics'])).toBe('a/b.png');
    expect(relativeName('/d/photos2/1.jpg', ['/d/photos'])).toBe('/d/photos2/1.jpg');
  });
});

import { describe, expect, it } from 'vitest';
import { ownUrls } from './own-urls.ts';

const { transform } = ownUrls('/repository', 'dist/main');

/** What `new URL(path, import.meta.url)`, written in `id`, gives once it is bundled into dist/main/core.js. */
function bundled(path: string, id: string): string {
  const rewritten = transform(`new URL('${path}', import.meta.url)`, id) ?? '';
  const [, source = ''] = /^new URL\('[^']+', new URL\("([^"]+)", import\.meta\.url\)\.href\)$/.exec(rewritten) ?? [];
  return new URL(path, new URL(source, 'file:///repository/dist/main/core.js')).href;
}

describe('a bundled module', () => {
  it('finds what lies beside its source', () => {
    expect(bundled('../../migrations/', '/repository/main/db/migrations.ts')).toBe('file:///repository/migrations/');
    expect(bundled('./x.bin', '/repository/native-models/a/b/c.ts?v=1')).toBe(
      'file:///repository/native-models/a/b/x.bin',
    );
  });

  it.each(['/repository/node_modules/main/a.js', '/elsewhere/main/a.ts', '/repository/renderer/main.ts'])(
    'that is not of the program (%s) is left as it is',
    (id) => {
      expect(transform('import.meta.url', id)).toBeNull();
    },
  );

  it('that asks for nothing is left as it is', () => {
    expect(transform('export {};', '/repository/main/db/store.ts')).toBeNull();
  });
});

/** What a person or a file says reaches SQLite as a parameter, never as a part of a statement. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { newPhoto } from './testing/samples.ts';
import { temporaryStore } from './testing/temporary-store.ts';

const folder = fileURLToPath(new URL('.', import.meta.url));
const SQL =
  /\b(SELECT|INSERT INTO|UPDATE|DELETE FROM|CREATE|DROP|PRAGMA|VACUUM|FROM|WHERE|ORDER BY|IS NULL|ATTACH)\b| [=<>] \?|_(id|version) = /;

/**
 * What statements are put together from, file by file: fixed words of the program (`PAIR` and versions are its own numbers).
 * Whoever adds to this list says by it that no value from outside can be in there.
 */
const FIXED: readonly string[] = [
  'library.ts: BROWSED',
  'library.ts: among',
  'library.ts: name',
  'library.ts: where',
  'migrations.ts: applicationId',
  'migrations.ts: migration.version',
  'pack-words.ts: PAIR',
  'pack-words.ts: SAID',
  'pack-words.ts: where',
  'photo-rows.ts: classColumn',
  "photos.ts: fileColumns.join(', ')",
  "photos.ts: fileColumns.map((column) => `${column} = ?`).join(', ')",
  "photos.ts: fileColumns.map(() => '?').join(', ')",
  'photos.ts: column',
  'photos.ts: where',
  'run-board.ts: OVERVIEW',
];

it('statements are put together from fixed words of the program alone', () => {
  const found = readdirSync(folder)
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .flatMap((name) =>
      templatesIn(readFileSync(join(folder, name), 'utf8'))
        .filter(({ text }) => SQL.test(text))
        .flatMap(({ parts }) => parts.map((part) => `${name}: ${part}`)),
    );
  expect([...new Set(found)].sort()).toEqual([...FIXED].sort());
  // Nor by adding texts up: no statement ends where a value would be pasted on.
  for (const name of readdirSync(folder).filter((one) => one.endsWith('.ts') && !one.endsWith('.test.ts'))) {
    expect(readFileSync(join(folder, name), 'utf8'), name).not.toMatch(/\b(prepare|exec|pragma)\([^`'"]*['"`]\s*\+/);
  }
});

it('finds what a name would be pasted into', () => {
  expect(templatesIn('db.prepare(`SELECT * FROM t WHERE name = ${name}`)')).toMatchObject([{ parts: ['name'] }]);
  expect(templatesIn('`a ${x.map((y) => `${y} = ?`).join()} WHERE b`')).toMatchObject([
    { parts: ['x.map((y) => `${y} = ?`).join()'] },
    { parts: ['y'], text: ' = ?' },
  ]);
});

it('names that are statements are names', () => {
  const { store } = temporaryStore();
  const hostile = `x'); DROP TABLE photos; --"`;
  const project = store.projects.create(hostile).id;
  const photos = store.photos.add(project, [newPhoto(1, { path: `/${hostile}/1.jpg`, offeredClass: hostile })]);
  const [known] = store.classes.add(project, [{ name: hostile, color: '#aa7700', key: null }]);
  store.labels.set(project, [{ photoId: photos[0]!, classId: known!.id }], { actor: hostile, source: 'manual' });
  expect(store.projects.list()[0]).toMatchObject({ name: hostile });
  expect([...store.library.browse(project, { text: hostile })]).toEqual([]);
  expect([...store.library.browse(project, { text: '1.jpg' })]).toEqual(photos);
  expect(store.classes.list(project)[0]).toMatchObject({ name: hostile });
});

interface Template {
  /** Without what is put in. */
  readonly text: string;
  readonly parts: readonly string[];
}

/** Template literals of a source text that have something put in, and those inside what is put in. */
function templatesIn(source: string): readonly Template[] {
  const found: Template[] = [];
  const read = (from: number): number => {
    const parts: string[] = [];
    let text = '';
    let at = from;
    const place = found.length;
    while (at < source.length && source[at] !== '`') {
      if (source[at] === '\\') at++;
      else if (source.startsWith('${', at)) {
        const begin = at + 2;
        at = begin;
        for (let depth = 1; depth > 0; at++) {
          if (source[at] === '`') at = read(at + 1) - 1;
          else if (source[at] === '{') depth++;
          else if (source[at] === '}') depth--;
        }
        parts.push(source.slice(begin, at - 1));
        continue;
      }
      text += source[at++] ?? '';
    }
    if (parts.length > 0) found.splice(place, 0, { text, parts });
    return at + 1;
  };
  for (let at = 0; at < source.length; at++) {
    if (source.startsWith('//', at)) at = source.indexOf('\n', at);
    else if (source.startsWith('/*', at)) at = source.indexOf('*/', at);
    else if (source[at] === "'") at = source.indexOf("'", at + 1);
    else if (source[at] === '`') at = read(at + 1) - 1;
    if (at < 0) break;
  }
  return found;
}

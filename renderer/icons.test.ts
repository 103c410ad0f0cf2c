import lucide from '@iconify-json/lucide/icons.json';
import { expect, it } from 'vitest';

const sources = import.meta.glob<string>('./**/*.{vue,ts}', { query: '?raw', import: 'default', eager: true });

it('names only icons that exist: one that is not bundled would be asked for on the internet', () => {
  const named = Object.entries(sources).flatMap(([file, text]) =>
    [...text.matchAll(/\bi-lucide-([a-z0-9]+(?:-[a-z0-9]+)*)/g)].map(([, name]) => ({ file, name: name ?? '' })),
  );
  const known = new Set([...Object.keys(lucide.icons), ...Object.keys(lucide.aliases)]);
  expect(named.length).toBeGreaterThan(20);
  expect(named.filter(({ name }) => !known.has(name))).toEqual([]);
});

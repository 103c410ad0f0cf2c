/** Whether the licences of the dependencies let the program be given away as it is. */
import type { LockedPackage } from './lock.ts';

/** Permissive, or reaching no further than the files of the package itself. */
const allowed: ReadonlySet<string> = new Set([
  'MIT',
  'ISC',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  '0BSD',
  'CC0-1.0',
  'BlueOak-1.0.0',
  'Python-2.0',
  'OFL-1.1',
  'WTFPL',
]);

/** Allowed for what is said here, and for nothing else. */
const exceptions: readonly { readonly licence: string; readonly packages: RegExp; readonly why: string }[] = [
  {
    licence: 'LGPL-3.0-or-later',
    packages: /^@img\/sharp-/,
    why: 'libvips, a shared library beside the program that anybody may exchange',
  },
  {
    licence: 'MPL-2.0',
    packages: /^(lightningcss|axe-core|@axe-core\/|dompurify)/,
    why: 'tools that build and test',
  },
  { licence: 'CC-BY-4.0', packages: /^caniuse-lite$/, why: 'data that the build reads' },
];

/** Packages whose lock entry says nothing, with what their licence file says. */
const spokenFor: ReadonlyMap<string, string> = new Map([['vaul-vue', 'MIT']]);

export interface LicenceReport {
  /** From most to fewest packages. */
  readonly counts: readonly { readonly licence: string; readonly given: number; readonly dev: number }[];
  /** What may not be, as sentences. */
  readonly problems: readonly string[];
}

export function licenceReport(packages: readonly LockedPackage[]): LicenceReport {
  const counts = new Map<string, { given: number; dev: number }>();
  const problems: string[] = [];
  for (const one of packages) {
    const licence = one.licence ?? spokenFor.get(one.name) ?? null;
    if (licence === null) {
      problems.push(`${one.name} ${one.version} does not say under which licence it is.`);
      continue;
    }
    const count = counts.get(licence) ?? { given: 0, dev: 0 };
    count[one.dev ? 'dev' : 'given']++;
    counts.set(licence, count);
    if (!permits(licence, one)) problems.push(`${one.name} ${one.version} is under ${licence}, which is not allowed.`);
  }
  return {
    counts: [...counts]
      .map(([licence, count]) => ({ licence, ...count }))
      .sort((a, b) => b.given + b.dev - a.given - a.dev),
    problems,
  };
}

/** SPDX expressions without nesting deeper than one pair of brackets: of alternatives one has to do, of parts all. */
function permits(expression: string, one: LockedPackage): boolean {
  const bare = expression.trim().replace(/^\((.*)\)$/, '$1');
  if (bare.includes(' OR ')) return bare.split(' OR ').some((part) => permits(part, one));
  if (bare.includes(' AND ')) return bare.split(' AND ').every((part) => permits(part, one));
  if (allowed.has(bare)) return true;
  return exceptions.some(
    ({ licence, packages }) =>
      licence === bare && packages.test(one.name) && (licence === 'LGPL-3.0-or-later' || one.dev),
  );
}

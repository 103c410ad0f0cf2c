/** The packages of a lock file, npm's third form: what is installed on some platform, with what its makers say of it. */

export interface LockedPackage {
  readonly name: string;
  readonly version: string;
  /** As its maker wrote it; null where the lock does not say. */
  readonly licence: string | null;
  /** Not installed with the program: it builds and tests it, or is bundled into the window. */
  readonly dev: boolean;
  readonly optional: boolean;
  /** `sha512-...` in base64; null for folders of this repository. */
  readonly integrity: string | null;
  /** Names of the packages that it asks for. */
  readonly needs: readonly string[];
}

export interface Lock {
  readonly name: string;
  readonly version: string;
  readonly needs: readonly string[];
  /** By name and version, each once. */
  readonly packages: readonly LockedPackage[];
}

/** Throws for a text that is no such lock file. */
export function readLock(text: string): Lock {
  const lock = record(JSON.parse(text));
  if (lock['lockfileVersion'] !== 3) throw new Error('The lock file is not of the third form.');
  const found = new Map<string, LockedPackage>();
  const all = record(lock['packages']);
  for (const [place, value] of Object.entries(all)) {
    const entry = record(value);
    const name = string(entry['name']) ?? place.split('node_modules/').at(-1) ?? '';
    const version = string(entry['version']);
    if (place === '' || entry['link'] === true || version === null) continue;
    const earlier = found.get(`${name}@${version}`);
    found.set(`${name}@${version}`, {
      name,
      version,
      licence: string(entry['license']),
      // In two places, it is needed where one of them is.
      dev: entry['dev'] === true && earlier?.dev !== false,
      optional: entry['optional'] === true,
      integrity: string(entry['integrity']),
      needs: needsOf(entry),
    });
  }
  const own = record(all['']);
  const packages = [...found.values()].sort((a, b) => compare(`${a.name}@${a.version}`, `${b.name}@${b.version}`));
  return { name: string(own['name']) ?? '', version: string(own['version']) ?? '', needs: needsOf(own), packages };
}

function needsOf(entry: Readonly<Record<string, unknown>>): readonly string[] {
  const names = ['dependencies', 'optionalDependencies'].flatMap((kind) => Object.keys(record(entry[kind] ?? {})));
  return [...new Set(names)].sort(compare);
}

/** By their UTF-16 units, whatever the machine's language. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) throw new Error('The lock file is damaged.');
  return value as Readonly<Record<string, unknown>>;
}

function string(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

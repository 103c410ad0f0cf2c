/** Backbones of the profile: the one that comes with the program, and those that people import. */
import type { Backbone } from '../domain/backbone.ts';
import { AppError } from '../domain/errors.ts';
import { atHand } from '../domain/stored-backbone.ts';
import type { StoredBackbone } from '../domain/stored-backbone.ts';
import type { BackboneFiles, BackboneHints, Profile } from '../ports/files.ts';
import type { Store } from '../ports/repositories.ts';
import type { Work } from '../ports/work.ts';

export interface BackbonePorts {
  readonly store: Store;
  readonly backboneFiles: BackboneFiles;
  readonly profile: Pick<Profile, 'relative'>;
}

export interface BackboneReport {
  readonly backbone: StoredBackbone;
  readonly alreadyStored: boolean;
  /** What this import found out differently of weights that were there before, as sentences; what was there is kept. */
  readonly differences: readonly string[];
}

const EMBEDDED = 'embedded';

/** `origin`: where people are told that it comes from. Throws `backbone.*` for what is wrong with the file, `files.*`, `cancelled`; the store is as it was then. */
export async function importBackbone(
  { store, backboneFiles, profile }: BackbonePorts,
  source: string,
  hints: BackboneHints,
  work: Work = {},
  origin: string = source,
): Promise<BackboneReport> {
  const imported = await backboneFiles.import(source, hints, {
    ...(work.signal === undefined ? {} : { signal: work.signal }),
    onProgress: ({ done, total }) => work.onProgress?.({ phase: 'backbone', done, total }),
  });
  const { path, alreadyStored, ...backbone } = imported;
  const stored = store.backbones.add({
    ...backbone,
    path: profile.relative(path),
    source: source === backboneFiles.embedded ? EMBEDDED : origin,
  });
  return { backbone: stored, alreadyStored, differences: alreadyStored ? differences(stored, imported) : [] };
}

/** Names and statistics are no part of the identity, so the same backbone may come with others. */
function differences(stored: StoredBackbone, imported: Backbone): readonly string[] {
  const fields = [
    ['name', stored.name, imported.name],
    ['mean', stored.mean.join(', '), imported.mean.join(', ')],
    ['standard deviation', stored.std.join(', '), imported.std.join(', ')],
    ['licence', stored.licence, imported.licence],
  ] as const;
  return fields
    .filter(([, kept, found]) => found !== null && kept !== found)
    .map(([what, kept, found]) => `Its ${what} stays "${kept ?? 'not stated'}"; this file says "${found ?? ''}".`);
}

export function isEmbedded({ source }: StoredBackbone): boolean {
  return source === EMBEDDED;
}

export function hasEmbedded({ store }: Pick<BackbonePorts, 'store'>): boolean {
  return store.backbones.list().some(isEmbedded);
}

/** The backbone that comes with the program; it is put into the store the first time it is needed. */
export async function embeddedBackbone(ports: BackbonePorts, work: Work = {}): Promise<StoredBackbone> {
  const known = ports.store.backbones.list().find(isEmbedded);
  if (known !== undefined) return known;
  return (await importBackbone(ports, ports.backboneFiles.embedded, {}, work)).backbone;
}

const SHORTEST_PREFIX = 6;

/**
 * By name, or by the first digits of the identity (at least 6). Throws `backbones.unknown`, and `backbones.ambiguous`
 * where several have that name.
 */
export function resolveBackbone({ store }: { readonly store: Store }, name: string): StoredBackbone {
  const all = store.backbones.list();
  const isPrefix = name.length >= SHORTEST_PREFIX && /^[0-9a-f]+$/.test(name);
  const matching = all.filter((one) => one.name === name || (isPrefix && one.identity.startsWith(name)));
  const [only, second] = matching;
  const list = (some: readonly StoredBackbone[]): string =>
    some.map((one) => `"${one.name}" (${one.identity.slice(0, 12)})`).join(', ');
  if (only === undefined) {
    throw new AppError(
      'backbones.unknown',
      `There is no backbone "${name}" in this profile. Known are: ${list(all)}. Another can be imported from its file.`,
      { data: { name } },
    );
  }
  if (second !== undefined) {
    throw new AppError(
      'backbones.ambiguous',
      `Several backbones are called "${name}": ${list(matching)}. Name one by the first digits of its identity.`,
      { data: { name } },
    );
  }
  return atHand(only);
}

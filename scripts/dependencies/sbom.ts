/** The software bill of materials: what the program consists of, in CycloneDX 1.6. The same lock gives the same text. */
import type { Lock, LockedPackage } from './lock.ts';

/** Everything, or only what is installed with the program: what the window was bundled from is then left out. */
export function billOfMaterials(lock: Lock, which: 'everything' | 'installed'): string {
  const listed = lock.packages.filter(({ dev }) => which === 'everything' || !dev);
  const byName = new Map<string, string>();
  for (const one of listed) byName.set(one.name, reference(one));
  const needs = (names: readonly string[]): readonly string[] => names.flatMap((name) => byName.get(name) ?? []);
  const own = `pkg:npm/${lock.name}@${lock.version}`;
  const bill = {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: { component: { type: 'application', 'bom-ref': own, name: lock.name, version: lock.version, purl: own } },
    components: listed.map(component),
    dependencies: [
      { ref: own, dependsOn: needs(lock.needs) },
      ...listed.map((one) => ({ ref: reference(one), dependsOn: needs(one.needs) })),
    ],
  };
  return `${JSON.stringify(bill, null, 2)}\n`;
}

function component(one: LockedPackage): object {
  const [group, name] = one.name.startsWith('@') ? one.name.split('/') : [undefined, one.name];
  return {
    type: 'library',
    'bom-ref': reference(one),
    ...(group === undefined ? {} : { group }),
    name,
    version: one.version,
    // Of the others the lock does not tell tools from what is bundled into the window.
    ...(one.dev ? {} : { scope: one.optional ? 'optional' : 'required' }),
    ...(one.licence === null ? {} : { licenses: [licence(one.licence)] }),
    ...(one.integrity === null ? {} : { hashes: hashes(one.integrity) }),
    purl: reference(one),
  };
}

function licence(text: string): object {
  return / (OR|AND) /.test(text) ? { expression: text } : { license: { id: text } };
}

/** npm writes one or more `sha512-BASE64`. */
function hashes(integrity: string): readonly object[] {
  return integrity.split(' ').map((one) => {
    const [algorithm = '', digest = ''] = one.split('-');
    return {
      alg: algorithm.toUpperCase().replace('SHA', 'SHA-'),
      content: Buffer.from(digest, 'base64').toString('hex'),
    };
  });
}

function reference({ name, version }: LockedPackage): string {
  return `pkg:npm/${name.replace('@', '%40')}@${version}`;
}

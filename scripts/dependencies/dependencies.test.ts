import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readAudit } from './known.ts';
import { licenceReport } from './licences.ts';
import { readLock } from './lock.ts';
import type { LockedPackage } from './lock.ts';
import { billOfMaterials } from './sbom.ts';

const lock = readLock(readFileSync(new URL('../../package-lock.json', import.meta.url), 'utf8'));

function locked(changes: Partial<LockedPackage>): LockedPackage {
  return {
    name: 'x',
    version: '1.0.0',
    licence: 'MIT',
    dev: false,
    optional: false,
    integrity: null,
    needs: [],
    ...changes,
  };
}

describe('the licences of the dependencies', () => {
  it('let the program be given away', () => {
    const { problems, counts } = licenceReport(lock.packages);
    expect(problems).toEqual([]);
    expect(counts.reduce((sum, { given, dev }) => sum + given + dev, 0)).toBe(lock.packages.length);
  });

  it('are refused where they would reach the program, or are not told', () => {
    const of = (licence: string | null, changes: Partial<LockedPackage> = {}): number =>
      licenceReport([locked({ licence, ...changes })]).problems.length;
    expect(of('GPL-3.0-only')).toBe(1);
    expect(of(null)).toBe(1);
    expect(of('SEE LICENSE IN x')).toBe(1);
    expect(of('(GPL-2.0-only OR MIT)')).toBe(0);
    expect(of('MIT AND GPL-2.0-only')).toBe(1);
    expect(of('LGPL-3.0-or-later')).toBe(1);
    expect(of('LGPL-3.0-or-later', { name: '@img/sharp-libvips-linux-x64' })).toBe(0);
    expect(of('MPL-2.0', { name: 'lightningcss' })).toBe(1);
    expect(of('MPL-2.0', { name: 'lightningcss', dev: true })).toBe(0);
  });
});

describe('the bill of materials', () => {
  interface Bill {
    readonly components: readonly {
      readonly name: string;
      readonly purl: string;
      readonly scope?: string;
      readonly hashes?: readonly { readonly alg: string; readonly content: string }[];
    }[];
    readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
  }

  it('names what is installed with the program, or everything, the same each time', () => {
    const text = billOfMaterials(lock, 'installed');
    expect(billOfMaterials(lock, 'installed')).toBe(text);
    const bill = JSON.parse(text) as Bill;
    const names = bill.components.map(({ name }) => name);
    for (const name of ['better-sqlite3', 'onnxruntime-node', 'sharp', 'zod']) expect(names).toContain(name);
    expect(names).not.toContain('vitest');
    expect(bill.components.every(({ scope }) => scope !== undefined)).toBe(true);
    const everything = JSON.parse(billOfMaterials(lock, 'everything')) as Bill;
    expect(everything.components).toHaveLength(lock.packages.length);
  });

  it('gives each part its hash, and says what needs what, all of it in the list', () => {
    const bill = JSON.parse(billOfMaterials(lock, 'installed')) as Bill;
    const sqlite = bill.components.find(({ name }) => name === 'better-sqlite3');
    expect(sqlite?.hashes?.[0]).toMatchObject({
      alg: 'SHA-512',
      content: expect.stringMatching(/^[0-9a-f]{128}$/) as string,
    });
    const known = new Set(bill.dependencies.map(({ ref }) => ref));
    for (const { dependsOn } of bill.dependencies) for (const ref of dependsOn) expect(known).toContain(ref);
    expect(bill.dependencies[0]?.dependsOn.length).toBeGreaterThan(5);
  });
});

describe('what is known of the dependencies', () => {
  it('is told from not being able to ask', () => {
    expect(readAudit('{"vulnerabilities":{}}')).toEqual({ kind: 'answer', found: [] });
    expect(readAudit('{"vulnerabilities":{"x":{"severity":"high","range":"<2"}}}')).toEqual({
      kind: 'answer',
      found: [{ name: 'x', severity: 'high', range: '<2' }],
    });
    expect(readAudit('{"message":"request failed","error":{}}')).toEqual({
      kind: 'unreachable',
      why: 'request failed',
    });
    expect(readAudit('')).toMatchObject({ kind: 'unreachable' });
  });
});

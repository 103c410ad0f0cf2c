import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FuseState, FuseV1Options, getCurrentFuseWire } from '@electron/fuses';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { binaryOf, setFuses } from './fuses.ts';

/** How Electron's binary marks the place, then version, count, and a character a fuse. */
const SENTINEL = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX';
const wire = (count: number): string =>
  `machine code ${SENTINEL}\u0001${String.fromCharCode(count)}${'1'.repeat(count)} more`;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dtl-fuses-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const packed = (platform: string): Parameters<typeof setFuses>[0] => ({
  appOutDir: folder,
  electronPlatformName: platform,
  packager: { executableName: 'dtl-studio', appInfo: { productFilename: 'DTL Studio' } },
});

describe('a packed program', () => {
  it('is no Node for others, and loads only its own archive', async () => {
    const binary = join(folder, 'dtl-studio');
    await writeFile(binary, wire(9), 'latin1');
    await setFuses(packed('linux'));
    const state = await getCurrentFuseWire(binary);
    const on = Object.entries(state).flatMap(([fuse, value]) =>
      /^\d$/.test(fuse) && value === FuseState.ENABLE ? Number(fuse) : [],
    );
    expect(on).toEqual([
      FuseV1Options.EnableCookieEncryption,
      FuseV1Options.EnableEmbeddedAsarIntegrityValidation,
      FuseV1Options.OnlyLoadAppFromAsar,
      FuseV1Options.WasmTrapHandlers,
    ]);
  });

  it('of an Electron with a fuse that nobody decided about is not put together', async () => {
    await writeFile(join(folder, 'dtl-studio'), wire(10), 'latin1');
    await expect(setFuses(packed('linux'))).rejects.toThrow();
  });

  it('is found by its name on every system', () => {
    expect(binaryOf(packed('linux'))).toBe(join(folder, 'dtl-studio'));
    expect(binaryOf(packed('win32'))).toBe(join(folder, 'DTL Studio.exe'));
    expect(binaryOf(packed('darwin'))).toBe(join(folder, 'DTL Studio.app'));
  });
});

/**
 * Fuses are bits in Electron's binary that a user's environment cannot turn back: the packed program is no Node for
 * others to run scripts with, and loads nothing but its own archive. Called by electron-builder before signing.
 */
import { join } from 'node:path';
import { FuseV1Options, FuseVersion, flipFuses } from '@electron/fuses';
import type { FuseV1Config } from '@electron/fuses';

/** Every fuse that this Electron has: a new one fails the packing until somebody decides about it. */
export const fuses: FuseV1Config = {
  version: FuseVersion.V1,
  strictlyRequireAllFuses: true,
  [FuseV1Options.RunAsNode]: false,
  [FuseV1Options.EnableCookieEncryption]: true,
  [FuseV1Options.EnableNodeOptionsEnvironmentVariable]: false,
  [FuseV1Options.EnableNodeCliInspectArguments]: false,
  [FuseV1Options.EnableEmbeddedAsarIntegrityValidation]: true,
  [FuseV1Options.OnlyLoadAppFromAsar]: true,
  [FuseV1Options.LoadBrowserProcessSpecificV8Snapshot]: false,
  [FuseV1Options.GrantFileProtocolExtraPrivileges]: false,
  // WebAssembly's bounds checks by the processor: slower without.
  [FuseV1Options.WasmTrapHandlers]: true,
};

/** What electron-builder tells of a program that it has put together. */
export interface Packed {
  readonly appOutDir: string;
  readonly electronPlatformName: string;
  readonly packager: {
    readonly executableName?: string;
    readonly appInfo: { readonly productFilename: string };
  };
}

export async function setFuses(packed: Packed): Promise<void> {
  await flipFuses(binaryOf(packed), {
    ...fuses,
    // Changing the binary breaks the signature that unsigned builds for Apple's own processors need.
    resetAdHocDarwinSignature: packed.electronPlatformName === 'darwin',
  });
}

export function binaryOf({ appOutDir, electronPlatformName, packager }: Packed): string {
  const { productFilename } = packager.appInfo;
  switch (electronPlatformName) {
    case 'darwin':
      return join(appOutDir, `${productFilename}.app`);
    case 'win32':
      return join(appOutDir, `${productFilename}.exe`);
    default:
      return join(appOutDir, packager.executableName ?? productFilename);
  }
}

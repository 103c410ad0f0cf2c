/** Whether the desktop app can be driven on this machine. */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const electronFolder = dirname(createRequire(import.meta.url).resolve('electron/package.json'));

/** Electron's binary, null where it was never fetched. Its module is not loaded: that would try to fetch it. */
export function electronBinary(): string | null {
  try {
    const binary = join(electronFolder, 'dist', readFileSync(join(electronFolder, 'path.txt'), 'utf8').trim());
    return existsSync(binary) ? binary : null;
  } catch {
    return null;
  }
}

/** Null where the window can open, else the reason. */
export function whyNoDesktop(): string | null {
  if (electronBinary() === null) return "Electron's binary is not installed here";
  if (process.platform === 'linux' && !process.env['DISPLAY'] && !process.env['WAYLAND_DISPLAY']) {
    return 'there is no display';
  }
  return null;
}

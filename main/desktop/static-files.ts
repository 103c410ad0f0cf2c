/** The built interface, read from its folder; nothing above that folder can be named. */
import { readFile } from 'node:fs/promises';
import { extname, isAbsolute, relative, resolve } from 'node:path';

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.webp': 'image/webp',
  '.jpg': 'image/jpeg',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.wasm': 'application/wasm',
};

export interface StaticFile {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly type: string;
}

/** `pathname` as it stands in the address. Null for what is not there, is no kind that a page uses, or lies outside. */
export async function readStatic(root: string, pathname: string): Promise<StaticFile | null> {
  const path = inside(root, pathname === '/' ? '/index.html' : pathname);
  const type = path === null ? undefined : types[extname(path).toLowerCase()];
  if (path === null || type === undefined) return null;
  try {
    return { bytes: new Uint8Array(await readFile(path)), type };
  } catch {
    return null;
  }
}

function inside(root: string, pathname: string): string | null {
  let decoded: string;
  try {
    decoded = decodeURIComponent(pathname);
  } catch {
    return null;
  }
  // A backslash, a drive letter and a stream are separators on Windows only; no file of ours has them.
  if (/[\\:\0]/.test(decoded)) return null;
  const path = resolve(root, `.${decoded}`);
  const way = relative(root, path);
  return way === '' || way.startsWith('..') || isAbsolute(way) ? null : path;
}

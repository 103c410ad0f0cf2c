/** Judges one import against the table. Paths are relative to the repository's root, with forward slashes. */
import { isBuiltin } from 'node:module';
import { posix } from 'node:path';
import { layers, packages } from './table.ts';
import type { Layer } from './table.ts';

/** The folders that package.json's `imports` gives a `#` name. */
const namedFolders = ['app', 'main', 'native-models'];

function lies(path: string, place: string): boolean {
  return path === place || path.startsWith(`${place}/`);
}

function isTestSupport(path: string): boolean {
  return /\.test\.[jt]s$/.test(path) || path.split('/').includes('testing');
}

/** The row of a file and the folder that is the file's own layer (for `app/*` the feature's folder). */
function layerOf(path: string): { row: Layer; folder: string } | undefined {
  const segments = path.split('/');
  for (const row of layers) {
    const wanted = row.files.split('/');
    const matches = wanted.every((name, i) => name === '*' || name === segments[i]);
    if (matches && segments.length > wanted.length) return { row, folder: segments.slice(0, wanted.length).join('/') };
  }
  return undefined;
}

function checkPackage(file: string, specifier: string): string | undefined {
  const row = packages.find((candidate) => lies(specifier, candidate.name));
  if (!row) return `'${specifier}' has no row in the table of packages.`;
  if (row.only === 'tests') return isTestSupport(file) ? undefined : `'${row.name}' is for tests only.`;
  return row.only.some((place) => lies(file, place))
    ? undefined
    : `'${row.name}' may be imported in ${row.only.join(', ')} only.`;
}

function checkTarget(file: string, target: string, layer: { row: Layer; folder: string }): string | undefined {
  const fromTest = isTestSupport(file);
  // Benchmarks make their inputs as tests do.
  if (isTestSupport(target) && !fromTest && !lies(file, 'bench'))
    return `'${target}' is test support and may be imported from tests and benchmarks only.`;
  if (lies(target, layer.folder)) return undefined;
  const allowed = fromTest ? [...layer.row.may, ...(layer.row.tests ?? []), 'app/testing'] : layer.row.may;
  if (allowed.some((place) => lies(target, place))) return undefined;
  const list = layer.row.may.length === 0 ? 'nothing outside itself' : layer.row.may.join(', ');
  return `${layer.folder} may not import '${target}'; it may import ${list}.`;
}

/** Inside one top-level folder paths are relative; across folders they go through the `#` names. */
function checkSpelling(file: string, specifier: string, target: string): string | undefined {
  const ownTop = file.split('/')[0] ?? '';
  const targetTop = target.split('/')[0] ?? '';
  if (specifier.startsWith('#')) {
    return targetTop === ownTop ? `Inside ${ownTop} import '${target}' by a relative path.` : undefined;
  }
  return targetTop !== ownTop && namedFolders.includes(targetTop) ? `Import '${target}' as '#${target}'.` : undefined;
}

/** What is wrong with importing `specifier` in `file`, as a sentence for the developer, or undefined. */
export function checkImport(file: string, specifier: string): string | undefined {
  // The configuration files of the tools, directly in the root, are nobody's product.
  if (!file.includes('/')) return undefined;
  const layer = layerOf(file);
  if (!layer) return `'${file}' is in no layer: its folder has no row in the import table.`;
  if (isBuiltin(specifier)) {
    if (!layer.row.node) return `${layer.folder} runs without Node and may not import '${specifier}'.`;
    return specifier.startsWith('node:') ? undefined : `Import '${specifier}' as 'node:${specifier}'.`;
  }
  const relative = /^\.{1,2}(\/|$)/.test(specifier);
  if (!relative && !specifier.startsWith('#')) return checkPackage(file, specifier);
  const target = relative ? posix.join(posix.dirname(file), specifier) : specifier.slice(1);
  return checkTarget(file, target, layer) ?? checkSpelling(file, specifier, target);
}

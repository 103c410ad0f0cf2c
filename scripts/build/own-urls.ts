import { relative, sep } from 'node:path';

/** The part of Vite's plugin interface that is used here. */
interface SourcePlugin {
  readonly name: string;
  readonly enforce: 'pre';
  readonly transform: (code: string, id: string) => string | null;
}

/**
 * Lets every module of ours go on asking `import.meta.url` for the file it was written in, although it is bundled into
 * `outDir` (flat, below `root`). Migrations, the backbone and package.json are found beside the sources and stay there
 * in the packed program, so that one relative address is right in the terminal and in the bundle.
 */
export function ownUrls(root: string, outDir: string): SourcePlugin {
  return {
    name: 'own-urls',
    enforce: 'pre',
    transform(code, id) {
      const path = id.split('?')[0] ?? id;
      const inside = relative(root, path).split(sep).join('/');
      if (!/^(app|main|native-models)\//.test(inside) || !code.includes('import.meta.url')) return null;
      const up = '../'.repeat(outDir.split('/').length);
      return code.replaceAll('import.meta.url', `new URL(${JSON.stringify(up + inside)}, import.meta.url).href`);
    },
  };
}

/** A target and all the code it runs through as one CommonJS module, with probes in what is ours and in the readers we use. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Job } from './messages.ts';
import { build } from 'vite';
import { withProbes } from './probes.ts';

/** Of packages, those that read the bytes. */
const PROBED_PACKAGES = ['csv-parse', 'yauzl'];

export async function bundled(target: string, folder: string): Promise<Pick<Job, 'bundle' | 'places' | 'words'>> {
  const entry = join(folder, 'entry.ts');
  writeFileSync(
    entry,
    // Only what this target needs, so that the words are its own.
    `export { ${target} as fuzz } from '../../targets/${target}.ts';\n`,
  );
  let places = 0;
  const words = new Set<string>();
  await build({
    configFile: false,
    logLevel: 'warn',
    ssr: { noExternal: true, external: ['sharp', 'better-sqlite3', 'onnxruntime-node'] },
    plugins: [
      {
        name: 'probes',
        enforce: 'post',
        transform: (code, id) => {
          if (id.includes('node_modules') && !PROBED_PACKAGES.some((name) => id.includes(`/${name}/`))) return null;
          // CommonJS modules come wrapped, and virtual ones are the bundler's own.
          if (id.includes('\0')) return null;
          const probed = withProbes(code, id, places);
          places = probed.places;
          for (const word of probed.words) words.add(word);
          return { code: probed.code, map: null };
        },
      },
    ],
    build: {
      ssr: entry,
      outDir: join(folder, 'bundle'),
      minify: false,
      target: 'node24',
      rolldownOptions: { output: { format: 'cjs', entryFileNames: 'fuzz.cjs' } },
    },
  });
  return { bundle: join(folder, 'bundle', 'fuzz.cjs'), places, words: [...words] };
}

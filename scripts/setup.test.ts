import { spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

/** Stands in for npm: notes its arguments and environment, takes a moment, makes node_modules, exits as told. */
const npmStandIn = `
const { appendFileSync, mkdirSync, writeFileSync } = require('node:fs');
console.log('output of npm');
appendFileSync('calls.jsonl', JSON.stringify({ args: process.argv.slice(2), env: process.env }) + '\\n');
Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
const runtime = 'node_modules/node-' + process.platform.replace('win32', 'win') + '-' + process.arch;
if (!process.env.STAND_IN_LEAVES_OUT_NODE) {
  mkdirSync(runtime + '/bin', { recursive: true });
  writeFileSync(runtime + '/bin/node', 'the pinned Node.js');
}
process.exit(Number(process.env.STAND_IN_EXIT ?? 0));
`;

interface Call {
  args: string[];
  env: Record<string, string>;
}

describe('scripts/setup.js', () => {
  let root: string;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'dtl-setup-'));
    mkdirSync(join(root, 'scripts'));
    cpSync(join(import.meta.dirname, 'setup.js'), join(root, 'scripts', 'setup.js'));
    writeFileSync(join(root, 'package.json'), '{ "type": "module" }');
    writeFileSync(join(root, 'package-lock.json'), '{ "lockfileVersion": 3 }');
    writeFileSync(join(root, 'npm.cjs'), npmStandIn);
  });

  afterEach(() => {
    rmSync(root, { recursive: true, force: true });
  });

  function environment(extra: Record<string, string> = {}) {
    return { PATH: process.env['PATH'], npm_execpath: join(root, 'npm.cjs'), ...extra };
  }

  function setup(extra?: Record<string, string>) {
    return spawnSync(process.execPath, [join(root, 'scripts', 'setup.js')], {
      cwd: tmpdir(),
      env: environment(extra),
      encoding: 'utf8',
    });
  }

  function calls(): Call[] {
    const file = join(root, 'calls.jsonl');
    if (!existsSync(file)) return [];
    const lines = readFileSync(file, 'utf8').trim().split('\n');
    return lines.map((line) => JSON.parse(line) as Call);
  }

  it('installs without scripts in a fresh clone, with development packages, from whatever folder it is called', () => {
    expect(setup().status).toBe(0);
    expect(calls()).toHaveLength(1);
    expect(calls()[0]?.args).toEqual(expect.arrayContaining(['ci', '--ignore-scripts', '--include=dev']));
  });

  it('keeps stdout for the command that follows', () => {
    const { stdout, stderr } = setup();
    expect(stdout).toBe('');
    expect(stderr).toContain('Installing dependencies');
    expect(stderr).toContain('output of npm');
  });

  it('says and does nothing when nothing has changed', () => {
    setup();
    const again = setup();
    expect([again.status, again.stdout, again.stderr]).toEqual([0, '', '']);
    expect(calls()).toHaveLength(1);
  });

  it('installs again when package-lock.json has changed', () => {
    setup();
    writeFileSync(join(root, 'package-lock.json'), '{ "lockfileVersion": 3, "changed": true }');
    setup();
    expect(calls()).toHaveLength(2);
  });

  it('hands npm where packages come from and nothing else of the outer npm', () => {
    setup({
      NODE_ENV: 'production',
      INIT_CWD: '/elsewhere',
      npm_config_dry_run: 'true',
      npm_config_omit: 'dev',
      npm_lifecycle_event: 'pretest',
      npm_config_cache: '/some/cache',
      npm_config_registry: 'http://localhost:1/',
      npm_config_cafile: '/some/ca.crt',
      npm_config_userconfig: '/some/npmrc',
      npm_config_https_proxy: 'http://localhost:2/',
      HTTPS_PROXY: 'http://localhost:2/',
    });
    const env = calls()[0]?.env ?? {};
    const passed = Object.keys(env).filter((name) => /^(npm_|node_env|init_cwd|https_proxy)/i.test(name));
    expect(passed.sort()).toEqual([
      'HTTPS_PROXY',
      'npm_config_cache',
      'npm_config_cafile',
      'npm_config_https_proxy',
      'npm_config_registry',
      'npm_config_userconfig',
    ]);
  });

  it('ends with one plain line and tries again next time when npm fails', () => {
    const { status, stdout, stderr } = setup({ STAND_IN_EXIT: '7' });
    expect(status).toBe(1);
    expect(stdout).toBe('');
    expect(stderr.trimEnd().split('\n').at(-1)).toMatch(
      /^Dependencies are not installed: npm ci failed \(exit code 7\)/,
    );
    expect(setup().status).toBe(0);
    expect(calls()).toHaveLength(2);
  });

  it('says so when npm itself cannot be started', () => {
    const { status, stderr } = setup({ npm_execpath: '', PATH: root });
    expect(status).toBe(1);
    expect(stderr).toContain('npm could not be started');
  });

  it.runIf(process.platform === 'linux')(
    'puts the pinned Node first on the path of npm scripts when npm does not',
    () => {
      setup();
      expect(readFileSync(join(root, 'node_modules', '.bin', 'node'), 'utf8')).toBe('the pinned Node.js');
    },
  );

  it.runIf(process.platform === 'linux')('fails when npm leaves out the pinned Node, which it calls a success', () => {
    const { status, stderr } = setup({ STAND_IN_LEAVES_OUT_NODE: '1' });
    expect(status).toBe(1);
    expect(stderr).toMatch(/npm left out node-/);
    expect(setup().status).toBe(0);
  });

  it('refuses a copy without its lock file', () => {
    rmSync(join(root, 'package-lock.json'));
    const { status, stderr } = setup();
    expect(status).toBe(1);
    expect(stderr).toMatch(/^package-lock\.json is missing/);
  });

  it('installs once when two commands start together', async () => {
    const run = () =>
      new Promise<number | null>((resolve) => {
        const child = spawn(process.execPath, [join(root, 'scripts', 'setup.js')], { env: environment() });
        child.on('close', resolve);
      });
    expect(await Promise.all([run(), run(), run()])).toEqual([0, 0, 0]);
    expect(calls()).toHaveLength(1);
    expect(existsSync(join(root, '.setup.lock'))).toBe(false);
  });

  it('takes over from an installation that was killed', () => {
    const ended = spawnSync(process.execPath, ['-e', '0']);
    writeFileSync(join(root, '.setup.lock'), String(ended.pid));
    expect(setup().status).toBe(0);
    expect(calls()).toHaveLength(1);
    expect(existsSync(join(root, '.setup.lock'))).toBe(false);
  });
});

import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';

const program = fileURLToPath(new URL('../testing/one-session.ts', import.meta.url));

it('leaves no identifier and no queue of reports in the home folder', { timeout: 60_000 }, async () => {
  const home = await mkdtemp(join(tmpdir(), 'silent-home-'));
  onTestFinished(() => rm(home, { recursive: true, force: true }));
  // Nothing else that keeps the runtime quiet, such as CI, is handed on.
  const { PATH = '' } = process.env;
  await promisify(execFile)(process.execPath, [program], { env: { PATH, HOME: home } });
  expect(await readdir(home)).toEqual([]);
});

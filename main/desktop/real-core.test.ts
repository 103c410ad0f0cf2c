/** The shell's wiring with the real core and real engines below it; only Electron itself is played. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { CoreState } from '#app/contract/host.ts';
import type { OfferedBackup } from '#app/contract/shell.ts';
import type { PlainError } from '#app/domain/errors.ts';
import { CoreProcess } from './core-process.ts';
import { FakeWebContents, asContents, resetElectron } from './testing/electron.ts';
import { clientOf } from './testing/page.ts';
import { RealUtilityProcess } from './testing/real-processes.ts';

vi.mock('electron', async () => ({
  ...(await import('./testing/electron.ts')),
  utilityProcess: { fork: (entry: string) => new RealUtilityProcess(entry) },
}));

const beside = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

interface Opened {
  readonly core: CoreProcess;
  readonly contents: FakeWebContents;
  readonly states: CoreState[];
  readonly themes: string[];
  readonly failures: PlainError[];
  readonly offers: (OfferedBackup | null)[];
}

let home: string;
let opened: Opened[];

beforeEach(async () => {
  resetElectron();
  RealUtilityProcess.all = [];
  opened = [];
  home = await mkdtemp(join(tmpdir(), 'dtl-real-core-'));
});
afterEach(async () => {
  await Promise.all(opened.map(({ core }) => core.close(5000)));
  await vi.waitFor(() => expect(RealUtilityProcess.all.filter(({ running }) => running)).toEqual([]), 10_000);
  await rm(home, { recursive: true, force: true });
});

function open(): Opened {
  const [states, themes, failures]: [CoreState[], string[], PlainError[]] = [[], [], []];
  const offers: Opened['offers'] = [];
  const core = new CoreProcess({
    home,
    coreEntry: beside('../core/entry.ts'),
    engineEntry: beside('../engine/process.ts'),
    now: Date.now,
    onState: (state) => states.push(state),
    onTheme: (theme) => themes.push(theme),
    onStartFailed: (error, backup) => {
      failures.push(error);
      offers.push(backup);
    },
  });
  const contents = new FakeWebContents();
  core.start();
  core.connect(asContents(contents));
  const one = { core, contents, states, themes, failures, offers };
  opened.push(one);
  return one;
}

async function ready(one: Opened, times = 1): Promise<void> {
  await vi.waitFor(() => expect(one.contents.posted).toHaveLength(times), { timeout: 20_000 });
}

const processes = (name: string): RealUtilityProcess[] =>
  RealUtilityProcess.all.filter(({ entry }) => entry.endsWith(name));
const kill = (one: RealUtilityProcess): boolean => process.kill(one.pid!, 'SIGKILL');

describe('the desktop’s processes', () => {
  it('answer the page, with an engine that is forked for it and goes afterwards', async () => {
    const one = open();
    await ready(one);
    const page = clientOf(one.contents);
    expect((await page.settings.about()).host).toBe('desktop');
    const devices = await page.settings.devices();
    expect(devices.map(({ name }) => name)).toContain('cpu');
    // One a device that the platform may have.
    await vi.waitFor(() => {
      const running = processes('process.ts').map((engine) => engine.running);
      expect(running).not.toEqual([]);
      expect(running).not.toContain(true);
    }, 10_000);
    expect(one.states).toEqual([{ state: 'ready', message: '' }]);
  });

  it('keep an upload for the page, and know no picture that is not there', async () => {
    const one = open();
    await ready(one);
    const { status, body } = await one.core.upload(new Uint8Array(1000));
    expect(status).toBe(200);
    const { upload } = JSON.parse(Buffer.from(body as Uint8Array).toString()) as { upload: string };
    expect(upload).toMatch(/^[0-9a-f]{32}$/);
    const missing = await one.core.media('/media/thumb/1?h=00', new AbortController().signal);
    expect(missing.status).toBe(404);
  });

  it('carry the theme to the shell, also after a restart', async () => {
    const one = open();
    await ready(one);
    await clientOf(one.contents).settings.set({ theme: 'dark' });
    await vi.waitFor(() => expect(one.themes).toEqual(['system', 'dark']));
    kill(processes('entry.ts')[0]!);
    await ready(one, 2);
    expect(one.themes).toEqual(['system', 'dark', 'dark']);
    expect(one.states.map(({ state }) => state)).toEqual(['ready', 'restarting', 'ready']);
    expect((await clientOf(one.contents).settings.get()).settings.theme).toBe('dark');
  });

  it('end a job whose engine is killed, and nothing else', async () => {
    const one = open();
    await ready(one);
    const page = clientOf(one.contents);
    const devices = page.settings.devices();
    await vi.waitFor(() => expect(processes('process.ts')).toHaveLength(1));
    kill(processes('process.ts')[0]!);
    await expect(devices).rejects.toMatchObject({ data: { code: 'engine.died', data: { signal: 'SIGKILL' } } });
    expect((await page.settings.devices()).length).toBeGreaterThan(0);
  });

  it('leave a profile alone that somebody else has open, and say who', async () => {
    const first = open();
    await ready(first);
    const second = open();
    await vi.waitFor(() => expect(second.failures).toHaveLength(1), { timeout: 20_000 });
    expect(second.failures[0]).toMatchObject({
      code: 'profile.locked',
      message: expect.stringMatching(/the desktop app/) as string,
    });
    expect(second.states).toEqual([]);
  });

  it('put a backup in the place of a damaged database when the shell asks for it, and keep what was damaged', async () => {
    const one = open();
    await ready(one);
    const page = clientOf(one.contents);
    await page.projects.create({ name: 'barley' });
    const { task } = await page.backups.make();
    await vi.waitFor(async () => {
      const { tasks } = await page.tasks.list();
      expect(tasks.find(({ id }) => id === task)?.state).toBe('finished');
    }, 20_000);
    await one.core.close(10_000);
    await vi.waitFor(() => expect(RealUtilityProcess.all.filter(({ running }) => running)).toEqual([]), 5000);
    await writeFile(join(home, 'dtl-studio.sqlite'), 'not a database');

    const again = open();
    await vi.waitFor(() => expect(again.failures).toHaveLength(1), { timeout: 20_000 });
    expect(again.failures[0]?.message).toMatch(/not a database|damaged/);
    expect(again.offers).toEqual([{ id: expect.any(Number) as number, at: expect.any(Number) as number }]);
    again.core.start(again.offers[0]?.id);
    await ready(again);
    const restored = clientOf(again.contents);
    expect((await restored.projects.list()).projects.map(({ name }) => name)).toEqual(['barley']);
    expect((await restored.backups.list()).map(({ reason }) => reason)).toContain('damaged');
  });

  it('are gone when the program has been closed, and the profile is free', async () => {
    const one = open();
    await ready(one);
    await one.core.close(10_000);
    await vi.waitFor(() => expect(RealUtilityProcess.all.filter(({ running }) => running)).toEqual([]), 5000);
    const again = open();
    await ready(again);
    expect(again.failures).toEqual([]);
  });
});

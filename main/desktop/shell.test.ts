import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { channels } from './channels.ts';
import { startShell } from './shell.ts';
import {
  BrowserWindow,
  FakeEvent,
  FakeUtilityProcess,
  Menu,
  app,
  dialog,
  protocol,
  resetElectron,
  session,
} from './testing/electron.ts';

vi.mock('electron', () => import('./testing/electron.ts'));

let home: string;
const argv = process.argv;

beforeEach(async () => {
  resetElectron();
  home = await mkdtemp(join(tmpdir(), 'dtl-shell-'));
  process.argv = ['electron', '.', '--home', home];
});
afterEach(async () => {
  process.argv = argv;
  vi.unstubAllEnvs();
  await rm(home, { recursive: true, force: true });
});

const core = (): FakeUtilityProcess => FakeUtilityProcess.all[0]!;
const window = (): BrowserWindow => BrowserWindow.all[0]!;
const toldToClose = (): boolean => core().messages.some(({ data }) => (data as { type: string }).type === 'close');

describe('the shell', () => {
  it('secures everything before the first window, and starts core and page from the built files', async () => {
    await startShell();
    expect(app.sandboxed).toBe(true);
    expect(protocol.schemes).toHaveLength(1);
    expect(Object.keys(session.defaultSession.handlers)).toEqual(
      expect.arrayContaining([
        'permission-request',
        'permission-check',
        'device',
        'certificate',
        'request',
        'scheme:dtl',
      ]),
    );
    expect(app.paths).toEqual({ userData: join(home, 'window') });
    expect(core().entry).toBe(join('/app', 'dist', 'main', 'core.js'));
    expect(core().messages[0]!.data).toEqual({ type: 'start', home, restore: null });
    expect(window().options['webPreferences']).toMatchObject({
      preload: join('/app', 'dist', 'preload', 'preload.cjs'),
    });
  });

  it('takes the profile from --home=DIR and from the environment too', async () => {
    process.argv = ['electron', '.', `--home=${home}`];
    await startShell();
    expect(app.paths).toEqual({ userData: join(home, 'window') });
    resetElectron();
    process.argv = ['electron', '.'];
    vi.stubEnv('DTL_STUDIO_HOME', join(home, 'other'));
    await startShell();
    expect(app.paths).toEqual({ userData: join(home, 'other', 'window') });
  });

  it('says why it cannot start without a place for the profile', async () => {
    process.argv = ['electron', '.', '--home'];
    await startShell();
    expect(dialog.errors).toEqual([['DTL Studio could not start', '--home needs the name of a folder.']]);
    expect(app.exitCode).toBe(1);
    expect(BrowserWindow.all).toEqual([]);
  });

  it('starts once a profile: the second one leaves, and the first comes to the front', async () => {
    app.lockIsFree = false;
    await startShell();
    expect(app.quits).toBe(1);
    expect(FakeUtilityProcess.all).toEqual([]);
    resetElectron();
    await startShell();
    app.emit('second-instance');
    expect(window().focused).toBe(1);
    expect(BrowserWindow.all).toHaveLength(1);
  });

  it('shows the core’s own words when it refuses to start, and ends with 1', async () => {
    await startShell();
    const message = 'This profile is in use by dtl train (process 12). Nothing was changed.';
    const error = { code: 'profile.locked', kind: 'expected', message, data: {} };
    core().say({ type: 'failed', error, backup: null });
    core().die(1);
    expect(dialog.errors).toEqual([['DTL Studio could not start', message]]);
    expect(app.exitCode).toBe(1);
  });

  it.each([
    ['puts it in the place of a damaged database and starts again', 0],
    ['leaves everything as it is and ends with 1', 1],
  ] as const)('offers the newest backup, and on button %#: %s', async (_, response) => {
    dialog.response = response;
    await startShell();
    const error = { code: 'store.corrupt', kind: 'expected', message: 'The database is damaged.', data: {} };
    core().say({ type: 'failed', error, backup: { id: 7, at: Date.UTC(2026, 1, 3) } });
    expect(dialog.asked).toEqual([]);
    core().die(1);
    expect(dialog.asked).toMatchObject([
      {
        detail: expect.stringMatching(/^The database is damaged\..*The damaged database is kept/s) as string,
        buttons: [expect.stringMatching(/^Restore the backup of .*2026/), 'Quit'],
        defaultId: 1,
        cancelId: 1,
      },
    ]);
    await Promise.resolve();
    await Promise.resolve();
    const starts = FakeUtilityProcess.all.map(({ messages }) => messages[0]?.data);
    const first = { type: 'start', home, restore: null };
    expect(starts).toEqual(response === 0 ? [first, { type: 'start', home, restore: 7 }] : [first]);
    expect(app.exitCode).toBe(response === 0 ? null : 1);
    expect(dialog.errors).toEqual([]);
  });

  it.each([
    ['starts again', 0],
    ['ends with 1', 1],
  ] as const)(
    'offers another try where the database cannot be opened just now, and on button %#: %s',
    async (_, response) => {
      dialog.response = response;
      await startShell();
      const error = { code: 'store.io', kind: 'expected', message: 'It cannot be opened just now.', data: {} };
      core().say({ type: 'failed', error, backup: null });
      core().die(1);
      expect(dialog.asked).toMatchObject([{ detail: error.message, buttons: ['Try again', 'Quit'], cancelId: 1 }]);
      await Promise.resolve();
      await Promise.resolve();
      const starts = FakeUtilityProcess.all.map(({ messages }) => messages[0]?.data);
      const start = { type: 'start', home, restore: null };
      expect(starts).toEqual(response === 0 ? [start, start] : [start]);
      expect(app.exitCode).toBe(response === 0 ? null : 1);
    },
  );

  it('sends what the menu is asked, and how the core fares, to the page', async () => {
    await startShell();
    const file = Menu.items.find(({ label }) => label === '&File')!;
    file.submenu!.find(({ label }) => label === 'Open folder…')!.click!();
    core().say({ type: 'ready' });
    core().die(1);
    expect(window().webContents.sent).toMatchObject([
      [channels.command, 'open-folder'],
      [channels.core, { state: 'ready' }],
      [channels.core, { state: 'restarting' }],
    ]);
  });

  it('asks where to save what the page offers, and saves nothing else', async () => {
    await startShell();
    const item = (url: string): object => ({
      getURL: () => url,
      getFilename: () => 'a.csv',
      setSaveDialogOptions: asked,
    });
    const asked = vi.fn();
    for (const url of ['dtl://app/media/pack/1', 'blob:dtl://app/77']) {
      const event = new FakeEvent();
      session.defaultSession.emit('will-download', event, item(url));
      expect(event.defaultPrevented).toBe(false);
    }
    expect(asked).toHaveBeenCalledTimes(2);
    const event = new FakeEvent();
    session.defaultSession.emit('will-download', event, item('https://example.org/a.exe'));
    expect(event.defaultPrevented).toBe(true);
    expect(asked).toHaveBeenCalledTimes(2);
  });
});

describe('quitting', () => {
  it('closes the core first, once, and then ends', async () => {
    await startShell();
    core().say({ type: 'ready' });
    window().close();
    expect(app.exitCode).toBeNull();
    expect(toldToClose()).toBe(true);
    app.quit();
    core().say({ type: 'closed' });
    core().die(0);
    await vi.waitFor(() => expect(app.exitCode).toBe(0));
    expect(core().messages.filter(({ data }) => (data as { type: string }).type === 'close')).toHaveLength(1);
  });

  it('from the menu closes the window too', async () => {
    await startShell();
    core().say({ type: 'ready' });
    app.quit();
    expect(BrowserWindow.all).toEqual([]);
    expect(toldToClose()).toBe(true);
    core().say({ type: 'closed' });
    core().die(0);
    await vi.waitFor(() => expect(app.exitCode).toBe(0));
  });

  it('while things are put away, a new start waits for that', async () => {
    await startShell();
    core().say({ type: 'ready' });
    app.quit();
    app.emit('second-instance');
    expect(app.relaunches).toBe(1);
    core().die(0);
    await vi.waitFor(() => expect(app.exitCode).toBe(0));
  });
});

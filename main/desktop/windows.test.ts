import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { BrowserWindow as RealWindow } from 'electron';
import { BrowserWindow, nativeTheme, resetElectron, screen } from './testing/electron.ts';
import { WindowStateFile } from './window-state.ts';
import { applyTheme, createWindow, focusWindow } from './windows.ts';

vi.mock('electron', () => import('./testing/electron.ts'));

let folder: string;
let file: WindowStateFile;

beforeEach(async () => {
  resetElectron();
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
  folder = await mkdtemp(join(tmpdir(), 'dtl-windows-'));
  file = new WindowStateFile(join(folder, 'window.json'));
});
afterEach(async () => {
  vi.useRealTimers();
  await file.kept();
  await rm(folder, { recursive: true, force: true });
});

function open(): BrowserWindow {
  createWindow('/preload.cjs', file);
  return BrowserWindow.all.at(-1)!;
}
const real = (window: BrowserWindow): RealWindow => window as unknown as RealWindow;

describe('the window', () => {
  it('shows the page when it is drawn, not before', () => {
    const window = open();
    expect(window.url).toBe('dtl://app/');
    expect(window.options).toMatchObject({ show: false, webPreferences: { sandbox: true, contextIsolation: true } });
    expect(window.shown).toBe(0);
    window.emit('ready-to-show');
    expect(window.shown).toBe(1);
    expect(window.maximised).toBe(false);
  });

  it('comes back as it was', () => {
    file.keep({ bounds: { x: 50, y: 60, width: 1000, height: 700 }, maximised: true });
    const window = open();
    expect(window.options).toMatchObject({ x: 50, y: 60, width: 1000, height: 700 });
    window.emit('ready-to-show');
    expect(window.maximised).toBe(true);
  });

  it('comes back to the primary screen when its own is gone', () => {
    screen.displays = [
      { id: 5, workArea: { x: 0, y: 0, width: 1280, height: 700 } },
      { id: 4, workArea: { x: -1920, y: 0, width: 1920, height: 1080 } },
    ];
    file.keep({ bounds: { x: 5000, y: 60, width: 1000, height: 700 } });
    expect(open().options).toMatchObject({ x: 140, y: 0, width: 1000, height: 700 });
  });

  it('keeps its place when it has settled, and when it closes', () => {
    const window = open();
    window.bounds = { x: 1, y: 2, width: 1100, height: 700 };
    for (let move = 0; move < 20; move++) window.emit('move');
    expect(file.state.bounds).toBeNull();
    vi.advanceTimersByTime(1000);
    expect(file.state.bounds).toEqual(window.bounds);
    window.maximised = true;
    window.emit('maximize');
    window.close();
    expect(file.state.maximised).toBe(true);
  });

  it('has the theme’s ground from the first frame, and follows the theme', () => {
    nativeTheme.shouldUseDarkColors = true;
    file.keep({ theme: 'dark' });
    const window = open();
    expect(nativeTheme.themeSource).toBe('dark');
    const dark = window.options['backgroundColor'];
    nativeTheme.shouldUseDarkColors = false;
    applyTheme('light', real(window), file);
    expect(nativeTheme.themeSource).toBe('light');
    expect(window.background).not.toBe(dark);
    expect(file.state.theme).toBe('light');
  });

  it('comes to the front, also when it was put away', () => {
    const window = open();
    window.minimised = true;
    focusWindow(real(window));
    expect(window).toMatchObject({ minimised: false, shown: 1, focused: 1 });
  });

  it('draws the page again after a crash, but not in a circle', () => {
    const window = open();
    const gone = (reason: string): boolean => window.webContents.emit('render-process-gone', {}, { reason });
    gone('crashed');
    gone('crashed');
    gone('clean-exit');
    expect(window.webContents.reloads).toBe(1);
    vi.advanceTimersByTime(11_000);
    gone('oom');
    expect(window.webContents.reloads).toBe(2);
  });
});

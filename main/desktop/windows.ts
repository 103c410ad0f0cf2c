/** The one window. */
import { BrowserWindow, nativeTheme, screen } from 'electron';
import { PAGE } from './address.ts';
import { webPreferences } from './security.ts';
import type { WindowState, WindowStateFile } from './window-state.ts';
import { MINIMUM, placeWindow } from './window-state.ts';

/** The page's own ground in both themes, so that nothing flashes before the first frame. */
const GROUND = { dark: '#18181b', light: '#ffffff' } as const;
const SETTLED_AFTER_MS = 400;

export function createWindow(preload: string, file: WindowStateFile): BrowserWindow {
  const { bounds, maximised, theme } = file.state;
  nativeTheme.themeSource = theme;
  const primary = screen.getPrimaryDisplay();
  const others = screen.getAllDisplays().filter(({ id }) => id !== primary.id);
  const window = new BrowserWindow({
    ...placeWindow(
      bounds,
      [primary, ...others].map(({ workArea }) => workArea),
    ),
    minWidth: MINIMUM.width,
    minHeight: MINIMUM.height,
    title: 'DTL Studio',
    show: false,
    backgroundColor: ground(),
    webPreferences: webPreferences(preload),
  });
  window.once('ready-to-show', () => {
    if (maximised) window.maximize();
    window.show();
  });
  keepPlace(window, file);
  reloadAfterCrash(window);
  void window.loadURL(PAGE);
  return window;
}

export function applyTheme(theme: WindowState['theme'], window: BrowserWindow | null, file: WindowStateFile): void {
  if (file.state.theme !== theme) file.keep({ theme });
  nativeTheme.themeSource = theme;
  window?.setBackgroundColor(ground());
}

export function focusWindow(window: BrowserWindow): void {
  if (window.isMinimized()) window.restore();
  window.show();
  window.focus();
}

function ground(): string {
  return nativeTheme.shouldUseDarkColors ? GROUND.dark : GROUND.light;
}

function keepPlace(window: BrowserWindow, file: WindowStateFile): void {
  let timer: NodeJS.Timeout | null = null;
  const keep = (): void => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    file.keep({ bounds: window.getNormalBounds(), maximised: window.isMaximized() });
  };
  const settle = (): void => {
    if (timer !== null) clearTimeout(timer);
    timer = setTimeout(keep, SETTLED_AFTER_MS);
  };
  window.on('resize', settle);
  window.on('move', settle);
  window.on('maximize', settle);
  window.on('unmaximize', settle);
  window.on('close', keep);
}

/** Nothing is lost with a page: what matters is in the core. One that crashes at once again is left alone. */
function reloadAfterCrash(window: BrowserWindow): void {
  const PAUSE_MS = 10_000;
  let last = -Infinity;
  window.webContents.on('render-process-gone', (_event, { reason }) => {
    const now = Date.now();
    if (reason === 'clean-exit' || now - last < PAUSE_MS) return;
    last = now;
    window.webContents.reload();
  });
}

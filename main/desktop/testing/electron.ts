/**
 * Stands in for the electron module, whose binary unit tests do not need: every part remembers what was done to it, and
 * tests play the other side. Used with `vi.mock('electron', () => import('./testing/electron.ts'))`.
 */
import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import type { WebContents } from 'electron';
import { FakeChannel } from './ports.ts';

export class FakeEvent {
  defaultPrevented = false;
  preventDefault(): void {
    this.defaultPrevented = true;
  }
}

class FakeApp extends EventEmitter {
  sandboxed = false;
  readonly switches: [name: string, value: string | undefined][] = [];
  readonly paths: Record<string, string> = {};
  lockIsFree = true;
  exitCode: number | null = null;
  relaunches = 0;
  quits = 0;
  appPath = '/app';
  readonly commandLine = {
    appendSwitch: (name: string, value?: string): void => void this.switches.push([name, value]),
  };

  enableSandbox(): void {
    this.sandboxed = true;
  }
  setPath(name: string, path: string): void {
    this.paths[name] = path;
  }
  getAppPath(): string {
    return this.appPath;
  }
  requestSingleInstanceLock(): boolean {
    return this.lockIsFree;
  }
  whenReady(): Promise<void> {
    return Promise.resolve();
  }
  relaunch(): void {
    this.relaunches++;
  }
  quit(): void {
    this.quits++;
    const event = new FakeEvent();
    this.emit('before-quit', event);
    if (!event.defaultPrevented) this.exitCode = 0;
  }
  exit(code: number): void {
    this.exitCode ??= code;
  }
}

export class FakeWebContents extends EventEmitter {
  readonly mainFrame = { url: 'dtl://app/' };
  readonly sent: [channel: string, value: unknown][] = [];
  readonly posted: { readonly channel: string; readonly ports: readonly unknown[] }[] = [];
  reloads = 0;
  openWindow: (details: { url: string }) => { action: string } = () => ({ action: 'allow' });

  constructor() {
    super();
    app.emit('web-contents-created', new FakeEvent(), this);
  }
  setWindowOpenHandler(handler: (details: { url: string }) => { action: string }): void {
    this.openWindow = handler;
  }
  send(channel: string, value: unknown): void {
    this.sent.push([channel, value]);
  }
  postMessage(channel: string, _message: unknown, ports: readonly unknown[] = []): void {
    this.posted.push({ channel, ports });
  }
  reload(): void {
    this.reloads++;
  }
}

/** For what wants Electron's own. */
export function asContents(fake: FakeWebContents): WebContents {
  return fake as unknown as WebContents;
}

export class BrowserWindow extends EventEmitter {
  static all: BrowserWindow[] = [];
  static fromWebContents(contents: unknown): BrowserWindow | null {
    return BrowserWindow.all.find(({ webContents }) => webContents === contents) ?? null;
  }
  readonly options: Record<string, unknown>;
  readonly webContents = new FakeWebContents();
  bounds = { x: 0, y: 0, width: 0, height: 0 };
  background: string | null = null;
  url: string | null = null;
  shown = 0;
  focused = 0;
  maximised = false;
  minimised = false;

  constructor(options: Record<string, unknown>) {
    super();
    this.options = options;
    BrowserWindow.all.push(this);
  }
  loadURL(url: string): Promise<void> {
    this.url = url;
    return Promise.resolve();
  }
  show(): void {
    this.shown++;
  }
  focus(): void {
    this.focused++;
  }
  restore(): void {
    this.minimised = false;
  }
  maximize(): void {
    this.maximised = true;
  }
  isMaximized(): boolean {
    return this.maximised;
  }
  isMinimized(): boolean {
    return this.minimised;
  }
  getNormalBounds(): object {
    return this.bounds;
  }
  setBackgroundColor(color: string): void {
    this.background = color;
  }
  close(): void {
    this.emit('close', new FakeEvent());
    this.webContents.emit('destroyed');
    this.emit('closed');
    BrowserWindow.all = BrowserWindow.all.filter((one) => one !== this);
    if (BrowserWindow.all.length === 0) app.emit('window-all-closed');
  }
}

type Handler = (...values: never[]) => unknown;

export class FakeSession extends EventEmitter {
  readonly handlers: Record<string, Handler | null> = {};
  spellChecker = true;
  readonly protocol = { handle: (scheme: string, handler: Handler): void => this.keep(`scheme:${scheme}`, handler) };
  readonly webRequest = { onBeforeRequest: (handler: Handler): void => this.keep('request', handler) };

  keep(name: string, handler: Handler | null): void {
    this.handlers[name] = handler;
  }
  setPermissionRequestHandler(handler: Handler): void {
    this.keep('permission-request', handler);
  }
  setPermissionCheckHandler(handler: Handler): void {
    this.keep('permission-check', handler);
  }
  setDevicePermissionHandler(handler: Handler): void {
    this.keep('device', handler);
  }
  setDisplayMediaRequestHandler(handler: Handler): void {
    this.keep('display-media', handler);
  }
  setCertificateVerifyProc(handler: Handler): void {
    this.keep('certificate', handler);
  }
  setSpellCheckerEnabled(enabled: boolean): void {
    this.spellChecker = enabled;
  }
}

export class FakeUtilityProcess extends EventEmitter {
  static all: FakeUtilityProcess[] = [];
  readonly entry: string;
  readonly options: Record<string, unknown>;
  readonly messages: { readonly data: unknown; readonly ports: readonly unknown[] }[] = [];
  readonly stderr = new PassThrough();
  /** Undefined, so that a kill comes to `kill` and not to a process of this machine. */
  readonly pid = undefined;
  killed = false;

  constructor(entry: string, options: Record<string, unknown>) {
    super();
    this.entry = entry;
    this.options = options;
    FakeUtilityProcess.all.push(this);
  }
  postMessage(data: unknown, ports: readonly unknown[] = []): void {
    this.messages.push({ data, ports });
  }
  kill(): boolean {
    this.killed = true;
    return true;
  }
  /** What it says to the shell. */
  say(message: unknown): void {
    this.emit('message', message);
  }
  die(code: number): void {
    this.emit('exit', code);
  }
}

interface Display {
  readonly id: number;
  readonly workArea: { x: number; y: number; width: number; height: number };
}

interface Item {
  readonly label?: string;
  readonly role?: string;
  readonly click?: () => void;
  readonly submenu?: readonly Item[];
}

export const app = new FakeApp();
export const session = { defaultSession: new FakeSession() };
export const protocol = {
  schemes: [] as unknown[],
  registerSchemesAsPrivileged(schemes: unknown[]): void {
    this.schemes.push(...schemes);
  },
};
export const nativeTheme = { themeSource: 'system', shouldUseDarkColors: false };
export const screen = {
  displays: [{ id: 1, workArea: { x: 0, y: 0, width: 1920, height: 1040 } }] as Display[],
  getPrimaryDisplay(): Display {
    return this.displays[0]!;
  },
  getAllDisplays(): Display[] {
    return this.displays;
  },
};
export const dialog = {
  errors: [] as [title: string, text: string][],
  answer: { canceled: true, filePaths: [] as string[] },
  asked: [] as unknown[],
  /** The button that is pressed. */
  response: 0,
  showMessageBox(options: unknown): Promise<{ response: number }> {
    this.asked.push(options);
    return Promise.resolve({ response: this.response });
  },
  showErrorBox(title: string, text: string): void {
    this.errors.push([title, text]);
  },
  showOpenDialog(_window: unknown, options: unknown): Promise<{ canceled: boolean; filePaths: string[] }> {
    this.asked.push(options);
    return Promise.resolve(this.answer);
  },
};
export const Menu = {
  items: [] as readonly Item[],
  buildFromTemplate(template: readonly Item[]): readonly Item[] {
    return template;
  },
  setApplicationMenu(items: readonly Item[]): void {
    this.items = items;
  },
};

export const clipboard = {
  text: '',
  writeText(text: string): Promise<void> {
    this.text = text;
    return Promise.resolve();
  },
};

class FakeIpcMain extends EventEmitter {
  readonly handlers = new Map<string, (event: unknown, ...values: unknown[]) => unknown>();
  handle(channel: string, handler: (event: unknown, ...values: unknown[]) => unknown): void {
    this.handlers.set(channel, handler);
  }
}
export const ipcMain = new FakeIpcMain();

export const utilityProcess = {
  fork: (entry: string, _args: string[], options: Record<string, unknown>): FakeUtilityProcess =>
    new FakeUtilityProcess(entry, options),
};
export const MessageChannelMain = FakeChannel;

class FakeIpcRenderer extends EventEmitter {
  readonly invoked: unknown[][] = [];
  readonly sent: unknown[][] = [];
  invoke(...call: unknown[]): Promise<unknown> {
    this.invoked.push(call);
    return Promise.resolve('/chosen');
  }
  send(...call: unknown[]): void {
    this.sent.push(call);
  }
}
export const ipcRenderer = new FakeIpcRenderer();
export const contextBridge = {
  exposed: {} as Record<string, unknown>,
  exposeInMainWorld(name: string, value: unknown): void {
    this.exposed[name] = value;
  },
};
export const webUtils = {
  getPathForFile: (file: { name: string }): string => (file.name === '' ? '' : `/d/${file.name}`),
};

/** As at the start of a program. */
export function resetElectron(): void {
  for (const one of [app, ipcMain, ipcRenderer, session.defaultSession]) one.removeAllListeners();
  session.defaultSession = new FakeSession();
  Object.assign(app, { sandboxed: false, lockIsFree: true, exitCode: null, relaunches: 0, quits: 0 });
  app.switches.length = 0;
  ipcMain.handlers.clear();
  protocol.schemes = [];
  BrowserWindow.all = [];
  FakeUtilityProcess.all = [];
  dialog.errors = [];
  dialog.asked = [];
  dialog.response = 0;
  clipboard.text = '';
  nativeTheme.themeSource = 'system';
  nativeTheme.shouldUseDarkColors = false;
  screen.displays = [{ id: 1, workArea: { x: 0, y: 0, width: 1920, height: 1040 } }];
}

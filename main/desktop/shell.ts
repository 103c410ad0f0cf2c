/** Electron's main process: puts the parts together, in the order that Electron wants them, and ends them. */
import { join } from 'node:path';
import { app, dialog, session } from 'electron';
import type { BrowserWindow } from 'electron';
import type { OfferedBackup } from '#app/contract/shell.ts';
import { AppError } from '#app/domain/errors.ts';
import type { PlainError } from '#app/domain/errors.ts';
import { homeFor } from '../core/home.ts';
import { homeFlag } from './arguments.ts';
import { channels } from './channels.ts';
import { CoreProcess } from './core-process.ts';
import { askWhereToSave } from './downloads.ts';
import { answerPreload } from './ipc.ts';
import { setMenu } from './menus.ts';
import { registerScheme, serveScheme } from './protocol.ts';
import { secureApp, secureSession } from './security.ts';
import { WindowStateFile } from './window-state.ts';
import { applyTheme, createWindow, focusWindow } from './windows.ts';

/** A micro-batch of a large backbone on a slow machine and the checkpoint after it. */
const CLOSE_LIMIT_MS = 30_000;

export async function startShell(): Promise<void> {
  secureApp();
  registerScheme();
  let home: string;
  try {
    home = homeFor(homeFlag(process.argv), process.env['INIT_CWD'] ?? process.cwd());
  } catch (error) {
    refuse(error instanceof AppError ? error.message : String(error));
    return;
  }
  // Chromium's own files, and with them the lock: one window a profile.
  const own = join(home, 'window');
  app.setPath('userData', own);
  if (!app.requestSingleInstanceLock()) {
    app.quit();
    return;
  }
  const shell = new Shell(home, new WindowStateFile(join(own, 'window.json')));
  await app.whenReady();
  shell.open();
}

async function wantsBackup(message: string, { at }: OfferedBackup): Promise<boolean> {
  const when = new Date(at).toLocaleString();
  const { response } = await dialog.showMessageBox({
    type: 'error',
    title: 'DTL Studio',
    message: 'DTL Studio could not start',
    detail: `${message}\n\nThere is a backup of ${when}. What was labelled and trained since is not in it. The damaged database is kept among the backups.`,
    buttons: [`Restore the backup of ${when}`, 'Quit'],
    // Not what goes back to an older state: Enter is pressed before anything was read.
    defaultId: 1,
    cancelId: 1,
    noLink: true,
  });
  return response === 0;
}

/** What passes, or what a person can put right meanwhile: nothing is wrong with the database itself. */
const PASSING = ['store.io', 'store.busy'];

async function wantsAnotherTry(message: string): Promise<boolean> {
  const { response } = await dialog.showMessageBox({
    type: 'error',
    title: 'DTL Studio',
    message: 'DTL Studio could not start',
    detail: message,
    buttons: ['Try again', 'Quit'],
    defaultId: 0,
    cancelId: 1,
    noLink: true,
  });
  return response === 0;
}

function refuse(message: string): void {
  dialog.showErrorBox('DTL Studio could not start', message);
  app.exit(1);
}

class Shell {
  readonly #core: CoreProcess;
  readonly #state: WindowStateFile;
  #window: BrowserWindow | null = null;
  #quitting: 'no' | 'closing' | 'closed' = 'no';

  constructor(home: string, state: WindowStateFile) {
    this.#state = state;
    const root = app.getAppPath();
    this.#core = new CoreProcess({
      home,
      coreEntry: join(root, 'dist', 'main', 'core.js'),
      engineEntry: join(root, 'dist', 'main', 'engine.js'),
      now: Date.now,
      onState: (core) => this.#window?.webContents.send(channels.core, core),
      onTheme: (theme) => applyTheme(theme, this.#window, state),
      onStartFailed: (error, backup) => void this.#startFailed(error, backup),
    });
    app.on('second-instance', () => this.#startedAgain());
    app.on('window-all-closed', () => app.quit());
    app.on('before-quit', (event) => this.#quit(event));
  }

  open(): void {
    const root = app.getAppPath();
    secureSession(session.defaultSession);
    askWhereToSave(session.defaultSession);
    serveScheme(session.defaultSession, { renderer: join(root, 'dist', 'renderer'), core: this.#core });
    answerPreload((contents) => this.#core.connect(contents));
    setMenu({
      platform: process.platform,
      send: (command) => this.#window?.webContents.send(channels.command, command),
    });
    this.#core.start();
    const window = createWindow(join(root, 'dist', 'preload', 'preload.cjs'), this.#state);
    window.on('closed', () => (this.#window = null));
    this.#window = window;
  }

  /** A database that is damaged has a backup in its place with one click, one that cannot be opened just now is tried again. */
  async #startFailed({ code, message }: PlainError, backup: OfferedBackup | null): Promise<void> {
    const passes = backup === null && PASSING.includes(code);
    if (backup !== null ? await wantsBackup(message, backup) : passes && (await wantsAnotherTry(message))) {
      this.#core.start(backup?.id);
      return;
    }
    this.#quitting = 'closed';
    if (backup === null && !passes) refuse(message);
    else app.exit(1);
  }

  /** Somebody who starts the program while it is still putting things away gets a new one when that is done. */
  #startedAgain(): void {
    if (this.#window !== null) focusWindow(this.#window);
    else if (this.#quitting === 'closing') app.relaunch();
  }

  #quit(event: { preventDefault(): void }): void {
    if (this.#quitting === 'closed') return;
    event.preventDefault();
    if (this.#quitting === 'closing') return;
    this.#quitting = 'closing';
    this.#window?.close();
    void this.#core
      .close(CLOSE_LIMIT_MS)
      .then(() => this.#state.kept())
      .finally(() => {
        this.#quitting = 'closed';
        app.exit(0);
      });
  }
}

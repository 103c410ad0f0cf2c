/**
 * Electron's security checklist, a test an item, in its order and by its numbers (the page "Security" of its documentation).
 * What each item comes to is tested beside the part that does it; here every item is met at least once.
 */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Session } from 'electron';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { PAGE, isPage } from './address.ts';
import { contentSecurityPolicy, secureApp, secureSession, webPreferences } from './security.ts';
import { FakeEvent, FakeSession, FakeWebContents, app, resetElectron } from './testing/electron.ts';

vi.mock('electron', () => import('./testing/electron.ts'));
beforeEach(() => {
  resetElectron();
  secureApp();
});

const root = fileURLToPath(new URL('../../', import.meta.url));
const preferences = webPreferences('/preload.cjs');

/** Sources of the shell and of the page as one text each, without tests. */
function sourcesIn(folder: string, ending: RegExp): string {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => ending.test(name) && !/\.test\.ts$|(^|\/)testing\//.test(name))
    .map((name) => readFileSync(join(root, folder, name), 'utf8'))
    .join('\n');
}
const shell = sourcesIn('main/desktop', /\.ts$/);
const page = sourcesIn('renderer', /\.(ts|vue|html|css)$/);

function securedSession(): FakeSession {
  const session = new FakeSession();
  secureSession(session as unknown as Session);
  return session;
}

/** Whether a request for it is stopped. */
function isStopped(url: string): unknown {
  const answer = vi.fn();
  (securedSession().handlers['request'] as (details: object, answer: unknown) => void)({ url }, answer);
  return (answer.mock.calls[0]?.[0] as { cancel: boolean }).cancel;
}

describe('Electron’s security checklist', () => {
  it('1: only secure content is loaded, which is the program’s own', () => {
    expect(PAGE).toMatch(/^dtl:\/\/app\//);
    for (const url of ['http://example.org/a.js', 'https://example.org/a.js', 'ws://example.org/']) {
      expect(isStopped(url)).toBe(true);
    }
    expect(page).not.toMatch(/(src|href)="https?:/);
  });

  it('2: no Node in the page, its workers and its frames', () => {
    expect(preferences).toMatchObject({
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
    });
  });

  it('3: the preload’s world is isolated from the page’s', () => {
    expect(preferences.contextIsolation).toBe(true);
  });

  it('4: every renderer is sandboxed', () => {
    expect(preferences.sandbox).toBe(true);
    expect(app.sandboxed).toBe(true);
    expect(shell).not.toMatch(/no-sandbox|sandbox: false/);
  });

  it('5: every permission is denied, asked or checked', () => {
    const { handlers } = securedSession();
    const answer = vi.fn();
    (handlers['permission-request'] as (...values: unknown[]) => void)(null, 'media', answer);
    expect(answer).toHaveBeenCalledExactlyOnceWith(false);
    expect((handlers['permission-check'] as () => boolean)()).toBe(false);
  });

  it('6: web security is on', () => {
    expect(preferences.webSecurity).toBe(true);
    expect(shell).not.toMatch(/webSecurity: false|disable-web-security/);
  });

  it('7: a content security policy that names no other host and no code from text', () => {
    expect(contentSecurityPolicy).toMatch(/^default-src 'none'; script-src 'self';/);
    expect(contentSecurityPolicy).not.toMatch(/https?:|\*|unsafe-eval|script-src[^;]*unsafe-inline/);
  });

  it('8: no insecure content in a secure page', () => {
    expect(preferences.allowRunningInsecureContent).toBe(false);
  });

  it('9: no experimental features', () => {
    expect(preferences.experimentalFeatures).toBe(false);
  });

  it('10: no features of Blink by name', () => {
    expect(preferences).not.toHaveProperty('enableBlinkFeatures');
    expect(shell).not.toMatch(/enable-?blink-?features/i);
  });

  it('11: no webview that may open windows: there are no webviews at all', () => {
    expect(preferences.webviewTag).toBe(false);
    expect(page).not.toMatch(/<webview|allowpopups/i);
  });

  it('12: no webview is attached, whatever its options', () => {
    const event = new FakeEvent();
    new FakeWebContents().emit('will-attach-webview', event);
    expect(event.defaultPrevented).toBe(true);
  });

  it('13: no way leads away from the page', () => {
    for (const name of ['will-navigate', 'will-redirect']) {
      const event = Object.assign(new FakeEvent(), { url: 'https://example.org/' });
      new FakeWebContents().emit(name, event);
      expect(event.defaultPrevented, name).toBe(true);
    }
  });

  it('14: no new window', () => {
    expect(new FakeWebContents().openWindow({ url: PAGE })).toEqual({ action: 'deny' });
  });

  it('15: nothing is opened outside: the shell never calls openExternal, openPath or a program', () => {
    expect(shell).not.toMatch(/openExternal|openPath|showItemInFolder|child_process/);
  });

  it('16: Electron is a current one: its version is exact, and no older major than the newest of the year', () => {
    const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      readonly devDependencies: Readonly<Record<string, string>>;
    };
    expect(devDependencies['electron']).toMatch(/^\d+\.\d+\.\d+$/);
    // Raised with every update; `npm run vulnerabilities` says when one is due.
    expect(Number.parseInt(devDependencies['electron'] ?? '', 10)).toBeGreaterThanOrEqual(45);
  });

  it('17: whoever listens to the page asks first who speaks', () => {
    const listeners = [...shell.matchAll(/ipcMain\s*\.(handle|on|handleOnce|once)\(([^;]*?)\);\n/gs)];
    expect(listeners).toHaveLength(4);
    for (const [text] of listeners) expect(text).toMatch(/windowOf\(event\)|isFromPage\(event\)/);
  });

  it('18: no file:// but a scheme of its own', () => {
    expect(isPage('file:///index.html')).toBe(false);
    expect(isStopped('file:///etc/passwd')).toBe(true);
    expect(shell).not.toMatch(/loadFile\(|['"`]file:/);
  });

  it('19: every fuse is decided, which the packing checks', () => {
    const fuses = readFileSync(join(root, 'scripts/build/fuses.ts'), 'utf8');
    expect(fuses).toContain('strictlyRequireAllFuses: true');
    expect(fuses).toMatch(/RunAsNode\]: false/);
    expect(readFileSync(join(root, 'electron-builder.config.ts'), 'utf8')).toMatch(/afterPack: .*setFuses/s);
    expect(existsSync(join(root, 'scripts/build/fuses.test.ts'))).toBe(true);
  });

  it('20: no Electron API reaches the page: verbs alone, and no event', () => {
    const preload = readFileSync(join(root, 'main/desktop/preload/preload.ts'), 'utf8');
    expect(preload.match(/exposeInMainWorld/g)).toHaveLength(1);
    // It is imported, and only its methods are called: never handed on as it is.
    expect(preload.replace(/^import .*$/m, '')).not.toMatch(/\b(ipcRenderer|webUtils|contextBridge)\b(?!\.)/);
    expect(page).not.toMatch(/from 'electron'|require\(/);
  });
});

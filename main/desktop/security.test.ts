import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Session } from 'electron';
import { FakeEvent, FakeSession, FakeWebContents, app, resetElectron } from './testing/electron.ts';
import { contentSecurityPolicy, secureApp, secureSession, webPreferences } from './security.ts';

vi.mock('electron', () => import('./testing/electron.ts'));
beforeEach(resetElectron);

describe('the page', () => {
  it('is isolated, sandboxed, and has no Node anywhere', () => {
    expect(webPreferences('/preload.cjs')).toMatchObject({
      preload: '/preload.cjs',
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      experimentalFeatures: false,
      webviewTag: false,
      navigateOnDragDrop: false,
      spellcheck: false,
    });
  });

  it('runs its own scripts only, and names no other host', () => {
    const policy = new Map(contentSecurityPolicy.split('; ').map((one) => [one.split(' ')[0], one]));
    expect(policy.get('default-src')).toBe("default-src 'none'");
    expect(policy.get('script-src')).toBe("script-src 'self'");
    expect(policy.get('connect-src')).toBe("connect-src 'self'");
    for (const part of ['object-src', 'base-uri', 'form-action', 'frame-ancestors']) {
      expect(policy.get(part)).toBe(`${part} 'none'`);
    }
    expect(contentSecurityPolicy).not.toMatch(/https?:|\*|unsafe-eval/);
  });
});

describe('the program', () => {
  beforeEach(secureApp);

  it('sandboxes every renderer and switches off what speaks to other machines', () => {
    expect(app.sandboxed).toBe(true);
    const names = app.switches.map(([name]) => name);
    expect(names).toEqual(expect.arrayContaining(['disable-background-networking', 'disable-component-update']));
    expect(app.switches).toContainEqual(['host-resolver-rules', 'MAP * ~NOTFOUND']);
  });

  it('trusts no certificate and gives none', () => {
    const trust = vi.fn();
    app.emit('certificate-error', new FakeEvent(), null, 'https://example.org', 'bad', null, trust);
    expect(trust).toHaveBeenCalledExactlyOnceWith(false);
    const event = new FakeEvent();
    const choose = vi.fn();
    app.emit('select-client-certificate', event, null, 'https://example.org', [], choose);
    expect(event.defaultPrevented).toBe(true);
    expect(choose).toHaveBeenCalledExactlyOnceWith();
    const answer = vi.fn();
    app.emit('login', new FakeEvent(), null, {}, {}, answer);
    expect(answer).toHaveBeenCalledExactlyOnceWith();
  });

  const navigation = (url: string, more: object = {}): FakeEvent => Object.assign(new FakeEvent(), { url, ...more });

  it.each([
    'https://example.org/',
    'file:///etc/passwd',
    'dtl://other/',
    'dtl://app.example.org/',
    'dtl://app/media/photo/1',
    'javascript:alert(1)',
    'data:text/html,x',
    'about:blank',
  ])('does not leave the page for %s', (url) => {
    const contents = new FakeWebContents();
    const away = navigation(url);
    contents.emit('will-navigate', away);
    expect(away.defaultPrevented).toBe(true);
    const framed = navigation(url, { isMainFrame: true });
    contents.emit('will-frame-navigate', framed);
    expect(framed.defaultPrevented).toBe(true);
    expect(contents.openWindow({ url })).toEqual({ action: 'deny' });
  });

  it('lets the page reload itself, but no frame in it', () => {
    const contents = new FakeWebContents();
    const reload = navigation('dtl://app/#/library');
    contents.emit('will-navigate', reload);
    expect(reload.defaultPrevented).toBe(false);
    const frame = navigation('dtl://app/', { isMainFrame: false });
    contents.emit('will-frame-navigate', frame);
    expect(frame.defaultPrevented).toBe(true);
  });

  it('follows no redirect, attaches no webview and opens no window, not even of its own', () => {
    const contents = new FakeWebContents();
    for (const name of ['will-redirect', 'will-attach-webview']) {
      const event = navigation('dtl://app/');
      contents.emit(name, event);
      expect(event.defaultPrevented, name).toBe(true);
    }
    expect(contents.openWindow({ url: 'dtl://app/' })).toEqual({ action: 'deny' });
  });
});

describe('the session', () => {
  const secured = (): FakeSession => {
    const session = new FakeSession();
    secureSession(session as unknown as Session);
    return session;
  };
  const call = (session: FakeSession, name: string, ...values: unknown[]): unknown =>
    (session.handlers[name] as (...values: unknown[]) => unknown)(...values);

  it.each(['media', 'geolocation', 'notifications', 'clipboard-read', 'fileSystem', 'openExternal', 'unknown'])(
    'denies %s, asked or checked',
    (permission) => {
      const session = secured();
      const answer = vi.fn();
      call(session, 'permission-request', null, permission, answer);
      expect(answer).toHaveBeenCalledExactlyOnceWith(false);
      expect(call(session, 'permission-check', null, permission, 'dtl://app', {})).toBe(false);
    },
  );

  it('gives no device, no screen, no certificate and no spelling dictionary', () => {
    const session = secured();
    expect(call(session, 'device', {})).toBe(false);
    const streams = vi.fn();
    call(session, 'display-media', {}, streams);
    expect(streams).toHaveBeenCalledExactlyOnceWith(null);
    const verdict = vi.fn();
    call(session, 'certificate', {}, verdict);
    expect(verdict).toHaveBeenCalledExactlyOnceWith(-2);
    expect(session.spellChecker).toBe(false);
  });

  it.each([
    ['dtl://app/media/thumb/3', false],
    ['blob:dtl://app/6d4f', false],
    ['data:image/png;base64,AA', false],
    ['https://example.org/', true],
    ['http://127.0.0.1:8080/', true],
    ['ws://127.0.0.1/', true],
    ['file:///etc/passwd', true],
    ['dtl://other/', true],
    ['blob:https://example.org/1', true],
  ])('of a request for %s: cancelled is %s', (url, cancel) => {
    const answer = vi.fn();
    call(secured(), 'request', { url }, answer);
    expect(answer).toHaveBeenCalledExactlyOnceWith({ cancel });
  });
});

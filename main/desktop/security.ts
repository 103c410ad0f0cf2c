/**
 * What pages may not do, whatever they contain: Electron's security checklist, item by item, and no word to any other
 * machine. Everything is refused here rather than left to defaults, which change between releases.
 */
import { app } from 'electron';
import type { Session, WebPreferences } from 'electron';
import { SCHEME, isOwn, isPage } from './address.ts';

export const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  // The component library and the charts set styles on elements.
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "font-src 'self'",
  "connect-src 'self'",
  "worker-src 'self'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** On every answer of the page's own scheme. */
export const securityHeaders: Readonly<Record<string, string>> = {
  'content-security-policy': contentSecurityPolicy,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
};

export function webPreferences(preload: string): WebPreferences {
  return {
    preload,
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
    // Its dictionaries would be fetched.
    spellcheck: false,
    // A window in the background goes on showing how a run fares.
    backgroundThrottling: false,
  };
}

/** Before the app is ready. */
export function secureApp(): void {
  app.enableSandbox();
  for (const name of [
    'disable-background-networking',
    'disable-component-update',
    'disable-domain-reliability',
    'disable-sync',
    'disable-quic',
    'no-pings',
    'no-proxy-server',
  ]) {
    app.commandLine.appendSwitch(name);
  }
  // What is not stopped elsewhere still finds no host.
  app.commandLine.appendSwitch('host-resolver-rules', 'MAP * ~NOTFOUND');
  app.on('certificate-error', (event, _contents, _url, _error, _certificate, trust) => {
    event.preventDefault();
    trust(false);
  });
  app.on('select-client-certificate', (event, _contents, _url, _list, choose) => {
    event.preventDefault();
    choose();
  });
  app.on('login', (event, _contents, _request, _auth, answer) => {
    event.preventDefault();
    answer();
  });
  app.on('web-contents-created', (_created, contents) => {
    contents.on('will-attach-webview', (event) => event.preventDefault());
    contents.on('will-navigate', (event) => {
      // A reload is a navigation to itself.
      if (!isPage(event.url)) event.preventDefault();
    });
    contents.on('will-frame-navigate', (event) => {
      if (!event.isMainFrame || !isPage(event.url)) event.preventDefault();
    });
    contents.on('will-redirect', (event) => event.preventDefault());
    contents.setWindowOpenHandler(() => ({ action: 'deny' }));
  });
}

/** Before the first page is loaded in it. */
export function secureSession(session: Session): void {
  session.setPermissionRequestHandler((_contents, _permission, answer) => answer(false));
  session.setPermissionCheckHandler(() => false);
  session.setDevicePermissionHandler(() => false);
  session.setDisplayMediaRequestHandler((_request, answer) => answer(null));
  session.setSpellCheckerEnabled(false);
  // Nothing here speaks TLS, so no certificate is the right one.
  const REFUSED = -2;
  session.setCertificateVerifyProc((_request, verdict) => verdict(REFUSED));
  session.webRequest.onBeforeRequest((details, answer) => answer({ cancel: !isAllowed(details.url) }));
}

/** The page's own scheme and what lives in its memory; `devtools:` is Chromium's own inspector. */
function isAllowed(url: string): boolean {
  return isOwn(url) || url.startsWith(`blob:${SCHEME}://`) || /^(data|devtools):/.test(url);
}

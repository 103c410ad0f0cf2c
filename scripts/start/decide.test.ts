import { describe, expect, it } from 'vitest';
import { browserReason, isStale, serveArguments } from './decide.ts';

const desk = { platform: 'linux', env: { DISPLAY: ':0' }, isRoot: false } as const;

describe('npm start', () => {
  it('opens the desktop app where there is a display', () => {
    expect(browserReason([], desk)).toBeNull();
    expect(browserReason(['--home', 'x'], { ...desk, env: { WAYLAND_DISPLAY: 'wayland-0' } })).toBeNull();
    expect(browserReason([], { platform: 'win32', env: {}, isRoot: false })).toBeNull();
  });

  it('says why it serves a browser instead', () => {
    expect(browserReason([], { ...desk, env: {} })).toContain('no display');
    expect(browserReason([], { ...desk, env: { DISPLAY: '' } })).toContain('no display');
    expect(browserReason([], { ...desk, isRoot: true })).toContain('root');
  });

  it('needs no reason for what was asked for', () => {
    for (const args of [['--browser'], ['--port', '8000'], ['--root=photos']])
      expect(browserReason(args, desk)).toBe('');
    expect(serveArguments(['--browser', '--port', '8000', '--root', 'a'])).toEqual(['--port', '8000', '--root', 'a']);
  });

  it('builds what is missing or older than its sources', () => {
    expect([isStale(null, 5), isStale(4, 5), isStale(5, 5), isStale(6, 5)]).toEqual([true, true, false, false]);
  });
});

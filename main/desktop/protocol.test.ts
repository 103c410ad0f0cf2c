import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Session } from 'electron';
import type { ShellAnswer } from '#app/contract/shell.ts';
import { FakeSession, protocol } from './testing/electron.ts';
import type { Served } from './protocol.ts';
import { answer, registerScheme, serveScheme } from './protocol.ts';
import { contentSecurityPolicy } from './security.ts';

vi.mock('electron', () => import('./testing/electron.ts'));

let folder: string;
let served: Served;
const asked: string[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dtl-protocol-'));
  const renderer = join(folder, 'renderer');
  await mkdir(join(renderer, 'assets'), { recursive: true });
  await writeFile(join(renderer, 'index.html'), '<!doctype html>');
  await writeFile(join(renderer, 'assets', 'a b.js'), 'export {};');
  await writeFile(join(renderer, 'notes.txt'), 'not part of a page');
  await writeFile(join(folder, 'secret.js'), 'outside');
  await writeFile(join(folder, 'photo.jpg'), 'a photo');
  const reply = (more: Partial<ShellAnswer>): Promise<ShellAnswer> =>
    Promise.resolve({ id: 1, status: 200, headers: { 'content-type': 'image/jpeg' }, body: null, ...more });
  served = {
    renderer,
    core: {
      media: (address) => {
        asked.push(address);
        if (address.startsWith('/media/photo/')) return reply({ body: { file: join(folder, 'photo.jpg') } });
        if (address.startsWith('/media/gone/')) return reply({ body: { file: join(folder, 'gone.jpg') } });
        return address === '/media/thumb/9'
          ? reply({ status: 404, headers: {} })
          : reply({ body: Buffer.from('small') });
      },
      upload: (bytes) => reply({ headers: {}, body: Buffer.from(`{"bytes":${bytes.length}}`) }),
    },
  };
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const get = (address: string, options: RequestInit = {}): Promise<Response> =>
  answer(new Request(`dtl://app${address}`, options), served);

describe('the page’s own scheme', () => {
  it('is standard and secure, passes no policy by, and has no service workers', () => {
    registerScheme();
    expect(protocol.schemes).toEqual([
      {
        scheme: 'dtl',
        privileges: { standard: true, secure: true, supportFetchAPI: true, corsEnabled: true, codeCache: true },
      },
    ]);
    const session = new FakeSession();
    serveScheme(session as unknown as Session, served);
    expect(session.handlers).toHaveProperty('scheme:dtl');
  });

  it('serves the interface with its policy on every answer', async () => {
    for (const [address, status, type] of [
      ['/', 200, 'text/html; charset=utf-8'],
      ['/assets/a%20b.js?v=1', 200, 'text/javascript; charset=utf-8'],
      ['/missing.js', 404, null],
      ['/media/thumb/3?h=ab', 200, 'image/jpeg'],
      ['/media/thumb/9', 404, null],
    ] as const) {
      const response = await get(address);
      expect([address, response.status]).toEqual([address, status]);
      expect(response.headers.get('content-type')).toBe(type);
      expect(response.headers.get('content-security-policy')).toBe(contentSecurityPolicy);
      expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    }
  });

  it.each([
    '/../secret.js',
    '/%2e%2e/secret.js',
    '/..%2fsecret.js',
    '/assets/..%2f..%2fsecret.js',
    '/..%5csecret.js',
    '/%00',
    '/%ff',
    '/assets',
    '/notes.txt',
    '/C:%2fsecret.js',
  ])('does not give %s', async (address) => {
    const response = await get(address);
    expect(response.status).toBe(404);
    expect(await response.text()).toBe('');
  });

  it('answers no other host', async () => {
    expect((await answer(new Request('dtl://other/index.html'), served)).status).toBe(404);
  });

  it('asks the core for pictures by their whole address, and streams a file that it names', async () => {
    asked.length = 0;
    expect(await (await get('/media/thumb/3?h=ab')).text()).toBe('small');
    const photo = await get('/media/photo/3?h=ab');
    expect(await photo.text()).toBe('a photo');
    expect(photo.headers.get('content-length')).toBe('7');
    expect(asked).toEqual(['/media/thumb/3?h=ab', '/media/photo/3?h=ab']);
  });

  it('says plainly that a file is gone by now', async () => {
    expect((await get('/media/gone/3')).status).toBe(500);
  });

  it('takes uploads up to 64 MB, by POST only, and writes nothing else', async () => {
    const sent = await get('/upload', { method: 'POST', body: new Uint8Array(1000) });
    expect(await sent.json()).toEqual({ bytes: 1000 });
    expect((await get('/upload')).status).toBe(405);
    expect((await get('/index.html', { method: 'PUT', body: 'x' })).status).toBe(405);
    expect((await get('/upload', { method: 'POST', body: new Uint8Array(64 * 1024 * 1024 + 1) })).status).toBe(413);
  });
});

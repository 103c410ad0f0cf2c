import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { startServer } from './http-server.ts';
import { serveForTest } from './testing/served.ts';
import type { Served } from './testing/served.ts';

/** The status of a refused upgrade, or `open`. */
async function connect({ port, cookie }: Served, headers: Record<string, string>, path = '/rpc'): Promise<string> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, { headers: { cookie, ...headers } });
  return new Promise((resolve) => {
    socket.on('open', () => {
      socket.terminate();
      resolve('open');
    });
    socket.on('unexpected-response', (_request, response) => {
      socket.terminate();
      resolve(String(response.statusCode));
    });
    socket.on('error', () => undefined);
  });
}

describe('who is let in', () => {
  it('lets in who has the token, by a cookie that no page can read, and again with the same token', async () => {
    const served = await serveForTest();
    const { search } = new URL(served.server.address);
    expect((await served.ask('/')).status).toBe(401);
    const first = await served.ask(`/${search}`);
    expect(first).toMatchObject({ status: 303, headers: { location: '/' } });
    expect(first.headers['set-cookie']?.[0]).toMatch(/^dtl-studio-\d+=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/);
    expect(first.headers['set-cookie']?.[0]).not.toContain(search.slice('?token='.length));
    expect((await served.ask(`/${search}`)).status).toBe(303);
    for (let tab = 0; tab < 2; tab++) expect((await served.askAsUser('/')).body.toString()).toContain('the interface');
  });

  it('refuses everything without a cookie, and with a wrong one', async () => {
    const served = await serveForTest();
    const name = served.cookie.split('=')[0] ?? '';
    for (const path of ['/', '/assets/page-abc.js', '/media/thumb/1', '/upload', '/nowhere']) {
      expect((await served.ask(path)).status).toBe(401);
      expect((await served.ask(path, { headers: { cookie: `${name}=${'a'.repeat(43)}` } })).status).toBe(401);
    }
    expect((await served.ask('/upload', { method: 'POST', body: Buffer.from('x') })).status).toBe(401);
    expect(await connect({ ...served, cookie: '' }, {})).toBe('401');
  });

  it('slows down who guesses tokens, and leaves who is in alone', async () => {
    const served = await serveForTest();
    const statuses = [];
    for (let i = 0; i < 12; i++) statuses.push((await served.ask(`/?token=${i}`)).status);
    expect(statuses.slice(0, 10)).toEqual(Array(10).fill(401));
    expect(statuses.at(-1)).toBe(429);
    expect((await served.askAsUser('/')).status).toBe(200);
    // Nor does it keep the token's owner out of another browser.
    expect((await served.ask(`/${new URL(served.server.address).search}`)).status).toBe(303);
  });

  it('refuses other names for this machine and pages of other origins, also for sockets', async () => {
    const served = await serveForTest();
    const own = `127.0.0.1:${served.port}`;
    const statuses = async (headers: Record<string, string>): Promise<readonly (number | string)[]> => [
      (await served.askAsUser('/', { headers })).status,
      (await served.askAsUser('/upload', { method: 'POST', body: Buffer.from('x'), headers })).status,
      await connect(served, headers),
    ];
    expect(await statuses({ host: 'evil.example' })).toEqual([403, 403, '403']);
    expect(await statuses({ host: `127.0.0.1.evil.example:${served.port}` })).toEqual([403, 403, '403']);
    expect(await statuses({ origin: 'http://evil.example' })).toEqual([403, 403, '403']);
    expect(await statuses({ origin: 'null' })).toEqual([403, 403, '403']);
    expect(await statuses({ origin: `http://localhost:${served.port}` })).toEqual([403, 403, '403']);
    expect(await statuses({ origin: `http://${own}` })).toEqual([200, 200, 'open']);
    // Through a tunnel to another port.
    expect(await statuses({ host: 'localhost:8000', origin: 'http://localhost:8000' })).toEqual([200, 200, 'open']);
    const image = { 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'no-cors' };
    expect((await served.askAsUser('/media/thumb/1', { headers: image })).status).toBe(403);
    expect(await connect(served, {}, '/other')).toBe('403');
  });

  it('says on every answer what its page may not do', async () => {
    const served = await serveForTest();
    const answers = [
      await served.ask('/'),
      await served.ask('/', { headers: { host: 'evil.example' } }),
      await served.askAsUser('/'),
      await served.askAsUser('/assets/page-abc.js'),
      await served.askAsUser('/media/thumb/1'),
      await served.askAsUser('/nowhere'),
    ];
    expect(answers.map(({ status }) => status)).toEqual([401, 403, 200, 200, 404, 404]);
    for (const { headers } of answers) {
      expect(headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-resource-policy': 'same-origin',
      });
      expect(headers['content-security-policy']).toContain("default-src 'self'");
      expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
      expect(headers['permissions-policy']).toContain('camera=()');
    }
  });
});

describe('who takes more than their share', () => {
  it('is hung up on: who sends a head that does not end, or a body', async () => {
    const served = await serveForTest({ head: 150, request: 300, check: 50, ping: 20_000 });
    const ending = async (words: string): Promise<string> => {
      const socket = createConnection({ port: served.port, host: '127.0.0.1' });
      let said = '';
      socket.setEncoding('utf8').on('data', (chunk: string) => (said += chunk));
      socket.write(words);
      await once(socket, 'close');
      return said.split('\r\n')[0] ?? '';
    };
    const host = `Host: 127.0.0.1:${served.port}\r\n`;
    expect(await ending(`GET / HTTP/1.1\r\n${host}X-Slow: `)).toBe('HTTP/1.1 408 Request Timeout');
    const upload = `POST /upload HTTP/1.1\r\n${host}Cookie: ${served.cookie}\r\nContent-Length: 1000\r\n\r\nslow`;
    expect(await ending(upload)).toBe('HTTP/1.1 408 Request Timeout');
    expect((await served.askAsUser('/')).status).toBe(200);
  });

  it('is refused: who sends a head of 70 kB or a message of more than 32 MB', async () => {
    const served = await serveForTest();
    expect((await served.askAsUser('/', { headers: { 'x-long': 'a'.repeat(70_000) } })).status).toBe(431);
    const socket = new WebSocket(`ws://127.0.0.1:${served.port}/rpc`, { headers: { cookie: served.cookie } });
    await once(socket, 'open');
    // Sent or not, a message of that size ends the line with the code for it.
    socket.on('error', () => undefined);
    const closed = once(socket, 'close');
    socket.send(Buffer.alloc(33 * 1024 * 1024));
    expect(await closed).toMatchObject([1009, expect.anything()]);
    expect((await served.askAsUser('/')).status).toBe(200);
  });
});

describe('what is served', () => {
  it('gives nothing outside the interface, however it is written', async () => {
    const served = await serveForTest();
    for (const path of [
      '/../secret.txt',
      '/..%2fsecret.txt',
      '/%2e%2e/secret.txt',
      '/assets/../../secret.txt',
      '/..\\secret.txt',
      `/${served.folder}/secret.txt`,
      '/media/photo/../../secret.txt',
      '/media/photo/..%2f..%2fsecret.txt',
      '/media/photo/1/..',
      '//evil.example/',
      'http://evil.example/',
    ]) {
      const { status, body } = await served.askAsUser(path);
      expect([path, status]).toEqual([path, path === 'http://evil.example/' ? 403 : 404]);
      expect(body.toString()).not.toContain('secret\n');
      expect(body.toString()).not.toBe('secret');
    }
  });

  it('gives the interface for an address that a person reloads, and no page for a file that is missing', async () => {
    const served = await serveForTest();
    const page = await served.askAsUser('/library', { headers: { 'sec-fetch-mode': 'navigate' } });
    expect([page.status, page.body.toString()]).toEqual([200, expect.stringContaining('the interface')]);
    expect((await served.askAsUser('/gone.js', { headers: { accept: '*/*' } })).status).toBe(404);
    const asset = await served.askAsUser('/assets/page-abc.js');
    expect(asset.headers).toMatchObject({ 'cache-control': 'public, max-age=31536000, immutable' });
    expect(page.headers).toMatchObject({ 'cache-control': 'no-cache' });
    expect((await served.askAsUser('/', { method: 'DELETE' })).status).toBe(405);
  });

  it('takes a file and keeps it until it is used', async () => {
    const served = await serveForTest();
    const sent = await served.askAsUser('/upload', { method: 'POST', body: Buffer.from('a pack') });
    const { upload } = JSON.parse(sent.body.toString()) as { upload: string };
    expect(await readFile(await served.live.uploads.path(upload), 'utf8')).toBe('a pack');
    expect((await served.askAsUser('/upload')).status).toBe(405);
    const large = { 'content-length': String(65 * 1024 * 1024) };
    const refused = await served
      .askAsUser('/upload', { method: 'POST', headers: large })
      .catch(() => ({ status: 413 }));
    expect(refused.status).toBe(413);
  });

  it('shows a photo by its number, for ever where the address names its content', async () => {
    const served = await serveForTest();
    const { core } = served.live;
    const project = core.projects.create('p');
    await core.library.import(project, served.photos);
    const { contentHash, path } = core.pictures.photo(1 as never);
    const address = `/media/photo/1?h=${contentHash?.slice(0, 16) ?? ''}`;
    const whole = await served.askAsUser(address);
    expect(whole.headers).toMatchObject({
      'content-type': 'image/jpeg',
      'cache-control': 'private, max-age=31536000, immutable',
    });
    expect(whole.body.equals(await readFile(path))).toBe(true);
    expect((await served.askAsUser(address, { method: 'HEAD' })).body).toHaveLength(0);
    expect((await served.askAsUser('/media/photo/1?h=0000000000000000')).headers).toMatchObject({
      'cache-control': 'private, no-cache',
    });
    expect((await served.askAsUser('/media/thumb/1')).headers).toMatchObject({ 'content-type': 'image/jpeg' });
    expect(JSON.parse((await served.askAsUser('/media/photo/99')).body.toString())).toMatchObject({
      code: 'photos.unknown',
    });
  });

  it('says that a port is taken', async () => {
    const served = await serveForTest();
    const site = join(served.folder, 'site');
    await expect(startServer({ live: served.live, site, port: served.port })).rejects.toMatchObject({
      code: 'server.port',
      message: expect.stringContaining('--port') as unknown,
    });
  });

  it('keeps the line of a window that answers, also where the server itself was held up meanwhile', async () => {
    const served = await serveForTest({ head: 10_000, request: 10_000, check: 1000, ping: 200 });
    const open = async (options: object): Promise<WebSocket> => {
      const address = `ws://127.0.0.1:${served.port}/rpc`;
      const socket = new WebSocket(address, { headers: { cookie: served.cookie }, ...options });
      await once(socket, 'open');
      return socket;
    };
    const answering = await open({});
    const silent = await open({ autoPong: false });
    const gone = once(silent, 'close');
    let asked = 0;
    answering.on('ping', () => {
      // The answer has left, and nobody reads it until the next question is due.
      const end = performance.now() + (asked++ === 0 ? 600 : 0);
      while (performance.now() < end);
    });
    await gone;
    const more = asked + 2;
    while (asked < more && answering.readyState === WebSocket.OPEN) await delay(20);
    expect(answering.readyState).toBe(WebSocket.OPEN);
    answering.terminate();
  });

  it('says that it is ending to who asks meanwhile, and takes that for no fault of its own', async () => {
    const served = await serveForTest();
    const socket = createConnection({ port: served.port, host: '127.0.0.1' });
    let said = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => (said += chunk));
    const closed = once(socket, 'close');
    const start = `GET /media/thumb/1 HTTP/1.1\r\nHost: 127.0.0.1:${served.port}\r\nCookie: ${served.cookie}\r\n`;
    await new Promise((resolve) => socket.write(start, resolve));
    // Its head has to be on its way in the server: a connection that is idle is closed at once.
    await served.askAsUser('/');
    const ended = served.server.close();
    socket.write('\r\n');
    await Promise.all([closed, ended]);
    expect(said.split('\r\n')[0]).toBe('HTTP/1.1 503 Service Unavailable');
  });

  it('hangs up on every window when it ends', async () => {
    const served = await serveForTest();
    const socket = new WebSocket(`ws://127.0.0.1:${served.port}/rpc`, { headers: { cookie: served.cookie } });
    await once(socket, 'open');
    const closed = once(socket, 'close');
    await served.server.close();
    expect(await closed).toMatchObject([1001, expect.anything()]);
  });
});

/** A server over the real core in a folder of the test's own, and requests as a browser or anybody else sends them. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { renderSamplePhotos } from '../../core/samples.ts';
import { openLive } from '../../core/open-live.ts';
import type { Live } from '../../core/open-live.ts';
import { startServer } from '../http-server.ts';
import type { RunningServer, ServerTimes } from '../http-server.ts';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

export interface Served {
  readonly folder: string;
  /** Two photos of each of six classes. */
  readonly photos: string;
  readonly live: Live;
  readonly server: RunningServer;
  readonly port: number;
  /** What the token was exchanged for. */
  readonly cookie: string;
  /** As it stands: no part of the address is tidied up. */
  ask(path: string, asked?: Asked): Promise<Answer>;
  /** With the cookie. */
  askAsUser(path: string, asked?: Asked): Promise<Answer>;
}

export async function serveForTest(times?: ServerTimes): Promise<Served> {
  const folder = await mkdtemp(join(tmpdir(), 'dtl-server-'));
  const [photos, site] = [join(folder, 'photos'), join(folder, 'site')];
  await renderSamplePhotos(photos, { seed: 0, perClass: 2, size: 300 });
  await mkdir(join(site, 'assets'), { recursive: true });
  await writeFile(join(site, 'index.html'), '<!doctype html><title>the interface</title>');
  await writeFile(join(site, 'assets', 'page-abc.js'), 'export {};');
  await writeFile(join(folder, 'secret.txt'), 'secret');
  const live = await openLive({ home: join(folder, 'home'), what: 'a test', host: 'browser', roots: [photos] });
  const server = await startServer({ live, site, port: 0, ...(times === undefined ? {} : { times }) });
  onTestFinished(async () => {
    await server.close();
    await live.close();
    await rm(folder, { recursive: true, force: true });
  });
  const { port: text, search } = new URL(server.address);
  const port = Number(text);
  const ask = (path: string, asked: Asked = {}): Promise<Answer> => send(port, path, asked);
  const cookie = (await ask(`/${search}`)).headers['set-cookie']?.[0]?.split(';')[0] ?? '';
  return {
    folder,
    photos,
    live,
    server,
    port,
    cookie,
    ask,
    askAsUser: (path, { headers, ...asked } = {}) => ask(path, { ...asked, headers: { cookie, ...headers } }),
  };
}

function send(port: number, path: string, { method = 'GET', headers = {}, body }: Asked): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }),
      );
      response.on('error', reject);
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

/** The browser host: HTTP and WebSocket on this machine, for whoever has the address that it prints. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { AppError, asAppError } from '#app/domain/errors.ts';
import { reportBug } from '../core/live/report-bug.ts';
import type { Live } from '../core/open-live.ts';
import { Access } from './access.ts';
import type { Refusal } from './access.ts';
import { say, securityHeaders } from './headers.ts';
import { createRoutes } from './routes.ts';
import { createRpcSocket } from './rpc-socket.ts';

export interface ServerOptions {
  readonly live: Pick<Live, 'router' | 'handling' | 'media' | 'uploads'>;
  /** The folder of the built interface. */
  readonly site: string;
  /** 0: any that is free. */
  readonly port: number;
  /** Who was let in before, where the server is opened again. */
  readonly access?: Access;
  readonly times?: ServerTimes;
}

/** Milliseconds. Who sends slower holds a connection for nothing. */
export interface ServerTimes {
  /** For the head of a request. */
  readonly head: number;
  /** For all of it: an upload of 64 MB from this machine or through a tunnel. */
  readonly request: number;
  /** Between two looks at who is late. */
  readonly check: number;
  /** Between two questions to each window whether it is there; who has not answered the last one is not. */
  readonly ping: number;
}

const TIMES: ServerTimes = { head: 10_000, request: 300_000, check: 5_000, ping: 20_000 };

export interface RunningServer {
  /** With the token. */
  readonly address: string;
  /** Ends every connection. */
  close(): Promise<void>;
}

/** Throws `server.port`. */
export async function startServer({
  live,
  site,
  port,
  access = new Access(),
  times = TIMES,
}: ServerOptions): Promise<RunningServer> {
  const routes = createRoutes(live, site);
  const rpc = createRpcSocket(live, times.ping);
  // Cookies of other programs on this machine's name come along.
  const limits = {
    maxHeaderSize: 65_536,
    headersTimeout: times.head,
    requestTimeout: times.request,
    connectionsCheckingInterval: times.check,
  };
  const server = createServer(limits, (request, response) => void answer(request, response));

  /** The core is being closed at the same time: what it is asked now it cannot answer, and that is no fault. */
  let ending = false;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    for (const [name, value] of Object.entries(securityHeaders)) response.setHeader(name, value);
    try {
      const url = addressOf(request);
      const refusal = access.stranger(request);
      const token = url?.pathname === '/' ? url.searchParams.get('token') : undefined;
      if (ending) say(response, 503, 'The server is ending.');
      else if (refusal !== null || url === null) refuse(response, refusal ?? notAnAddress);
      else if (typeof token === 'string') exchange(token, response);
      else if (!access.isKnown(request)) refuse(response, unknown);
      else await routes(request, response, url);
    } catch (thrown) {
      if (!ending && !response.destroyed && !request.destroyed) reportBug(asAppError(thrown));
      if (response.headersSent) response.destroy();
      else say(response, 500, 'The server could not answer this.');
    }
  }

  function exchange(token: string, response: ServerResponse): void {
    const refusal = access.refuseToken(token);
    if (refusal !== null) refuse(response, refusal);
    else {
      response.writeHead(303, { location: '/', 'set-cookie': access.cookie(), 'cache-control': 'no-store' });
      response.end();
    }
  }

  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    // A connection that breaks before it is one is nobody's fault.
    socket.on('error', () => socket.destroy());
    const url = addressOf(request);
    const refusal = access.stranger(request) ?? (access.isKnown(request) ? null : unknown);
    if (refusal !== null) refuseUpgrade(socket, refusal);
    else if (url?.pathname !== '/rpc')
      refuseUpgrade(socket, { status: 403, words: 'There is nothing at this address.' });
    else rpc.accept(request, socket, head);
  });

  server.listen(port, '127.0.0.1');
  await once(server, 'listening').catch((error: unknown) => {
    throw portProblem(port, error);
  });
  const bound = boundPort(server.address());
  access.listensOn(bound);
  return {
    address: `http://127.0.0.1:${bound}/?token=${access.token}`,
    close: async () => {
      ending = true;
      const closed = once(server, 'close');
      server.close();
      rpc.close();
      server.closeIdleConnections();
      setTimeout(() => server.closeAllConnections(), 1000).unref();
      await closed;
    },
  };
}

const unknown: Refusal = {
  status: 401,
  words: 'Open the address that `dtl serve` has printed: it lets this browser in.',
};
const notAnAddress: Refusal = { status: 403, words: 'This is no address.' };

function addressOf({ url = '' }: IncomingMessage): URL | null {
  return url.startsWith('/') ? URL.parse(`http://localhost${url}`) : null;
}

function refuse(response: ServerResponse, { status, words }: Refusal): void {
  say(response, status, words, status === 429 ? { 'retry-after': '2' } : {});
}

function refuseUpgrade(socket: Duplex, { status, words }: Refusal): void {
  const headers = Object.entries({ ...securityHeaders, 'content-type': 'text/plain', connection: 'close' });
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  socket.end(`HTTP/1.1 ${status} Refused\r\n${lines}\r\n${words}\n`);
}

function boundPort(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error('The server has no port.');
  return address.port;
}

function portProblem(port: number, cause: unknown): AppError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  const why =
    code === 'EADDRINUSE'
      ? 'another program has it'
      : code === 'EACCES'
        ? 'this user may not use it'
        : `the system says ${code === '' ? String(cause) : code}`;
  return new AppError(
    'server.port',
    `Port ${port} cannot be used: ${why}. Name another one with --port, or leave it out.`,
    {
      data: { port },
      cause,
    },
  );
}

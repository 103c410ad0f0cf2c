/** The contract over a WebSocket: one socket a window. */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { RPCHandler } from '@orpc/server/ws';
import { WebSocket, WebSocketServer } from 'ws';
import type { Live } from '../core/open-live.ts';

export interface RpcSocket {
  /** Takes over a request that was let in. */
  accept(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  close(): void;
}

/** A selection of a million photos is 8 MB. */
const LARGEST_MESSAGE = 32 * 1024 * 1024;
/** What may wait for a window that does not read. It connects again and asks anew. */
const MOST_UNREAD = 64 * 1024 * 1024;

type Message = Parameters<WebSocket['send']>[0];

export function createRpcSocket(
  { router, handling }: Pick<Live, 'router' | 'handling'>,
  pingMilliseconds: number,
): RpcSocket {
  const handler = new RPCHandler(router, handling);
  // Compression costs more than the way from this machine to itself.
  const server = new WebSocketServer({ noServer: true, maxPayload: LARGEST_MESSAGE, perMessageDeflate: false });
  const answered = new WeakSet<WebSocket>();

  const pinging = setInterval(() => {
    // Where this process itself was held up, answers have come and were not read yet: they are, before this is called.
    setImmediate(() => {
      for (const socket of server.clients) {
        if (!answered.has(socket)) socket.terminate();
        answered.delete(socket);
        socket.ping();
      }
    });
  }, pingMilliseconds).unref();

  return {
    accept: (request, socket, head) =>
      server.handleUpgrade(request, socket, head, (client) => {
        answered.add(client);
        // Whoever speaks is there.
        for (const sign of ['pong', 'message'] as const) client.on(sign, () => answered.add(client));
        // What breaks a connection ends it; the window connects again.
        client.on('error', () => client.terminate());
        void handler.upgrade({
          addEventListener: client.addEventListener.bind(client),
          // The handler waits for what this gives, although its type does not say so.
          send: (message: Message): unknown => send(client, message),
        });
      }),
    close: () => {
      clearInterval(pinging);
      const GOING_AWAY = 1001;
      for (const socket of server.clients) socket.close(GOING_AWAY);
      // A window that does not answer is left behind.
      setTimeout(() => server.clients.forEach((socket) => socket.terminate()), 500).unref();
      server.close();
    },
  };
}

/** Resolves when the message has left, so that a stream of events is read no faster than its listener reads. */
function send(socket: WebSocket, message: Message): Promise<void> {
  if (socket.readyState !== WebSocket.OPEN) return Promise.resolve();
  if (socket.bufferedAmount > MOST_UNREAD) {
    socket.terminate();
    return Promise.resolve();
  }
  return new Promise((resolve) => socket.send(message, () => resolve()));
}

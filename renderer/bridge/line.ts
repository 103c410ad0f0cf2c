/**
 * The line to the core, whichever way it goes: a WebSocket to the server that sent this page, or a MessagePort that the
 * desktop app hands over. A line ends for good; `client.ts` opens the next one.
 */
import type { ClientContext, ClientLink } from '@orpc/client';
import { RPCLink as PortLink } from '@orpc/client/message-port';
import { RPCLink as SocketLink } from '@orpc/client/websocket';
import type { CoreState, DesktopHost } from '#app/contract/host.ts';
import { PORT_MESSAGE } from '#app/contract/host.ts';

export type CoreLink = ClientLink<ClientContext>;

export interface LineListener {
  onOpen(link: CoreLink): void;
  /** `refused`: this page is not let in any more, and trying again does not help. */
  onClosed(why: 'lost' | 'refused'): void;
}

export function openSocket(listener: LineListener): void {
  const address = new URL('/rpc', location.href);
  address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
  const socket = new WebSocket(address);
  const link = new SocketLink({ websocket: socket });
  let opened = false;
  socket.addEventListener('open', () => {
    opened = true;
    listener.onOpen(link);
  });
  socket.addEventListener('close', () => {
    if (opened) listener.onClosed('lost');
    else void mayEnter().then((may) => listener.onClosed(may ? 'lost' : 'refused'));
  });
}

/** A WebSocket does not say why it was not opened; an ordinary request does. */
async function mayEnter(): Promise<boolean> {
  try {
    const answer = await fetch('/', { method: 'HEAD' });
    return answer.status !== 401 && answer.status !== 403;
  } catch {
    return true;
  }
}

export function listenForPorts(host: DesktopHost, listener: LineListener, onState: (state: CoreState) => void): void {
  window.addEventListener('message', (event: MessageEvent<unknown>) => {
    const port = event.ports[0];
    if (event.source !== window || event.data !== PORT_MESSAGE || port === undefined) return;
    const link = new PortLink({ port });
    port.start();
    listener.onOpen(link);
  });
  host.onCore((state) => {
    if (state.state !== 'ready') listener.onClosed('lost');
    onState(state);
  });
  host.connect();
}

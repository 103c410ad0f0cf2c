/**
 * Playwright has the browser tell it of every message of a page's WebSocket, pictures and all: the text goes through the
 * browser's main thread and a pipe and is parsed here, on the cores that a frame is waiting for. Nobody listens in at a
 * person's window, so nobody does where frames are counted.
 */
import type { Page } from '@playwright/test';

interface Session {
  send(method: 'Network.enable' | 'Network.disable'): Promise<unknown>;
}

/** The connection's own session with the browser: there is no public way to it, and another session has settings of its own. */
function sessionOf(page: Page): Session {
  const { _connection: connection } = page as unknown as {
    readonly _connection: {
      toImpl(of: Page): { readonly delegate: { readonly _mainFrameSession: { readonly _client: Session } } };
    };
  };
  return connection.toImpl(page).delegate._mainFrameSession._client;
}

/**
 * What `measured` waits for must not be a navigation, whose requests Playwright has to hear of. Where it fails the page is as
 * good as gone, and stays unheard.
 */
export async function unheard<T>(page: Page, measured: () => Promise<T>): Promise<T> {
  const session = sessionOf(page);
  await session.send('Network.disable');
  const result = await measured();
  await session.send('Network.enable');
  return result;
}

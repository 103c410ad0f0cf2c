/** The page's end of the line to the core. */
import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/message-port';
import type { ContractRouterClient } from '@orpc/contract';
import type { Contract } from '#app/contract/index.ts';
import type { FakeWebContents } from './electron.ts';
import type { FakePort } from './ports.ts';

type Client = ContractRouterClient<Contract>;

/** Over the port that the shell handed to the page last. */
export function clientOf(contents: FakeWebContents): Client {
  const port = contents.posted.at(-1)?.ports[0] as FakePort;
  const client: Client = createORPCClient(new RPCLink({ port }));
  port.start();
  return client;
}

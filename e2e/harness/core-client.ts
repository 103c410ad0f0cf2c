/** The browser host as a process, asked over its socket as a page asks it. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/websocket';
import type { ContractRouterClient } from '@orpc/contract';
import { WebSocket } from 'ws';
import type { CoreEvent } from '#app/contract/events.ts';
import type { Contract } from '#app/contract/index.ts';
import type { TaskResult } from '#app/contract/task-results.ts';

const program = fileURLToPath(new URL('../../main/server/testing/serve-child.ts', import.meta.url));

export type Core = ContractRouterClient<Contract>;

export interface ServedCore {
  readonly core: Core;
  readonly child: ChildProcess;
  readonly pid: number;
  /** For pictures: where they are asked for, and with which cookie. */
  readonly origin: string;
  readonly cookie: string;
  /** Asks it to end and gives the exit code. */
  end(): Promise<unknown>;
  /** As a power cut would; resolves when it is gone. */
  kill(): Promise<void>;
}

/** The profile is `folder/home`, and the window may look into `folder`. A command in `through` starts the server, e.g. a tracer. */
export async function serveCore(folder: string, through: readonly string[] = []): Promise<ServedCore> {
  const site = join(folder, 'site');
  await mkdir(site, { recursive: true });
  await writeFile(join(site, 'index.html'), '<!doctype html>');
  const [command, ...rest] = [...through, process.execPath, program, join(folder, 'home'), folder, site];
  const child = spawn(command, rest, { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (said += chunk));
  const gone = once(child, 'exit');
  const line = await Promise.race([
    once(child.stdout, 'data').then(([chunk]) => String(chunk)),
    gone.then(() => {
      throw new Error(`the server ended before it answered: ${said}`);
    }),
  ]);
  const address = new URL(line.replace('DTL Studio: ', '').trim());
  const cookie = await cookieOf(address);
  const socket = new WebSocket(`ws://${address.host}/rpc`, { headers: { cookie, origin: address.origin } });
  await once(socket, 'open');
  // A killed server breaks the line; whoever waits for an answer is told by the link.
  socket.on('error', () => undefined);
  const link = new RPCLink({ websocket: socket as unknown as globalThis.WebSocket });
  return {
    core: createORPCClient(link),
    child,
    pid: child.pid ?? 0,
    origin: address.origin,
    cookie,
    end: async () => {
      if (child.exitCode === null) child.kill('SIGTERM');
      const [code] = (await gone) as [number | null];
      return code;
    },
    kill: async () => {
      child.kill('SIGKILL');
      await gone;
    },
  };
}

async function cookieOf(address: URL): Promise<string> {
  return new Promise((resolve, reject) => {
    request(address, (response) => {
      response.resume();
      resolve(response.headers['set-cookie']?.[0]?.split(';')[0] ?? '');
    })
      .on('error', reject)
      .end();
  });
}

/** Reads events until `look` gives something; rejects when the line breaks. Looks once before the first event. */
export async function until<T>(core: Core, look: (event: CoreEvent | null) => Promise<T | null>): Promise<T> {
  const events = await core.events.stream({});
  try {
    const before = await look(null);
    if (before !== null) return before;
    for await (const event of events) {
      const seen = await look(event);
      if (seen !== null) return seen;
    }
    throw new Error('the events ended');
  } finally {
    void events.return(undefined).catch(() => undefined);
  }
}

/** What it leaves. Rejects with what went wrong, or when the line breaks. */
export async function taskEnd(core: Core, id: number): Promise<TaskResult | null> {
  const [result] = await until(core, async (event) => {
    if (event !== null && (event.type !== 'task' || event.task.id !== id || event.task.state === 'running'))
      return null;
    const { tasks } = await core.tasks.list();
    const task = tasks.find((one) => one.id === id);
    if (task === undefined || task.state === 'running') return null;
    if (task.error !== null) throw new Error(task.error.message);
    return [task.result];
  });
  return result;
}

/** The browser host as a process: asked over its socket, ended by a signal, started again. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/websocket';
import type { ContractRouterClient } from '@orpc/contract';
import { expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import type { Contract } from '#app/contract/index.ts';
import type { CoreEvent } from '#app/contract/events.ts';
import { descendants, enginesOf } from '../harness/processes.ts';

const program = fileURLToPath(new URL('../../main/server/testing/serve-child.ts', import.meta.url));

interface Window {
  readonly core: ContractRouterClient<Contract>;
  readonly child: ChildProcess;
}

async function open(folder: string): Promise<Window> {
  const child = spawn(process.execPath, [program, join(folder, 'home'), folder, join(folder, 'site')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const address = new URL(line.toString().replace('DTL Studio: ', '').trim());
  const cookie = await new Promise<string>((resolve, reject) => {
    request(address, (response) => {
      response.resume();
      resolve(response.headers['set-cookie']?.[0]?.split(';')[0] ?? '');
    })
      .on('error', reject)
      .end();
  });
  const socket = new WebSocket(`ws://${address.host}/rpc`, { headers: { cookie, origin: address.origin } });
  await once(socket, 'open');
  const link = new RPCLink({ websocket: socket as unknown as globalThis.WebSocket });
  return { core: createORPCClient(link), child };
}

/** Reads on from where the last call stopped. */
async function until(
  events: AsyncIterator<CoreEvent, unknown>,
  wanted: (event: CoreEvent) => boolean,
): Promise<CoreEvent> {
  for (;;) {
    const next = await events.next();
    if (next.done === true) return expect.fail('the events ended');
    const event = next.value;
    if (event.type === 'task' && event.task.error !== null) return expect.fail(event.task.error.message);
    if (wanted(event)) return event;
  }
}

/** Gives the exit code. */
async function end(child: ChildProcess): Promise<unknown> {
  child.kill('SIGTERM');
  const [code] = (await once(child, 'exit')) as [number | null];
  return code;
}

it(
  'leaves a run so that it can go on, and no process behind, when it is told to end',
  { timeout: 60_000 },
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'dtl-served-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    await mkdir(join(folder, 'site'));
    await writeFile(join(folder, 'site', 'index.html'), '<!doctype html>');

    const first = await open(folder);
    const events = await first.core.events.stream({});
    await first.core.projects.sample();
    const task = await until(events, (event) => event.type === 'task' && event.task.state !== 'running');
    expect(task).toMatchObject({ task: { state: 'finished', error: null } });
    const [project] = (await first.core.projects.list()).projects;
    if (project === undefined) return expect.fail('no project');
    await first.core.runs.start({
      project: project.id,
      request: {
        split: null,
        backbone: null,
        method: 'dtl+',
        methodSettings: {},
        recipe: 'default',
        recipeChanges: { epochs: 2000 },
        device: null,
        threads: 1,
        fit: 'squash',
        sixteenBit: 'full-range',
      },
      seeds: [0],
      name: null,
      note: '',
    });
    await until(events, (event) => event.type === 'metric' && event.metric.epoch >= 2);
    const pid = first.child.pid ?? 0;
    const children = process.platform === 'linux' ? descendants(pid) : [];
    if (process.platform === 'linux') expect(enginesOf(pid)).toHaveLength(1);
    const asked = Date.now();
    expect(await end(first.child)).toBe(0);
    expect(Date.now() - asked).toBeLessThan(10_000);
    for (const { pid: left } of children) expect(() => process.kill(left, 0)).toThrow('ESRCH');

    const again = await open(folder);
    const [run] = (await again.core.runs.list({ project: project.id })).runs;
    expect(run).toMatchObject({ queued: 1 });
    expect(await again.core.runs.queue()).toMatchObject({ held: true, running: null, waiting: [run?.id] });
    expect(await end(again.child)).toBe(0);
  },
);

it(
  'refuses what the contract does not know, and places outside of its roots, with words',
  { timeout: 60_000 },
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'dtl-served-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    await mkdir(join(folder, 'site'));
    await writeFile(join(folder, 'site', 'index.html'), '<!doctype html>');
    const { core, child } = await open(folder);
    const code = (work: Promise<unknown>): Promise<unknown> =>
      work.then(
        () => 'done',
        (error: unknown) => (error as { data?: { code?: unknown } }).data?.code,
      );
    expect(await code(core.library.offer({ folder: tmpdir() }))).toBe('files.outside-roots');
    expect(await code(core.library.offer({ folder: join(folder, 'site') }))).toBe('done');
    expect(await code(core.projects.show({ project: -1 }))).toBe('contract.input');
    expect(await code(core.projects.show({ project: 7 }))).toBe('projects.unknown');
    expect((await core.files.browse({ path: null, show: 'folders' })).entries.map(({ name }) => name)).toContain(
      'site',
    );
    expect(await end(child)).toBe(0);
  },
);

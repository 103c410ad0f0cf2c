/** The browser host as a process: asked over its socket, ended by a signal, started again. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import type { CoreEvent } from '#app/contract/events.ts';
import { serveCore } from '../harness/core-client.ts';
import type { ServedCore } from '../harness/core-client.ts';
import { descendants, enginesOf } from '../harness/processes.ts';

/** Gone with the test, whatever becomes of it. */
async function served(folder: string): Promise<ServedCore> {
  const own = await serveCore(folder);
  onTestFinished(() => void own.child.kill('SIGKILL'));
  return own;
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

it(
  'leaves a run so that it can go on, and no process behind, when it is told to end',
  { timeout: 60_000 },
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'dtl-served-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));

    const first = await served(folder);
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
    const { pid } = first;
    const children = process.platform === 'linux' ? descendants(pid) : [];
    if (process.platform === 'linux') expect(enginesOf(pid)).toHaveLength(1);
    const asked = Date.now();
    expect(await first.end()).toBe(0);
    expect(Date.now() - asked).toBeLessThan(10_000);
    for (const { pid: left } of children) expect(() => process.kill(left, 0)).toThrow('ESRCH');

    const again = await served(folder);
    const [run] = (await again.core.runs.list({ project: project.id })).runs;
    expect(run).toMatchObject({ queued: 1 });
    expect(await again.core.runs.queue()).toMatchObject({ held: true, running: null, waiting: [run?.id] });
    expect(await again.end()).toBe(0);
  },
);

it(
  'refuses what the contract does not know, and places outside of its roots, with words',
  { timeout: 60_000 },
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'dtl-served-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const server = await served(folder);
    const { core } = server;
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
    expect(await server.end()).toBe(0);
  },
);

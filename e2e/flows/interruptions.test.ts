/** Runs that are stopped, killed or in each other's way. */
import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Started } from '../harness/dtl.ts';
import { Bench } from '../harness/dtl.ts';
import { photoFolder } from '../harness/png.ts';
import { TINY_HEADS, writeTinyBackbone } from '../harness/tiny-backbone.ts';

const TIMEOUT = 180_000;
let bench: Bench;

beforeEach(async () => {
  bench = await Bench.create();
  await photoFolder(bench.path('photos'), { red: 10, green: 10 });
  await writeTinyBackbone(bench.path('tiny.safetensors'));
  await bench.json('project', 'create', 'two');
  await bench.json('import', 'photos');
  await bench.json('labels', 'import', '--folders');
  await bench.json('split');
  await bench.json('backbone', 'import', 'tiny.safetensors', '--name', 'tiny', '--heads', String(TINY_HEADS));
}, TIMEOUT);

afterEach(() => bench.remove());

function startTraining(epochs: number): Started {
  return bench.start(['train', '--backbone', 'tiny', '--epochs', String(epochs), '--batch-size', '4']);
}

it(
  'goes on after Ctrl-C as if nothing had happened: the same pack to the last byte',
  { timeout: TIMEOUT },
  async () => {
    const EPOCHS = 150;
    const first = startTraining(EPOCHS);
    await first.saysOnStderr(/epoch 10\/150/);
    first.child.kill('SIGINT');
    const stopped = await first.ended;
    expect(stopped.code).toBe(1);
    expect(stopped.stdout).toContain('dtl runs resume 1');
    const [run] = (await bench.json('runs', 'list')) as { state: string; error: unknown }[];
    expect(run).toMatchObject({ state: 'stopped', error: null });
    expect(await bench.failure('pack', 'export')).toMatchObject({ exit: 1, error: { code: 'packs.run-not-finished' } });

    expect(await bench.json('runs', 'resume')).toMatchObject({ run: { number: 1, state: 'finished' } });
    const { metrics } = (await bench.json('runs', 'show', '1')) as { metrics: { epoch: number }[] };
    expect(metrics.map(({ epoch }) => epoch)).toEqual(Array.from({ length: EPOCHS + 1 }, (_, epoch) => epoch));
    expect(await bench.failure('runs', 'resume', '1')).toMatchObject({ error: { code: 'runs.not-resumable' } });

    expect((await startTraining(EPOCHS).ended).code).toBe(0);
    await bench.json('pack', 'export', '1', '--out', 'resumed.safetensors');
    await bench.json('pack', 'export', '2', '--out', 'straight.safetensors');
    const [resumed, straight] = await Promise.all(
      ['resumed', 'straight'].map((name) => readFile(bench.path(`${name}.safetensors`))),
    );
    expect(straight).toEqual(resumed);
  },
);

it('keeps what was learned when the program is killed, and says how it stands', { timeout: TIMEOUT }, async () => {
  const first = startTraining(5000);
  await first.saysOnStderr(/epoch 10\/5000/);
  // Meanwhile others may read, and are told who writes.
  expect(await bench.json('runs', 'list')).toMatchObject([{ state: 'running' }]);
  const refused = await bench.failure('project', 'create', 'another');
  expect(refused).toMatchObject({
    exit: 1,
    error: { code: 'profile.locked', data: { pid: first.child.pid, what: 'dtl train' } },
  });
  first.child.kill('SIGKILL');
  await first.ended;
  expect(await bench.json('runs', 'list')).toMatchObject([{ state: 'stopped', error: { code: 'runs.interrupted' } }]);

  const again = bench.start(['runs', 'resume']);
  await again.saysOnStderr(/epoch \d{2,}\/5000/);
  again.child.kill('SIGTERM');
  expect((await again.ended).code).toBe(1);
  const { metrics } = (await bench.json('runs', 'show')) as { metrics: { epoch: number }[] };
  expect(metrics[0]).toMatchObject({ epoch: 0 });
  expect(metrics.length).toBeGreaterThan(10);
});

it('ends at once at the second Ctrl-C, and can go on all the same', { timeout: TIMEOUT }, async () => {
  const first = startTraining(5000);
  await first.saysOnStderr(/epoch 5\/5000/);
  first.child.kill('SIGINT');
  first.child.kill('SIGTERM');
  expect((await first.ended).code).toBe(1);
  const [run] = (await bench.json('runs', 'list')) as { state: string }[];
  expect(run).toMatchObject({ state: 'stopped' });
  const again = bench.start(['runs', 'resume']);
  await again.saysOnStderr(/epoch \d+\/5000/);
  again.child.kill('SIGINT');
  await again.ended;
});

// Finding the engine's process needs Linux's /proc.
it.skipIf(process.platform !== 'linux')(
  'records a crash of the engine with its reason, and goes on from the checkpoint',
  { timeout: TIMEOUT },
  async () => {
    const first = startTraining(5000);
    await first.saysOnStderr(/epoch 10\/5000/);
    await killEngineOf(first);
    const ended = await first.ended;
    expect(ended.code).toBe(1);
    expect(ended.stderr).toContain('engine process ended');
    expect(await bench.json('runs', 'list')).toMatchObject([{ state: 'failed', error: { code: 'engine.died' } }]);
    const again = bench.start(['runs', 'resume']);
    await again.saysOnStderr(/epoch \d+\/5000/);
    again.child.kill('SIGINT');
    await again.ended;
    expect(await bench.json('runs', 'list')).toMatchObject([{ state: 'stopped' }]);
  },
);

/** The child of the program that is an engine. */
async function killEngineOf({ child }: Started): Promise<void> {
  const { pid } = child;
  const children = await readFile(`/proc/${pid ?? 0}/task/${pid ?? 0}/children`, 'utf8');
  const [engine] = children.trim().split(' ').map(Number);
  if (engine === undefined || engine === 0) throw new Error('The program has no engine process.');
  process.kill(engine, 'SIGKILL');
}

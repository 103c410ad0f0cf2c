import { describe, expect, it } from 'vitest';
import type { EngineJob, EngineResult } from '#app/contract/engine.ts';
import { AppError } from '#app/domain/errors.ts';
import type { EnginePort } from '#app/ports/engine.ts';
import { doctorOf } from './doctor.ts';

type Check = { readonly difference: number | null } | AppError;

/** An engine on a machine with these providers; `check` is what trying one of them comes to. */
function machine(check: Check | (() => Check), automatic = true): { engine: EnginePort; jobs: string[] } {
  const jobs: string[] = [];
  const answer = (job: EngineJob): EngineResult => {
    jobs.push(job.kind);
    if (job.kind === 'check-provider') {
      const now = typeof check === 'function' ? check() : check;
      if (now instanceof AppError) throw now;
      return { kind: 'check-provider', largest: 0.01, fallbacks: [], ...now };
    }
    return {
      kind: 'doctor',
      runtime: 'r',
      rssBytes: 1,
      providers: [
        { name: 'cuda', available: false, reason: 'No card.', automatic: false },
        { name: 'webgpu', available: true, reason: null, automatic },
        { name: 'cpu', available: true, reason: null, automatic: true },
      ],
    };
  };
  return { jobs, engine: { run: async (job) => Promise.resolve(answer(job) as never) } };
}

it('measures how fast the CPU multiplies once for a number of threads, and again where that failed', async () => {
  const asked: number[] = [];
  const rates = [null, 1e9, 2e9];
  const engine: EnginePort = {
    run: (job) => {
      if (job.kind !== 'rate') return Promise.reject(new Error('nothing else is asked'));
      asked.push(job.threads);
      const flopsPerSecond = rates[asked.length - 1] ?? null;
      return flopsPerSecond === null
        ? Promise.reject(new Error('no runtime'))
        : Promise.resolve({ kind: 'rate', flopsPerSecond } as never);
    },
  };
  const doctor = doctorOf(engine);
  expect(await doctor.productRate(2)).toBeNull();
  expect(await Promise.all([doctor.productRate(2), doctor.productRate(2)])).toEqual([1e9, 1e9]);
  expect(await doctor.productRate(1)).toBe(2e9);
  expect(asked).toEqual([2, 2, 1]);
});

describe('the choice of a device', () => {
  it('takes a provider that computes what the CPU computes, tried once', async () => {
    const { engine, jobs } = machine({ difference: 1e-6 });
    const doctor = doctorOf(engine);
    expect(await doctor.choose('auto')).toMatchObject({ name: 'webgpu' });
    expect(await doctor.choose('webgpu')).toMatchObject({ name: 'webgpu' });
    expect(jobs).toEqual(['doctor', 'check-provider']);
  });

  it.each([
    ['that computes something else', { difference: 0.03 }, /otherwise than the CPU \(3\.0e-2 relative\)/],
    ['that computes no numbers', { difference: null }, /not a number/],
    ['that takes its process along', new AppError('engine.died', 'It crashed.', { kind: 'bug' }), /failed: It crashed/],
    ['without a card', new AppError('runtime.provider', 'm', { data: { reason: 'No adapter.' } }), /No adapter\./],
  ] as const)('passes over one %s, and refuses it with the reason when it is asked for', async (_, check, why) => {
    const doctor = doctorOf(machine(check).engine);
    expect(await doctor.choose('auto')).toMatchObject({ name: 'cpu', why: expect.stringMatching(why) as unknown });
    await expect(doctor.choose('webgpu')).rejects.toMatchObject({ code: 'device.unavailable' });
    await expect(doctor.choose('webgpu')).rejects.toThrow(why);
  });

  it('tries a device that failed once more after a minute and not before, and keeps what works', async () => {
    const checks: Check[] = [new AppError('engine.died', 'Out of memory.', { kind: 'bug' }), { difference: 1e-6 }];
    let time = 0;
    const { engine, jobs } = machine(() => checks.shift() ?? { difference: null });
    const doctor = doctorOf(engine, () => time);
    const tries = (): number => jobs.filter((kind) => kind === 'check-provider').length;
    await Promise.all([doctor.choose('auto'), doctor.devices()]);
    time = 59_999;
    expect(await doctor.choose('auto')).toMatchObject({ name: 'cpu' });
    expect(tries()).toBe(1);
    time = 60_000;
    expect(await Promise.all([doctor.choose('auto'), doctor.choose('webgpu')])).toMatchObject([
      { name: 'webgpu' },
      { name: 'webgpu' },
    ]);
    time = 1e9;
    expect(await doctor.choose('auto')).toMatchObject({ name: 'webgpu' });
    expect(tries()).toBe(2);
  });

  it('does not try by itself what would compute by software, and starts nothing for the CPU', async () => {
    const { engine, jobs } = machine({ difference: 0 }, false);
    const doctor = doctorOf(engine);
    expect(await doctor.choose('cpu')).toMatchObject({ name: 'cpu' });
    expect(jobs).toEqual([]);
    expect(await doctor.choose('auto')).toMatchObject({ name: 'cpu' });
    expect(jobs).toEqual(['doctor']);
    expect(await doctor.devices()).toMatchObject([
      { name: 'cuda', available: false, reason: 'No card.' },
      { name: 'webgpu', available: true },
      { name: 'cpu', available: true },
    ]);
  });
});

/**
 * What an engine says of itself and the machine, asked once: starting a process for an answer that never changes takes time.
 * That a device failed may change: it may have been busy, or out of memory.
 */
import { tryProvider, untried } from '#app/checks/try-provider.ts';
import type { EngineResultOf } from '#app/contract/engine.ts';
import type { ChosenDevice, Device, DeviceChoice, Provider } from '#app/domain/device.ts';
import { chooseDevice } from '#app/domain/device.ts';
import type { EnginePort } from '#app/ports/engine.ts';

type Report = EngineResultOf<'doctor'>['providers'][number];

export interface Doctor {
  readonly report: () => Promise<EngineResultOf<'doctor'>>;
  /** Every device of this machine in its order, each tried. */
  readonly devices: () => Promise<readonly Device[]>;
  /** Floating-point operations a second of the CPU's products; null where it cannot be told. */
  readonly productRate: (threads: number) => Promise<number | null>;
  /** Tries no more than the choice needs. Throws `device.unavailable`. */
  readonly choose: (asked: DeviceChoice) => Promise<ChosenDevice>;
}

/** A device that failed is not tried again before: that takes seconds, and a form asks with every key that is pressed in it. */
const FAILURE_HOLDS_MS = 60_000;

/** `ticks`: milliseconds of a clock that nobody sets. */
export function doctorOf(engine: EnginePort, ticks: () => number = () => performance.now()): Doctor {
  const report = once(() => engine.run({ kind: 'doctor' }));
  const rates = new Map<number, () => Promise<number | null>>();
  const tries = new Map<Provider, () => Promise<Device>>();
  const failedAt = new Map<Provider, number>();

  function tried(one: Report): Promise<Device> {
    if (ticks() - (failedAt.get(one.name) ?? Infinity) >= FAILURE_HOLDS_MS) {
      tries.delete(one.name);
      failedAt.delete(one.name);
    }
    const asking = tries.get(one.name) ?? once(() => attempt(one));
    tries.set(one.name, asking);
    return asking();
  }

  async function attempt(one: Report): Promise<Device> {
    const device = await tryProvider(engine, one);
    // What this runtime does not have it will not have later either.
    if (one.available && !device.available) failedAt.set(one.name, ticks());
    return device;
  }

  function productRate(threads: number): Promise<number | null> {
    const asking =
      rates.get(threads) ??
      once(() => engine.run({ kind: 'rate', threads }).then(({ flopsPerSecond }) => flopsPerSecond));
    rates.set(threads, asking);
    // Only an estimate rests on it.
    return asking().catch(() => null);
  }

  return {
    report,
    productRate,
    devices: async () => {
      const devices: Device[] = [];
      // One after the other: two at once would share the memory of one card.
      for (const one of (await report()).providers) devices.push(await tried(one));
      return devices;
    },
    choose: async (asked) => {
      if (asked === 'cpu') return { name: 'cpu', why: 'It was asked for.' };
      const devices: Device[] = [];
      for (const one of (await report()).providers) {
        const found = devices.some(({ available, automatic }) => available && automatic);
        const wanted = asked === 'auto' ? one.automatic && !found : one.name === asked;
        devices.push(wanted ? await tried(one) : untried(one));
      }
      return chooseDevice(devices, asked);
    },
  };
}

function once<T>(ask: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | null = null;
  return () => {
    answer ??= ask().catch((error: unknown) => {
      // The next one may be luckier.
      answer = null;
      throw error;
    });
    return answer;
  };
}

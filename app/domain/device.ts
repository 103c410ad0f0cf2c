/** What a run can be computed on, and which of it is taken. */
import { AppError } from './errors.ts';

/** The runtime's names. */
export const providers = ['cpu', 'cuda', 'dml', 'coreml', 'webgpu'] as const;

export type Provider = (typeof providers)[number];

/** `auto`: the first in the machine's order that works. */
export const deviceChoices = ['auto', ...providers] as const;

export type DeviceChoice = (typeof deviceChoices)[number];

/** An operator that a provider left to the CPU. */
export interface Fallback {
  readonly operator: string;
  readonly nodes: number;
  /** A sentence. */
  readonly why: string;
}

export interface Device {
  readonly name: Provider;
  /** Whether it was tried and computes what the CPU computes. */
  readonly available: boolean;
  /** What there is to know of it, a sentence: why it is not available, or what to expect. */
  readonly reason: string;
  /** Whether it may be taken without being asked for. */
  readonly automatic: boolean;
  /** Seen when it was tried on a small network. */
  readonly fallbacks: readonly Fallback[];
}

export const deviceTitles: Readonly<Record<Provider, string>> = {
  cpu: 'CPU',
  cuda: 'CUDA (NVIDIA)',
  dml: 'DirectML',
  coreml: 'Core ML',
  webgpu: 'WebGPU',
};

export interface ChosenDevice {
  readonly name: Provider;
  /** Why this one, a sentence. */
  readonly why: string;
}

/**
 * `devices` in the order of the machine. Nothing is taken in the place of what was asked for: throws `device.unavailable`
 * with the reason.
 */
export function chooseDevice(devices: readonly Device[], asked: DeviceChoice): ChosenDevice {
  if (asked !== 'auto') {
    const device = devices.find(({ name }) => name === asked);
    if (device?.available === true) return { name: asked, why: `It was asked for. ${device.reason}` };
    const reason = device?.reason ?? 'This runtime does not know it.';
    const others = devices.flatMap(({ name, available }) => (available ? [name] : []));
    throw new AppError(
      'device.unavailable',
      `Nothing can be computed on ${deviceTitles[asked]} here. ${reason} Nothing was started. ` +
        `Choose ${['auto', ...others].join(', ')} instead.`,
      { data: { device: asked, reason } },
    );
  }
  const first = devices.find(({ available, automatic }) => available && automatic);
  if (first === undefined) return { name: 'cpu', why: 'Nothing else was found.' };
  if (first.name !== 'cpu') return { name: first.name, why: `The first that works here. ${first.reason}` };
  const better = devices.slice(0, devices.indexOf(first)).map(({ name, reason }) => `${deviceTitles[name]}: ${reason}`);
  return { name: 'cpu', why: better.length === 0 ? first.reason : better.join(' ') };
}
